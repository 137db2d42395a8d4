"""The stories of cases are read as they are meant."""

import random

import pytest
from cases.running import same
from cases.story import apart, identity, parsed, renamed, said_value

pytestmark = pytest.mark.pure

TEXT = """
# A comment.
10:00:05 c1 visit.queued queue=billing visit=2 +source=/pbx +sequence=007   # another
2026-11-23T23:59:59.250 ana agent.state state=available queues=billing,orders +key=other

as of 10:10:00
queue billing:chat 60m.asa_seconds 7
team a windows.60m.occupancy_ratio 3/4
10:11:00 c1 event.corrected id=x type=visit.answered time=10:01:00 data.agent=ben
as of 10:20:00
all now.waiting 0
"""


def test_a_line_is_an_event() -> None:
    first, second, third = parsed("s", TEXT).lines
    assert first.document == {
        "specversion": "1.0",
        "id": "c1-visit.queued-3",
        "source": "/pbx",
        "sequence": "007",
        "type": "visit.queued",
        "time": "2026-11-24T10:00:05Z",
        "subject": "c1",
        "data": {"queue": "billing", "visit": 2},
    }
    assert first.key == "c1"
    assert second.key == "other"
    assert second.document["time"] == "2026-11-23T23:59:59.250Z"
    assert second.document["data"] == {"state": "available", "queues": ["billing", "orders"]}
    assert third.document["data"]["time"] == "2026-11-24T10:01:00Z"
    assert third.document["data"]["data"] == {"agent": "ben"}


def test_a_look_is_of_the_lines_above_it() -> None:
    first, last = parsed("s", TEXT).looks
    assert (first.told, last.told) == (2, 3)
    assert last.now_ms - first.now_ms == 600_000
    assert [figure[1:] for figure in first.figures] == [
        ("queue", "billing:chat", "60m.asa_seconds", 7),
        ("team", "a", "windows.60m.occupancy_ratio", 0.75),
    ]
    assert str(last.figures[0]) == "line 11: all now.waiting"


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("1/4", 0.25), ("72.5", 72.5), ("none", None), ("yes", True), ("no", False), ("x", "x")],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    assert said_value(text) == value
    assert type(said_value(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "10:00:00 c1",
        "10:00:00 c1 visit.queued queue",
        "10:00:00 c1 visit.queued +colour=red",
        "10:00 c1 visit.queued queue=q\nas of",
        "10:00:00 c1 visit.queued queue=q +id=1\n10:00:00 c1 visit.queued queue=p +id=1",
        "queue q now.waiting 1",
        "10:00:00 c1 visit.queued queue=q\nas of 10:00:01\nqueue q now.waiting",
        "10:00:00 c1 visit.queued queue=q\nas of 10:00:01",
        "10:00:00 c1 visit.queued queue=q",
        "",
    ],
)
def test_what_is_no_story_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^s"):
        parsed("s", text)


@pytest.mark.parametrize(
    ("by_hand", "shown", "are_same"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, 2, False),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (False, True, False),
        (None, None, True),
        (None, 0, False),
        (0, None, False),
        (1 / 3, 0.333_333_333_333, True),
        (0.33, 1 / 3, False),
        ("x", "x", True),
        ("x", "y", False),
    ],
)
def test_values_are_the_same_if_they_are(by_hand: object, shown: object, are_same: bool) -> None:  # noqa: FBT001 - a table
    assert same(by_hand, shown) is are_same


STORY = parsed(
    "s",
    """
10:00:00 c1 visit.queued queue=q +id=1
10:00:01 c1 visit.answered agent=ana team=t +id=2
10:00:02 c1 event.retracted id=2 type=visit.answered +id=3
10:00:03 c2 contact.linked to=c1 relation=consult +id=4
10:00:04 c1 event.corrected id=1 type=visit.queued time=10:00:05 data.queue=p +id=5
as of 10:00:05
queue q now.waiting 1
""",
)


def test_other_ids_point_to_the_same_events() -> None:
    lines = renamed(STORY.lines, random.Random(1))
    ids = [identity(told)[1] for told in lines]
    assert len(set(ids)) == len(ids)
    assert not {"1", "2", "3", "4", "5"} & set(ids)
    assert lines[2].document["data"]["id"] == ids[1]
    assert lines[4].document["data"]["id"] == ids[0]


def test_stories_are_kept_apart_by_their_names() -> None:
    queued, answered, retracted, linked, corrected = apart(STORY, "s/")
    assert queued.document["subject"] == queued.key == "s/c1"
    assert queued.document["data"] == {"queue": "s/q"}
    assert answered.document["data"] == {"agent": "s/ana", "team": "s/t"}
    assert retracted.document["data"]["id"] == "2"
    assert linked.document["data"] == {"to": "s/c1", "relation": "consult"}
    assert corrected.document["data"]["data"] == {"queue": "s/p"}
