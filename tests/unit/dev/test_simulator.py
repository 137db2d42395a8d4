"""The simulated centre is deterministic, valid, consistent and believable."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from json import loads
from random import Random
from typing import Any

import pytest

from stream.adapters.schema import CANONICAL, TOPIC_TYPES
from stream.dev.simulator import (
    DEMO,
    FLAT,
    WEEKDAY,
    Centre,
    SimulatedEvent,
    overloads,
    scaled,
    simulate,
)
from stream.dev.simulator.arrivals import arrivals
from stream.dev.simulator.calendar import Calendar
from stream.dev.simulator.floor import Floor
from stream.dev.simulator.journal import Journal
from stream.dev.simulator.simulation import PULSES

pytestmark = pytest.mark.pure

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MIDNIGHT_MS = 20_000 * DAY_MS

CALM = replace(DEMO, overload_every_ms=None)
FLUSTERED = replace(scaled(12, 1.0), decline_share=0.4, overload_every_ms=2 * MINUTE_MS)
OUTCOMES = {"visit.answered", "visit.abandoned", "visit.left"}
NEXT_STATES = {
    None: {"available"},
    "logged_out": {"available"},
    "available": {"ringing", "not_ready", "logged_out"},
    "ringing": {"talking", "available", "not_ready", "logged_out"},
    "talking": {"hold", "wrapup"},
    "hold": {"talking"},
    "wrapup": {"available", "not_ready", "logged_out"},
    "not_ready": {"available", "not_ready", "logged_out"},
}


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """One event, read back."""

    at_ms: int
    key: str
    kind: str
    data: dict[str, Any]


def read(events: Iterable[SimulatedEvent]) -> list[ParsedEvent]:
    parsed = ((event, loads(event.value)) for event in events)
    return [ParsedEvent(event.at_ms, event.key, told["type"], told["data"]) for event, told in parsed]


def run(centre: Centre, *, from_minute: int, minutes: int, seed: int = 1) -> list[SimulatedEvent]:
    start_ms = MIDNIGHT_MS + from_minute * MINUTE_MS
    return list(simulate(centre, seed=seed, start_ms=start_ms, until_ms=start_ms + minutes * MINUTE_MS))


def by_key(told: list[ParsedEvent], prefixes: tuple[str, ...]) -> dict[str, list[ParsedEvent]]:
    groups: dict[str, list[ParsedEvent]] = defaultdict(list)
    for event in told:
        if event.kind.startswith(prefixes):
            groups[event.key].append(event)
    return groups


@pytest.fixture(scope="module")
def hour() -> list[ParsedEvent]:
    """10:00 to 11:00 without rushes, as far as statistics need it."""
    wanted = (b'"visit.', b'"agent.state"', b'"contact.started"', b'"offer.declined"', b'"leg.held"')
    start_ms = MIDNIGHT_MS + 600 * MINUTE_MS
    events = simulate(CALM, seed=1, start_ms=start_ms, until_ms=start_ms + HOUR_MS)
    return read(event for event in events if any(kind in event.value for kind in wanted))


@pytest.fixture(
    scope="module",
    params=[(DEMO, 600, 12), (DEMO, 415, 8), (DEMO, 1135, 10), (FLUSTERED, 0, 8)],
    ids=["peak", "morning-change", "evening-change", "flustered"],
)
def told(request: pytest.FixtureRequest) -> list[ParsedEvent]:
    centre, from_minute, minutes = request.param
    return read(run(centre, from_minute=from_minute, minutes=minutes))


def test_same_arguments_give_the_same_bytes() -> None:
    assert run(DEMO, from_minute=600, minutes=2) == run(DEMO, from_minute=600, minutes=2)


def test_another_seed_gives_another_day() -> None:
    one, other = (run(DEMO, from_minute=600, minutes=2, seed=seed) for seed in (1, 2))
    assert [event.value for event in one] != [event.value for event in other]


def test_the_end_only_cuts_off() -> None:
    short, long = (run(DEMO, from_minute=600, minutes=minutes) for minutes in (1, 2))
    assert short == long[: len(short)]
    assert all(event.at_ms >= MIDNIGHT_MS + 601 * MINUTE_MS for event in long[len(short) :])


def test_without_an_end_it_goes_on() -> None:
    assert len(list(islice(simulate(DEMO, seed=1, start_ms=MIDNIGHT_MS), 2_000))) == 2_000


def test_an_empty_span_holds_nothing() -> None:
    assert run(DEMO, from_minute=600, minutes=0) == []


@pytest.mark.parametrize("centre", [DEMO, FLUSTERED, scaled(40, 1.0)], ids=["demo", "flustered", "scaled"])
def test_every_event_fits_the_schema(centre: Centre) -> None:
    events = run(centre, from_minute=600, minutes=3)
    ids = set()
    for event in events:
        told = CANONICAL.validate_json(event.value)
        types = TOPIC_TYPES[event.topic]
        assert any(told["type"] in kind.__annotations__["type"].__args__ for kind in types)
        assert told["subject"] == event.key
        ids.add((told["source"], told["id"]))
    assert len(ids) == len(events)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    start_ms = 1_795_255_200_123
    first = next(simulate(DEMO, seed=7, start_ms=start_ms))
    told = loads(first.value)
    assert told["time"] == "2026-11-21T10:00:00.123Z"
    assert told["source"] == "/simulator/7"
    assert first.at_ms == start_ms


def test_two_runs_of_a_seed_share_no_id() -> None:
    one, other = (run(DEMO, from_minute=minute, minutes=2) for minute in (600, 601))
    assert not {loads(event.value)["id"] for event in one} & {loads(event.value)["id"] for event in other}


def test_time_never_goes_back(told: list[ParsedEvent]) -> None:
    assert all(before.at_ms <= after.at_ms for before, after in pairwise(told))


def test_each_visit_is_queued_once_and_decided_at_most_once(told: list[ParsedEvent]) -> None:
    for events in by_key(told, ("visit.",)).values():
        queued = [event.data["visit"] for event in events if event.kind == "visit.queued"]
        decided = [event.data["visit"] for event in events if event.kind in OUTCOMES]
        assert queued == list(range(1, len(queued) + 1))
        assert len(decided) == len(set(decided))
        assert set(decided) <= set(queued)


def test_a_contact_starts_first_and_ends_last(told: list[ParsedEvent]) -> None:
    for events in by_key(told, ("contact.", "visit.", "offer.", "leg.")).values():
        kinds = [event.kind for event in events]
        assert kinds[0] == "contact.started"
        assert kinds.count("contact.started") == 1
        assert "contact.ended" not in kinds[:-1]
        if kinds[-1] == "contact.ended":
            assert kinds.count("visit.queued") == sum(kind in OUTCOMES for kind in kinds)
            assert kinds.count("visit.answered") == kinds.count("leg.wrapped_up")


def test_a_contact_keeps_its_channel_through_every_queue(told: list[ParsedEvent]) -> None:
    for events in by_key(told, ("contact.started", "visit.queued")).values():
        assert len({event.data["channel"] for event in events}) == 1


def test_an_agent_has_one_leg_at_a_time(told: list[ParsedEvent]) -> None:
    busy: dict[str, tuple[str, int]] = {}
    for event in told:
        if event.kind == "visit.answered":
            assert event.data["agent"] not in busy
            busy[event.data["agent"]] = (event.key, event.data["visit"])
        elif event.kind.startswith("leg."):
            assert busy[event.data["agent"]] == (event.key, event.data["visit"])
        if event.kind == "leg.wrapped_up":
            del busy[event.data["agent"]]


def test_agents_change_state_legally_and_never_twice_in_an_instant(told: list[ParsedEvent]) -> None:
    for events in by_key(told, ("agent.state",)).values():
        states = [None, *(event.data["state"] for event in events)]
        assert all(after in NEXT_STATES[before] for before, after in pairwise(states))
        assert all(before.at_ms < after.at_ms for before, after in pairwise(events))


def test_an_agent_does_what_the_state_says(told: list[ParsedEvent]) -> None:
    at_work = {
        "offer.made": "ringing",
        "visit.answered": "talking",
        "leg.held": "hold",
        "leg.resumed": "talking",
        "leg.ended": "wrapup",
    }
    states = {(e.key, e.at_ms): e.data["state"] for e in told if e.kind == "agent.state"}
    for event in told:
        if event.kind in at_work:
            assert states[event.data["agent"], event.at_ms] == at_work[event.kind]


def test_only_agents_of_the_queue_are_rung(told: list[ParsedEvent]) -> None:
    serves = {e.key: set(e.data["queues"]) for e in told if e.kind == "agent.state"}
    queues = {(e.key, e.data["visit"]): e.data["queue"] for e in told if e.kind == "visit.queued"}
    for event in told:
        if event.kind == "offer.made":
            assert queues[event.key, event.data["visit"]] in serves[event.data["agent"]]


def test_a_queue_is_served_first_come_first_served(told: list[ParsedEvent]) -> None:
    queued: dict[tuple[str, int], tuple[str, int]] = {}
    offered: dict[str, list[int]] = defaultdict(list)
    for event in told:
        visit = (event.key, event.data.get("visit", 0))
        if event.kind == "visit.queued":
            queued[visit] = (event.data["queue"], event.at_ms)
        elif event.kind == "offer.made" and visit in queued:
            queue, at_ms = queued.pop(visit)
            offered[queue].append(at_ms)
    assert all(times == sorted(times) for times in offered.values())


def test_the_source_and_each_agent_on_shift_give_signs_of_life(told: list[ParsedEvent]) -> None:
    beats = by_key(told, ("agent.heartbeat",))
    span_ms = told[-1].at_ms - told[0].at_ms
    for pulse in PULSES:
        assert len(beats[pulse]) == span_ms // 5_000 + 1
    agents = {event.key for event in told if event.kind == "agent.state"}
    assert beats.keys() <= agents | set(PULSES)
    for agent in agents & beats.keys():
        assert all(after.at_ms - before.at_ms >= MINUTE_MS for before, after in pairwise(beats[agent]))


def test_offered_follows_the_rate(hour: list[ParsedEvent]) -> None:
    first = Counter(e.data["queue"] for e in hour if e.kind == "visit.queued" and e.data["visit"] == 1)
    levels = [WEEKDAY.level(MIDNIGHT_MS + minute * MINUTE_MS) for minute in range(600, 660)]
    for queue in CALM.queues:
        expected = queue.peak_per_hour * sum(levels) / 60
        promised = sum(e.kind == "visit.left" and e.data["reason"] == "callback" for e in hour)
        spare = promised if queue.channel == "callback" else 0
        assert expected - 4 * expected**0.5 < first[queue.name] < expected + spare + 4 * expected**0.5


def test_about_one_contact_a_second_of_which_some_abandon(hour: list[ParsedEvent]) -> None:
    kinds = Counter(event.kind for event in hour)
    assert 0.8 < kinds["contact.started"] / 3600 < 3
    assert 0.005 < kinds["visit.abandoned"] / kinds["visit.queued"] < 0.2
    assert {"offer.declined", "leg.held", "visit.left"} <= kinds.keys()
    assert any(event.data["visit"] > 1 for event in hour if event.kind == "visit.queued")


def test_agents_are_busy_but_not_always(hour: list[ParsedEvent]) -> None:
    spent: Counter[str] = Counter()
    for events in by_key(hour, ("agent.state",)).values():
        for before, after in pairwise(events):
            spent[before.data["state"]] += after.at_ms - before.at_ms
    busy = sum(spent[state] for state in ("ringing", "talking", "hold", "wrapup"))
    assert 0.3 < busy / (busy + spent["available"]) < 0.98
    assert spent["not_ready"] > 0


def test_the_night_is_quiet_but_alive() -> None:
    night = read(run(CALM, from_minute=180, minutes=12))
    kinds = Counter(event.kind for event in night)
    assert 20 < kinds["contact.started"] < 130
    assert kinds["visit.answered"] > 15
    assert sum(event.at_ms == night[0].at_ms for event in night if event.kind == "agent.state") == 8


def test_shifts_change() -> None:
    morning = read(run(DEMO, from_minute=415, minutes=12))
    states = [event for event in morning if event.kind == "agent.state"]
    came = {event.key for event in states if event.at_ms > MIDNIGHT_MS + 420 * MINUTE_MS}
    assert sum(agent.startswith(("sales", "digital")) for agent in came) == 33
    evening = read(run(DEMO, from_minute=1135, minutes=12))
    gone = {e.key for e in evening if e.kind == "agent.state" and e.data["state"] == "logged_out"}
    assert len(gone) >= 30
    late_ms = MIDNIGHT_MS + 1140 * MINUTE_MS
    came = {e.key for e in evening if e.kind == "agent.state" and e.at_ms > late_ms}
    assert sum(agent.startswith("night") for agent in came) == 8


def test_the_zone_moves_the_day() -> None:
    jakarta = replace(WEEKDAY, zone_offset_minutes=420)
    assert jakarta.level(MIDNIGHT_MS + 210 * MINUTE_MS) == WEEKDAY.level(MIDNIGHT_MS + 630 * MINUTE_MS) == 1.0
    staffed = read(run(replace(CALM, curve=jakarta), from_minute=210, minutes=1))
    assert len({event.key for event in staffed if event.kind == "agent.state"}) == 52


def test_the_day_has_two_humps_and_a_floor() -> None:
    levels = {hour: WEEKDAY.level(MIDNIGHT_MS + hour * HOUR_MS) for hour in (3, 10, 12, 15, 19)}
    assert levels[10] > levels[15] > levels[12] > levels[19] > levels[3] >= WEEKDAY.floor


def test_a_rush_is_visible() -> None:
    calm = replace(scaled(4, 1.0), overload_every_ms=None)
    rushed = replace(calm, overload_every_ms=3 * MINUTE_MS)
    start_ms = MIDNIGHT_MS + 600 * MINUTE_MS
    rush = next(overloads(rushed, seed=3, start_ms=start_ms))

    def offered(centre: Centre) -> int:
        events = simulate(centre, seed=3, start_ms=start_ms, until_ms=rush.end_ms)
        queued = read(event for event in events if b'"visit.queued"' in event.value)
        rushed = [event for event in queued if event.at_ms >= rush.start_ms]
        return sum(event.data["queue"] == rush.queue.name for event in rushed)

    assert 2.0 <= rush.factor <= 3.0
    assert offered(rushed) > 1.5 * offered(calm)


def test_no_rush_when_none_is_wanted() -> None:
    assert list(overloads(CALM, seed=1, start_ms=0)) == []


def test_thinned_arrivals_stay_in_their_span() -> None:
    times = list(arrivals(Random(1), curve=FLAT, peak_per_hour=3_600, start_ms=0, until_ms=HOUR_MS))
    assert times == sorted(times)
    assert 3_300 < len(times) < 3_900
    assert 0 <= times[0] <= times[-1] < HOUR_MS
    assert list(arrivals(Random(1), curve=FLAT, peak_per_hour=0, start_ms=0)) == []


@pytest.mark.parametrize("centre", [DEMO, scaled(1_000, 100.0)], ids=["demo", "scaled"])
def test_a_preset_is_whole(centre: Centre) -> None:
    names = {queue.name for queue in centre.queues}
    targets = {queue.transfer_to for queue in centre.queues}
    targets |= {queue.exit.to for queue in centre.queues if queue.exit}
    assert targets - {None} <= names
    assert {name for team in centre.teams for name in team.queues} == names
    assert len(names) == len(centre.queues)


def test_a_scaled_centre_has_the_size_and_rate_asked_for() -> None:
    centre = scaled(1_000, 100.0)
    assert len(centre.queues) == 1_000
    assert sum(queue.peak_per_hour for queue in centre.queues) == pytest.approx(360_000)
    contacts = {event.key for event in run(scaled(100, 10.0), from_minute=0, minutes=1)}
    assert 500 < sum(not key.startswith(("team", "heartbeat")) for key in contacts) < 750


def test_whoever_has_been_idle_longest_is_first() -> None:
    calendar = Calendar(0)
    centre = scaled(1, 0.1)
    floor = Floor(centre, calendar=calendar, journal=Journal(calendar, source="/test", run="1"))
    for now_ms, agent in enumerate(reversed(floor.agents)):
        calendar.now_ms = now_ms
        floor.rest(agent)
    queue = centre.queues[0].name
    assert [floor.longest_idle(queue) for _ in floor.agents] == list(reversed(floor.agents))
    assert floor.longest_idle(queue) is None
