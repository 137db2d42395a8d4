"""The definitions of the KPIs: complete, and their examples are what the core computes."""

import ast
import operator
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest

from stream.board.rows import QueueNow
from stream.domain import staffing
from stream.domain.definition import Attribution, ClockStop, Definition, LeftPolicy, ServiceLevelRule
from stream.domain.kpi import Kpis
from stream.domain.measures import sources
from stream.domain.measures.measure import Source
from stream.domain.preset import FORMULAS, Preset
from tools.docs.board.queue import ContactCounts, Now, Queue, QueueTotals, ServiceLevels
from tools.docs.board.staff import Site, Staff, Staffing, StaffWindows, Team
from tools.docs.board.window import Window, Windows
from tools.docs.definitions.catalogue import CHOICES, GROUPS, KPIS, place
from tools.docs.definitions.entry import Entry, Example, Group
from tools.docs.definitions.examples import OF_NOW, OF_QUEUES, OF_STAFF
from tools.docs.definitions.levels import ATTRIBUTIONS, CLOCK_STOPS, POLICIES
from tools.docs.definitions.page import definitions
from tools.docs.definitions.reading import READING
from tools.docs.definitions.rules import PRESETS, RULES
from tools.docs.definitions.spoken import CODES, PARTS, WHOLE
from tools.docs.definitions.stories import ICMI_DAY, INVENTED_DAY, MORNING, STORIES
from tools.docs.definitions.worked import worked
from tools.docs.samples import SAMPLES

pytestmark = pytest.mark.pure

EXAMPLES = [
    (group, entry, example) for group in GROUPS for entry in group.entries for example in entry.examples
]
ENTRIES = [(group, entry) for group in GROUPS for entry in group.entries]
DEFINED = {name for group in KPIS for entry in group.entries for name in (entry.name, *entry.also)}
SHOWN = (Window, QueueTotals, Now, Staff, Team, Site, Staffing, Queue, ContactCounts)
#: What a board says that is no value: names, and places whose values are defined.
NO_VALUE = {"queue", "channel", "team", "display_name", "site", "now", "windows", "totals"}
EVENTS = {sample.type for sample in SAMPLES}
#: Published values of the shared example and of the second day, in per cent.
PUBLISHED = {
    ICMI_DAY: (2, {
        "count_abandons": 81.13, "drop_short": 81.90, "credit_short": 82.08,
        "drop_in_target": 82.69, "credit_in_target": 83.02, "answered_only": 86.00,
    }),
    INVENTED_DAY: (1, {
        "count_abandons": 80.0, "drop_short": 80.8, "drop_in_target": 82.1,
        "credit_in_target": 82.5, "answered_only": 85.1,
    }),
}  # fmt: skip


def name_of(given: Any) -> str:
    return given.title if isinstance(given, Group) else given.name if isinstance(given, Entry) else ""


def same(core: Any, by_hand: Any, within: float = 0) -> bool:
    """By hand a ratio has four digits."""
    if isinstance(core, bool) or not isinstance(core, float) or by_hand is None:
        return core == by_hand and isinstance(core, bool) == isinstance(by_hand, bool)
    return abs(core - by_hand) <= (within * by_hand or 0.000_05)


@pytest.mark.parametrize(("group", "entry", "example"), EXAMPLES, ids=name_of)
def test_what_is_written_by_hand_is_what_the_core_computes(
    group: Group, entry: Entry, example: Example
) -> None:
    core = worked(example, place(group, entry, example))
    assert same(core, example.value, example.within), f"by hand {example.value}, by the core {core}"


@pytest.mark.parametrize(("group", "entry", "example"), EXAMPLES, ids=name_of)
def test_the_reckoning_comes_to_the_value(group: Group, entry: Entry, example: Example) -> None:  # noqa: ARG001 - named by them
    if example.reckoning:
        assert same(reckon(example.reckoning), example.value)


def reckon(text: str) -> float | bool | None:
    """The value of arithmetic; of `0 / 0`, None."""
    try:
        found = _reckon(ast.parse(text, mode="eval").body)
    except ZeroDivisionError:
        return None
    return found if isinstance(found, bool) else float(found)


OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.GtE: operator.ge,
}


def _reckon(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Compare):
        return OPERATORS[type(node.ops[0])](_reckon(node.left), _reckon(node.comparators[0]))
    assert isinstance(node, ast.BinOp), ast.dump(node)
    return OPERATORS[type(node.op)](_reckon(node.left), _reckon(node.right))


def test_a_wrong_value_would_be_noticed() -> None:
    assert same(3 / 7, 0.4286)
    assert not same(3 / 7, 0.4287)
    assert not same(1, by_hand=True)
    assert not same(0.0, None)
    assert not same(None, 0.0)
    assert same(12.1, 12.0, 0.01)
    assert not same(12.2, 12.0, 0.01)
    assert reckon("0 / 0") is None


@pytest.mark.parametrize("where", ["queues.billing.now", "queues.nobody.now.waiting", "all.nothing"])
def test_a_place_that_is_no_value_is_refused(where: str) -> None:
    with pytest.raises(KeyError):
        worked(Example(0, "", MORNING), where)


# Complete.


