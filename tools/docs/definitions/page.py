"""docs/definitions.md, from the catalogue; the values of its examples are computed at build time."""

import re

from stream.domain.instant import instant_text
from stream.domain.measures.basis import OF_A_VISIT
from stream.domain.measures.measure import Source, Unit
from tools.docs.definitions.catalogue import CHOICES, GROUPS, place
from tools.docs.definitions.entry import Entry, Example, Group, Layout, Story, Value
from tools.docs.definitions.rules import PRESETS, RULES
from tools.docs.definitions.spoken import CODES, PARTS, WHOLE
from tools.docs.definitions.stories import STORIES
from tools.docs.definitions.worked import worked
from tools.docs.markdown import code, page, table

_USUALLY = Example._field_defaults["at"]
_INTRO = """# Definitions

This page defines every number on the board: its formula, its events, when it counts, and the source of the
definition. Names are those of the JSON board; `/metrics` has other names for some ([glossary](glossary.md)).

Every example is a [story](#the-stories) of events. The production code decoded and folded them when this
page was generated. The calculation beside each value was done by hand, and a test compares the two."""

_SYMBOLS = """## Symbols

| symbol | meaning |
|---|---|
| `q`, `w` | queue entry of a visit; its wait from entry to exit, at least 0 |
| `T`, `S` | target and short-abandon limit; a wait equal to it is within it |
| `N`, `A`, `X` | visits offered, answered, abandoned |
| `F`, `K` | visits that left otherwise: flowed out; with a promised callback |
| `H` | legs wrapped up |
| `X(w ≤ S)` | the abandoned visits with such a wait |

A visit is one stay of a contact in one queue. A wait begins at queue entry, after any menu, and ends when
the agent is connected; the wait of a callback begins at its due time. Times come from the source, in
milliseconds, so late events count when they happened. The events of a visit are `visit.queued` and those
that end it: `visit.answered`, `visit.abandoned`, `visit.left`.

Events of one instant are read in the order of `sequence` of their source, and otherwise by meaning: an end
follows its beginning, whatever the ids are. So sources with whole seconds are read like others. A repeated
event, from the same source or from another within a second, counts once. Agents who answer after the first
join the visit: it was answered once, and each leg is handled when it is wrapped up. Hold begins with the
answer. [Reasons and alternatives](adr/0027-one-order-for-every-reader.md)."""

_CODE = """## The code

Every service level has a code. The parts of `{whole}` are:"""

_STORIES = f"""Each line is an event, in order of arrival: time (2026-11-21, UTC), contact or agent, type,
data. Unless stated otherwise, settings are the defaults and the board is read at {_USUALLY}."""

_SOURCES = """These sources are paraphrased. Numbered ones are decisions of this project, where others
differ or have no definition."""


def definitions() -> str:
    """Render the page."""
    blocks = [_INTRO, _contents(), _SYMBOLS]
    for group in GROUPS:
        blocks += [f"## {group.title}", group.intro, *_group(group)]
    return page(*blocks, *_code(), *_stories(), *_all_sources())


def _contents() -> str:
    lines = ["- [Symbols](#symbols)"]
    for group in GROUPS:
        names = ", ".join(_link(group, entry) for entry in group.entries)
        lines.append(f"- [{group.title}](#{_anchor(group.title)}): {names}")
    more = ("The code", "The stories", "Sources")
    return "\n".join([*lines, *(f"- [{title}](#{_anchor(title)})" for title in more)])


def _link(group: Group, entry: Entry) -> str:
    if group.layout is Layout.TABLE:
        return code(entry.name)
    return f"[{code(entry.name)}](#{_anchor(_heading(entry))})"


def _heading(entry: Entry) -> str:
    return f"{code(entry.name)}: {entry.title[0].lower()}{entry.title[1:]}"


