"""How simulated weeks are judged: by what customers felt, and by nothing of Pantau."""

from itertools import pairwise

import pytest
from noise.alerts import Alert, fired
from noise.evaluated import Told
from noise.harm import Harm, Visit, harm
from noise.incidents import DEAD, HALF, KINDS, Incident, planned
from noise.site import centre, served
from noise.verdict import Judged, detected, judged

from stream.domain.instant import DAY_MS, MINUTE_MS

AT = Incident(HALF, "sales", 36_000_000, 37_200_000)
CALM, BAD = Harm(20, 2), Harm(20, 9)


def page(from_s: int, to_s: int, queue: str = "sales") -> Alert:
    return Alert("PantauQueueWaitLong", "page", queue, "", from_s, to_s)


@pytest.mark.parametrize(
    ("at_s", "around", "why"),
    [
        (36_060, CALM, Judged.INCIDENT),
        (37_200 + 3_599, CALM, Judged.INCIDENT),
        (37_200 + 3_600, CALM, Judged.FALSE),
        (35_999, CALM, Judged.FALSE),
        (35_999, BAD, Judged.FELT),
        (35_999, Harm(2, 2), Judged.FALSE),
    ],
)
def test_an_alert_is_false_without_an_incident_and_without_harm(at_s: int, around: Harm, why: Judged) -> None:
    assert judged(Told(page(at_s, at_s + 60), around), [AT]) is why


@pytest.mark.parametrize(
    ("pages", "delay_s"),
    [
        ([page(36_120, 36_300), page(36_090, 36_300)], 90),
        ([page(36_120, 36_300, "service")], None),
        ([page(37_200 + 299, 38_000)], 1_499),
        ([page(37_200 + 300, 38_000)], None),
        ([page(35_000, 35_900)], None),
    ],
)
def test_an_incident_is_found_by_a_page_of_its_queue_in_time(pages: list[Alert], delay_s: int | None) -> None:
    assert detected(AT, BAD, pages).delay_s == delay_s


def test_a_dead_feed_is_found_by_a_page_of_no_queue() -> None:
    dead = AT.__class__(DEAD, "sales", AT.start_ms, AT.end_ms)
    assert detected(dead, CALM, [page(36_150, 36_300, "")]).delay_s == 150
    assert detected(dead, CALM, []).is_missed


def test_harm_counts_those_who_came_in_a_span_to_these_queues() -> None:
    every = [
        Visit("sales", 1_000, 21_000, is_lost=False),
        Visit("sales", 2_000, 22_001, is_lost=False),
        Visit("sales", 3_000, 4_000, is_lost=True),
        Visit("claims", 3_000, 99_000, is_lost=False),
        Visit("sales", 9_000, 99_000, is_lost=False),
    ]
    assert harm(every, {"sales"}, 0, 9_000) == Harm(3, 2, 20, None)
    assert harm(every, {"sales"}, 0, 9_001).felt_from_s == 29
    assert harm(every, served("sales early"), 0, 9_000) == Harm(3, 2, 20)


def test_an_alert_is_pending_then_fires_and_is_kept() -> None:
    assert list(fired([0, 30, 60, 120, 600], for_seconds=30, keep_seconds=60)) == [(30, 210)]
    assert list(fired([0, 60, 120], for_seconds=30, keep_seconds=60)) == []


def test_incidents_of_a_day_leave_time_between_them_and_are_of_every_kind() -> None:
    found = planned(centre(1), seed=1, start_ms=0, days=7)
    assert {one.kind for one in found} == set(KINDS)
    assert len(found) == 21
    spans = [(one.start_ms, one.end_ms) for one in found]
    gaps = [later - end for (_, end), (later, _) in pairwise(spans)]
    assert min(gaps) >= 40 * MINUTE_MS
    assert spans[-1][1] < 7 * DAY_MS
