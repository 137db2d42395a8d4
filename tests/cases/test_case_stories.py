"""Situations that people reported about systems of this kind: each a story, with its figures by hand.

    python -m pytest tests/cases

Whatever the order of delivery, however often, whatever the ids are called, and with everything read back
from the store between any two events, the board is the same; and the audit recomputes it.
"""

import random
from itertools import groupby
from pathlib import Path

import pytest
from cases.running import WrittenStore, board, compared, explained, folded, settings_of, state, unlike, wrong
from cases.story import Look, Story, StoryEvent, apart, renamed, stories
from support.audited import audited_once
from support.effort import examples

from stream.audit.board import terms_of
from stream.audit.comparison import Difference
from stream.audit.recomputation import FigureKey
from stream.store.ports import Store

pytestmark = pytest.mark.pure

STORIES = stories(Path(__file__).with_name("stories"))
of_each = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
_SHUFFLES = 8
_MOST_OF_A_ROW = 3


def hold(*faults: str, given: str = "") -> None:
    """Fail with what is wrong, each in a line, and nothing else."""
    if faults:
        pytest.fail("\n".join(filter(None, [given, *faults])), pytrace=False)


@of_each
def test_the_board_shows_what_was_reckoned_by_hand(story: Story) -> None:
    settings = settings_of(story.settings)
    found = [
        fault
        for look in story.looks
        for fault in wrong(look, folded(story.lines[: look.told], settings), settings)
    ]
    hold(*found)


@of_each
def test_the_books_of_every_queue_balance(story: Story) -> None:
    settings = settings_of(story.settings)
    store = folded(story.lines, settings)
    for row in board(store, settings, story.last_ms)["queues"]:
        if row["totals"]["offered"]:
            told = explained(store, settings, story.last_ms, row["queue"], row["channel"])
            assert told["ledger"]["reconciliation_difference"] == row["now"]["reconciliation_difference"] == 0
            assert (told["sound"], told["panes"], told["suspects"]) == (True, [], [])


def hold_to(told: Store, other: Store, story: Story, *, given: str = "") -> None:
    """Fail where a board differs; that no state does is found faster."""
    if state(other) != state(told):
        settings, at = settings_of(story.settings), story.last_ms
        boards = (compared(board(store, settings, at)) for store in (told, other))
        hold(*unlike(*boards), given=given)


def ids(lines: list[StoryEvent]) -> str:
    return " ".join(line.document["id"] for line in lines)


@of_each
def test_neither_order_nor_repetition_changes_the_board(story: Story) -> None:
    settings = settings_of(story.settings)
    told = folded(story.lines, settings)
    for seed in range(examples(_SHUFFLES)):
        lines = random.Random(seed).sample(story.lines * 2, 2 * len(story.lines))
        hold_to(told, folded(lines, settings), story, given=f"seed {seed}: {ids(lines)}")


@of_each
def test_what_events_are_called_does_not_change_the_board(story: Story) -> None:
    settings = settings_of(story.settings)
    told = folded(story.lines, settings)
    for seed in range(examples(_SHUFFLES)):
        lines = renamed(story.lines, random.Random(seed))
        hold_to(told, folded(lines, settings), story, given=f"seed {seed}: {ids(lines)}")


@of_each
def test_what_is_read_back_between_any_two_events_changes_nothing(story: Story) -> None:
    settings = settings_of(story.settings)
    store = WrittenStore(retention=settings.retention())
    folded(story.lines, settings, store=store, crashes=True)
    hold_to(folded(story.lines, settings), store, story)
    told = [figure for figure in story.looks[-1].figures if figure.kind == "explain"]
    hold(*wrong(Look(story.last_ms, len(story.lines), told), store, settings))


def _circumstances(story: Story) -> tuple[str, int]:
    return (story.settings.stem if story.settings else "", story.last_ms)


GROUPS = [list(found) for _, found in groupby(sorted(STORIES, key=_circumstances), _circumstances)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0].name} and {len(group) - 1} more")
def test_the_audit_recomputes_the_same(group: list[Story], tmp_path: Path) -> None:
    """Stories of one instant and of no settings share a log: planning the SQL is what takes time."""
    settings, now_ms = settings_of(group[0].settings), group[0].last_ms
    alone = len(group) == 1
    lines = [told for story in group for told in apart(story, "" if alone else f"{story.name}/")]
    found = audited_once(
        tmp_path / "database",
        [line.value for line in lines],
        board(folded(lines, settings), settings, now_ms),
        terms_of(settings),
    )
    assert found.equal > 500
    hold(*_told(found.differences))


def _told(differences: list[Difference]) -> list[str]:
    """A few figures of each row, each for the first of its windows; rows of one story before all together."""
    rows: dict[tuple[str, str], dict[FigureKey, Difference]] = {}
    for difference in sorted(differences, key=lambda d: (d.place.scope not in {"queue", "team"}, d.place)):
        row = rows.setdefault((difference.place.scope, difference.place.queue), {})
        row.setdefault(difference.place._replace(window=""), difference)
    return [
        f"{' '.join(filter(None, d.place))}: the log says {d.log}, the board {d.board}"
        for row in rows.values()
        for d in list(row.values())[:_MOST_OF_A_ROW]
    ]