def _anchor(heading: str) -> str:
    """The address that a heading has on a page, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _group(group: Group) -> list[str]:
    if group in {RULES, PRESETS}:
        return _beside_each_other(group)
    if group.layout is Layout.SECTIONS:
        return [block for entry in group.entries for block in _section(group, entry)]
    rows = [_row(group, entry) for entry in group.entries]
    return [table(("name", "meaning", "counts", "events", "example", "source"), rows), *_notes(group)]


def _section(group: Group, entry: Entry) -> list[str]:
    symbols = f" `{entry.symbols}`" if entry.symbols else ""
    lines = [
        f"- **Formula:** {entry.formula}.{symbols}",
        f"- **Unit:** {entry.unit.value}. **Counts:** {entry.booked}. **Events:** {_needs(entry)}.",
        *(f"- **Example:** {_told(group, entry, example)}" for example in entry.examples),
        *([f"- **Note:** {entry.note}"] if entry.note else []),
        f"- **Source:** {_sources(entry.sources)}.",
    ]
    return [f"### {_heading(entry)}", "\n".join(lines)]


def _row(group: Group, entry: Entry) -> tuple[str, ...]:
    symbols = f": {code(entry.symbols)}" if entry.symbols else ""
    examples = "; ".join(_told(group, entry, example) for example in entry.examples)
    return (
        code(entry.name),
        f"**{entry.title}.** {_sentence(entry.formula)}{symbols}",
        entry.booked,
        _needs(entry),
        examples,
        _sources(entry.sources),
    )


def _beside_each_other(group: Group) -> list[str]:
    """Rules and presets: a column for each story."""
    stories = [_story(example.story) for example in group.entries[0].examples]
    rows = [
        (
            code(entry.name),
            f"{entry.title}: {entry.formula}." if group is RULES else f"{entry.title}: {entry.formula}",
            code(entry.symbols),
            *(_value(_worked(group, entry, example), entry.unit) for example in entry.examples),
            _sources(entry.sources),
        )
        for entry in group.entries
    ]
    return [table(("name", "meaning", "formula", *stories, "source"), rows), *_notes(group)]


def _notes(group: Group) -> list[str]:
    lines = [f"- {code(entry.name)}: {entry.note}" for entry in group.entries if entry.note]
    return ["\n".join(lines)] if lines else []


def _needs(entry: Entry) -> str:
    if entry.needs == OF_A_VISIT:
        return "[the events of a visit](#symbols)"
    return ", ".join(map(code, entry.needs)) or "none: settings only"


def _told(group: Group, entry: Entry, example: Example) -> str:
    unit = example.unit or entry.unit
    value = _value(_worked(group, entry, example), unit)
    reckoning = f"{code(example.reckoning)} = " if example.reckoning else ""
    where = "" if not example.where or group in CHOICES else f" at {code(example.where)}"
    more = f", then {code(example.more)}" if example.more else ""
    roughly = f", by hand {_value(example.value, unit)}" if example.within else ""
    at = f", {example.at}" if example.at != _USUALLY else ""
    return f"{_story(example.story)}{at}{more}: {reckoning}**{value}**{roughly}{where}"


def _worked(group: Group, entry: Entry, example: Example) -> Value:
    return worked(example, place(group, entry, example))


def _value(value: Value, unit: Unit) -> str:
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit is Unit.INSTANT:
        return instant_text(int(value))
    if unit is Unit.RATIO:
        return f"{100 * value:.2f} %"
    return f"{round(value, 2):g} s" if unit is Unit.SECONDS else f"{value:g}"


def _story(story: Story) -> str:
    return f"[{story.title.lower()}](#{_anchor(story.title)})"


def _sources(sources: tuple[Source, ...]) -> str:
    return "; ".join(f"[{of.name}]({of.address or '#sources'})" for of in sources)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _code() -> list[str]:
    return [
        _CODE.format(whole=WHOLE.code),
        table(("part", "meaning"), ((code(part), says) for part, says in PARTS.items())),
        "Some codes in words:",
        table(("code", "meaning"), ((code(of.definition.code), of.says) for of in CODES)),
    ]


def _stories() -> list[str]:
    blocks = [f"## The stories\n\n{_STORIES}"]
    for story in STORIES:
        blocks += [f"### {story.title}", story.says]
        if story.shown:
            blocks.append(f"```\n{story.score.strip()}\n```")
    return blocks


def _all_sources() -> list[str]:
    used = {source for group in GROUPS for entry in group.entries for source in entry.sources}
    rows = ((of.name, f"[{of.title}]({of.address})" if of.address else of.title) for of in sorted(used))
    return [f"## Sources\n\n{_SOURCES}", table(("name", "where"), rows)]
