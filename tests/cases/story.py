"""Stories: what happened, a line an event, and what the board must show of it, reckoned by hand.

    # What it is about.
    10:00:00 c1 visit.queued queue=billing +source=/pbx
    10:00:07 c1 visit.answered agent=ana

    as of 10:10:00
    queue billing 60m.asa_seconds 7

An event is clock time, subject, type, and what it says: `name=value` in its data, `+name=value` beside it
(`id`, `source`, `sequence`; `key` is that of the record, by default the subject). A look begins with `as of`:
the board after the lines above it. Each of its lines names a row (`queue NAME` or `queue NAME:CHANNEL`,
`team NAME`, `site NAME`, `all`, `staff`, `board`), a path in it and a value; `explain NAME` is what
`pantau explain` says of the last hour. Settings stand in a TOML file of the story's name.
"""

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from stream.domain.instant import instant_ms

DAY = "2026-11-24"
_NUMBERS = {"visit", "capacity", "priority"}
_TIMES = {"accepted", "asked", "due", "since", "from", "to", "time"}
_ENVELOPE = {"id", "source", "sequence", "key"}
_NAMED, _WHOLE = {"queue", "team", "site", "explain"}, {"all", "staff", "board"}
_WORDS: dict[str, Any] = {"none": None, "yes": True, "no": False}
#: What a story may name that another names too.
_NAMES = ("queue", "queues", "team", "agent")


class StoryEvent(NamedTuple):
    """One event as a record: its document and its key."""

    document: dict[str, Any]
    key: str

    @property
    def value(self) -> bytes:
        """The record's value."""
        return json.dumps(self.document).encode()


class Figure(NamedTuple):
    """A value by hand: where it stands on the board, and where it is written."""

    line: int
    kind: str
    name: str
    path: str
    value: Any

    def __str__(self) -> str:
        return f"line {self.line}: {' '.join(filter(None, self[1:4]))}"


@dataclass(slots=True)
class Look:
    """A look at the board at `now_ms`, after the first `told` lines of a story."""

    now_ms: int
    told: int
    figures: list[Figure] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """A case: its events in the order they are told, and looks at the board."""

    name: str
    lines: list[StoryEvent] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    settings: Path | None = None

    @property
    def last_ms(self) -> int:
        """The instant of the last look."""
        return self.looks[-1].now_ms


def stories(folder: Path) -> list[Story]:
    """Every story of a folder, by name."""
    return [_read(path) for path in sorted(folder.glob("*.story"))]


def _read(path: Path) -> Story:
    settings = path.with_suffix(".toml")
    found = parsed(path.stem, path.read_text())
    found.settings = settings if settings.exists() else None
    return found


def parsed(name: str, text: str) -> Story:
    """The story that `text` tells. Raises `ValueError`, naming the line, where it tells none."""
    story = Story(name)
    for number, line in enumerate(text.splitlines(), start=1):
        words = f"{line} ".partition("# ")[0].split()
        try:
            _take(story, number, words)
        except (ValueError, IndexError) as wrong:
            raise ValueError(f"{name}, line {number}: {line!r}: {wrong}") from None
    if not story.lines or not story.looks or not all(look.figures for look in story.looks):
        raise ValueError(f"{name}: a story has events, and looks with figures")
    return story


def _take(story: Story, number: int, words: list[str]) -> None:
    if not words:
        return
    if words[:2] == ["as", "of"]:
        story.looks.append(Look(instant_ms(rfc_3339(words[2])), len(story.lines)))
    elif words[0] in _NAMED | _WHOLE:
        story.looks[-1].figures.append(_figure(number, words))
    else:
        told = event(words, number)
        if identity(told) in map(identity, story.lines):
            raise ValueError("there is an event of this id; give one of them another +id=")
        story.lines.append(told)


def _figure(number: int, words: list[str]) -> Figure:
    kind, *rest = words
    name = rest.pop(0) if kind in _NAMED else ""
    path, value = rest
    return Figure(number, kind, name, path, said_value(value))


def said_value(text: str) -> Any:
    """The value that a figure is written as: a number, a fraction, `none`, `yes`, `no`, or a text."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        number = Fraction(text)
    except ValueError:
        return text
    return int(number) if number.denominator == 1 else float(number)


def event(words: list[str], number: int) -> StoryEvent:
    """The event that the words of a line tell; its id, unless told, is of the line."""
    time, subject, type_, *said = words
    envelope = {"id": f"{subject}-{type_}-{number}", "source": "/case", "key": subject}
    data: dict[str, Any] = {}
    for word in said:
        name, equals, text = word.partition("=")
        if not equals or (name[0] == "+" and name[1:] not in _ENVELOPE):
            raise ValueError(f"{word!r}: give name=value, or one of {_ENVELOPE} with a + before it")
        if name[0] == "+":
            envelope[name[1:]] = text
        else:
            _put(data, name.split("."), text, about=type_)
    key = envelope.pop("key")
    whole = {"specversion": "1.0", **envelope, "type": type_, "time": rfc_3339(time), "subject": subject}
    return StoryEvent({**whole, "data": data}, key)


def _put(data: dict[str, Any], path: list[str], text: str, *, about: str) -> None:
    """Put what a word says in its place: `data.agent=ana` of a correction lies deeper."""
    *outer, name = path
    for step in outer:
        data = data.setdefault(step, {})
    data[name] = text if (about, name) == ("contact.linked", "to") else _said(name, text)


def _said(name: str, text: str) -> Any:
    if name in _NUMBERS:
        return int(text)
    if name in _TIMES:
        return rfc_3339(text)
    return text.split(",") if name == "queues" else text


def rfc_3339(text: str) -> str:
    """`10:00:05` on the day of the stories, `2026-11-20T23:59:59`, or what names a zone: an instant, UTC."""
    if "T" not in text:
        text = f"{DAY}T{text}"
    return text if text.endswith("Z") else f"{text}Z"


def identity(told: StoryEvent) -> tuple[str, str]:
    """What a record is told apart by."""
    return told.document["source"], told.document["id"]


def renamed(lines: Iterable[StoryEvent], chance: random.Random) -> list[StoryEvent]:
    """The same events under other ids, that sort otherwise; what names an id goes along."""
    lines = list(lines)
    others = {
        identity(told): f"{chance.choice('az09')}{chance.randrange(10**6)}-{n}"
        for n, told in enumerate(lines)
    }
    return [_changed(told, id=others[identity(told)], data=_pointing(told, others)) for told in lines]


def _pointing(told: StoryEvent, others: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    data = told.document["data"]
    if not told.document["type"].startswith("event."):
        return data  # type: ignore[no-any-return] # a document's data is one
    return {**data, "id": others.get((told.document["source"], data["id"]), data["id"])}


def apart(story: Story, prefix: str) -> list[StoryEvent]:
    """A story's events with names that no other story has: many stories fit into one log."""
    found = []
    for told in story.lines:
        data = dict(told.document["data"])
        for name in [*_NAMES, *(("to",) if told.document["type"] == "contact.linked" else ())]:
            if name in data:
                names = data[name]
                data[name] = [f"{prefix}{n}" for n in names] if name == "queues" else f"{prefix}{names}"
        if "data" in data:
            data["data"] = {n: f"{prefix}{v}" if n in _NAMES else v for n, v in data["data"].items()}
        found.append(_changed(told, subject=f"{prefix}{told.document['subject']}", data=data))
    return found


def _changed(told: StoryEvent, **changes: Any) -> StoryEvent:
    return StoryEvent({**told.document, **changes}, str(changes.get("subject", told.key)))