def test_examples_are_of_measures() -> None:
    assert set(OF_QUEUES) == set(Kpis.names)
    assert set(OF_NOW) == {row.name for row in QueueNow.rows if row.where}
    assert set(OF_STAFF) == set(staffing.Staffing.names)


@pytest.mark.parametrize(
    "name",
    [row.name for kind in (Kpis, staffing.Staffing, QueueNow) for row in kind.rows if row.where],
)
def test_every_kpi_is_defined(name: str) -> None:
    assert name in DEFINED, f"add an entry {name!r} to a group of tools/docs/definitions"


@pytest.mark.parametrize("model", SHOWN, ids=lambda m: m.__name__)
def test_everything_that_the_board_shows_is_defined(model: Any) -> None:
    assert set(model.model_fields) - NO_VALUE <= DEFINED


def test_nothing_is_defined_that_the_board_does_not_show() -> None:
    shown = {name for model in SHOWN for name in model.model_fields}
    assert {entry.name for group in KPIS for entry in group.entries} <= shown


@pytest.mark.parametrize("model", [Windows, StaffWindows], ids=lambda m: m.__name__)
def test_every_window_is_explained(model: Any) -> None:
    explained = {name for entry in READING.entries for name in (entry.name, *entry.also)}
    assert {field.alias or name for name, field in model.model_fields.items()} <= explained


@pytest.mark.parametrize(
    ("group", "choices"),
    [
        (RULES, ServiceLevelRule),
        (ATTRIBUTIONS, Attribution),
        (POLICIES, LeftPolicy),
        (CLOCK_STOPS, ClockStop),
        (PRESETS, Preset),
    ],
    ids=name_of,
)
def test_every_choice_is_defined(group: Group, choices: type[StrEnum]) -> None:
    told = [entry.name for entry in group.entries]
    assert sorted(told) == sorted(choice.value for choice in choices)
    assert group in CHOICES
    if group is RULES:
        assert set(told) == set(ServiceLevels.model_fields)


@pytest.mark.parametrize(("group", "entry"), ENTRIES, ids=name_of)
def test_every_entry_says_all(group: Group, entry: Entry) -> None:
    said = (entry.name, entry.title, entry.formula, entry.booked, entry.examples, entry.sources, group.intro)
    assert all(said)
    assert set(entry.needs) <= EVENTS
    assert entry.needs or entry.booked == "as of now"
    assert not entry.formula.endswith(".")
    assert all(example.story in STORIES for example in entry.examples)


@pytest.mark.parametrize("group", GROUPS, ids=name_of)
def test_names_are_told_once_in_a_group(group: Group) -> None:
    names = [entry.name for entry in group.entries]
    assert len(names) == len(set(names))


def test_every_story_and_every_source_is_of_use() -> None:
    assert {example.story for _, _, example in EXAMPLES} == set(STORIES)
    known = [found for found in vars(sources).values() if isinstance(found, Source)]
    assert {source for _, entry in ENTRIES for source in entry.sources} == set(known)
    assert len({source.name for source in known}) == len(known)
    for source in known:
        assert re.match(r"https://|adr/\d{4}-", source.address) or "page" in source.title


# Published numbers.


@pytest.mark.parametrize("story", PUBLISHED, ids=lambda story: story.title)
def test_published_values_are_those_of_the_rules(story: Any) -> None:
    digits, published = PUBLISHED[story]
    for entry in RULES.entries:
        [example] = [example for example in entry.examples if example.story == story]
        core = worked(example, place(RULES, entry, example))
        assert isinstance(core, float)
        if entry.name in published:
            assert round(100 * core, digits) == published[entry.name]


def test_presets_are_worked_by_what_they_fix() -> None:
    for entry in PRESETS.entries:
        fixed = FORMULAS[Preset(entry.name)]
        for example in entry.examples:
            definition = example.definition
            assert isinstance(definition, Definition)
            assert (definition.rule, definition.attribution) == fixed[:2]
            assert (definition.flowed_out, definition.callback) == fixed[2:]


# The code and the page.


@pytest.mark.parametrize("spoken", CODES, ids=lambda spoken: spoken.code)
def test_codes_are_spelled_as_the_board_spells_them(spoken: Any) -> None:
    assert spoken.code == spoken.definition.code


def test_every_part_of_a_code_is_explained() -> None:
    assert WHOLE.code == f"SL({', '.join(PARTS)})"


@pytest.fixture(scope="module")
def text() -> str:
    return definitions()


def test_every_link_within_the_page_leads_to_a_heading(text: str) -> None:
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    asked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(headings) == len(anchors)
    assert asked - anchors == set()


def test_the_page_shows_the_values_beside_their_formulas(text: str) -> None:
    for name, value in PUBLISHED[ICMI_DAY][1].items():
        assert re.search(rf"^\| `{name}` \|.*\| {value:.2f} % \|", text, flags=re.MULTILINE)
    assert "[the morning](#the-morning): `(4 + 40 + 12 + 20) / 4` = **19 s**" in text
    assert "`0 / 0` = **no value**" in text
    assert "`7 >= 20` = **no**" in text


def test_the_page_has_every_event_of_every_story(text: str) -> None:
    for story in STORIES:
        assert not story.shown or story.score.strip() in text
    assert "d1059 visit.queued" not in text
