"""The board at any now equals a recomputation from the events that have arrived by then."""

import random
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from histories import CHANNELS, HOUR_MS, Arrival, Rules, changing, crowd, histories, rules
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import naive, naive_agents, naive_messages
from support.effort import examples
from support.factories import T0
from support.naive import Act, Stay
from support.scenario import Centre

from stream.board.rows import Board, QueueBoard
from stream.domain.civil import Clock
from stream.domain.definition import Attribution, ServiceLevelRule
from stream.domain.fact import Event
from stream.domain.kpi import Kpis
from stream.domain.timetable import Timetable, Worktime

pytestmark = pytest.mark.pure

#: At T0 it is ten in the morning in UTC, and midnight, quarter to, and an hour to midnight in the others.
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Auckland")
#: Another day and other intervals than most of the above.
ELSEWHERE = "Asia/Kathmandu"
ROLLING_MINUTES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60}
WITHIN_A_BUCKET = 0.008


def reach(window: str, now_ms: int, zone: str) -> tuple[int, int]:
    """From where and up to where a window reaches: a 10 s pane, local midnight, or an edge of the clock."""
    local = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone))
    if window == "today":
        day = datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(zone))
        return int(day.timestamp()) * 1000, now_ms
    if window.startswith("interval_"):
        minutes = int(window.split("_")[1][:-1])
        into_ms = (local.minute % minutes * 60 + local.second) * 1000 + now_ms % 1000
        edge_ms = now_ms - into_ms
        return (edge_ms - minutes * 60_000, edge_ms) if window.endswith("_last") else (edge_ms, now_ms)
    return now_ms // 10_000 * 10_000 - ROLLING_MINUTES[window] * 60_000, now_ms


def seen(window: str, low_ms: int, to_ms: int, now_ms: int) -> naive.Window:
    """A window that has passed ends before its edge, any other with now."""
    return naive.Window(low_ms, now_ms, to_ms - 1 if window.endswith("_last") else now_ms)


def same_kpis(shown: Kpis, wanted: dict[str, float | None], where: str) -> None:
    for name, value in wanted.items():
        found = getattr(shown, name)
        if value is None or found is None:
            assert found is value, f"{where} {name}"
        else:
            near = WITHIN_A_BUCKET if re.search(r"_p\d\d_", name) else 1e-12
            assert found == pytest.approx(value, rel=near), f"{where} {name}"


def is_stuck(stay: Stay, now_ms: int) -> bool:
    """Whether the contact has been waiting or talking for so long that its end must have been lost."""
    limit_ms = {"voice": 2 * HOUR_MS, "chat": 24 * HOUR_MS}.get(stay.channel)
    since_ms = stay.begun_ms if stay.waits else stay.talk_ms
    return limit_ms is not None and now_ms - since_ms > limit_ms


class Checked:
    """A centre and the events that have reached it. What has been seen once keeps its row."""

    def __init__(self, chosen: Rules, zone: str) -> None:
        elsewhere = Worktime(Clock(ZoneInfo(ELSEWHERE)))
        timetable = Timetable(
            Worktime(Clock(ZoneInfo(zone))), {("sales", channel): elsewhere for channel in CHANNELS}
        )
        self.centre = Centre(chosen.tested, timetable, partitions=3)
        self.arrived: list[Event] = []
        self._promises, self._default, self._zone = chosen.promises, chosen.default, zone
        self._rows: set[tuple[str, str]] = set()
        self._teams: set[str] = set()

    def _zone_of(self, queue: str) -> str:
        return ELSEWHERE if queue == "sales" else self._zone

    def look(self, now_ms: int, new: list[Event]) -> Board:
        self.arrived += new
        self.centre.now_ms = now_ms
        board = self.centre.tell_all(new).board()
        stays, spans = naive.stays(self.arrived, self._promises), naive_agents.spans(self.arrived)
        acts = naive.offers_and_attempts(self.arrived)
        current = [span for span in spans if span.to_ms is None]
        self._rows |= {(queue, "voice") for span in current for queue in span.queues}  # before any contact
        self._compare(board, stays, acts, now_ms)
        self._compare_agents_now(board, current)
        served = [part for stay in stays for part in stay.parts if part.team]
        self._teams |= {part.team for part in served}
        # A leg that took no time leaves nothing to tell of its team.
        busy = {part.team for part in served if part.over_ms is None or part.over_ms > part.talk_ms}
        busy |= {act.series[2:] for act in acts if act.series.startswith("a")}
        self._compare_occupancy(board, spans, busy, now_ms)
        self._compare_slots(board, stays, now_ms)
        self._compare_messages(board, now_ms)
        return board

    def _compare(self, board: Board, stays: list[Stay], acts: list[Act], now_ms: int) -> None:
        for row in [*board.queues, board.all]:
            own = [s for s in stays if row is board.all or (s.queue, s.channel) == (row.queue, row.channel)]
            series = f"c\t{row.queue}\t{row.channel}"
            told = [act for act in acts if act.series == series or row is board.all]
            self._windows(row, own, told, now_ms)
            self._now(row, own, now_ms)
            self._totals(row, own, now_ms)
        self._contacts(board.all, [stay for stay in stays if stay.first], now_ms)
        known = {(s.queue, s.channel) for s in stays}
        known |= {tuple(a.series.split("\t")[1:]) for a in acts if a.series.startswith("c")}  # type: ignore[misc]
        self._rows |= known
        assert known <= {(row.queue, row.channel) for row in board.queues} <= self._rows
        assert board.open_contacts == board.all.now.waiting + board.all.now.active

    def _windows(self, row: QueueBoard, own: list[Stay], told: list[Act], now_ms: int) -> None:
        for window, shown in row.windows.items():
            low_ms, to_ms = reach(window, now_ms, self._zone_of(row.queue))
            assert row.intervals[window][:2] == (low_ms, to_ms), window
            span, promise = seen(window, low_ms, to_ms, now_ms), self._promise(row, now_ms)
            wanted = naive.kpis(own, told, self._promises, span, promise)
            same_kpis(shown, wanted, f"{row.queue} {row.channel} {window}")
            if row.channel is None or not promise.targets_ms:
                assert row.by_target == {}
                continue
            shares = {
                target_ms: naive.level(own, self._promises, span, target_ms)
                for target_ms in promise.targets_ms
            }
            shown_shares = {target_ms: (s.met, s.of) for target_ms, s in row.by_target[window].items()}
            assert shown_shares == shares

    def _promise(self, row: QueueBoard, now_ms: int) -> naive.Promise:
        return self._default if row.channel is None else self._promises(row.queue, row.channel, now_ms)

    def _contacts(self, row: QueueBoard, own: list[Stay], now_ms: int) -> None:
        """Each contact once, by its first visit, all by one definition and once they have left."""
        of_all = self._default._replace(attribution="exited")
        for window, shown in row.contacts.items():
            if window == "totals":
                span = naive.Window(-(1 << 60), now_ms, now_ms)
            else:
                span = seen(window, *reach(window, now_ms, self._zone), now_ms)
            wanted = naive.once(own, lambda *_: of_all, span)
            if window == "totals":
                wanted = {name: value for name, value in wanted.items() if not name.startswith("wait_p")}
            share = naive.level(own, lambda *_: of_all, span)
            wanted["service_level_ratio"] = share.met / share.of if share.of else None
            same_kpis(shown, wanted, f"contacts {window}")

    def _now(self, row: QueueBoard, own: list[Stay], now_ms: int) -> None:
        lost = [s for s in own if s.waits or s.talks if is_stuck(s, now_ms)]
        scheduled = [s for s in own if s.waits and s.channel == "callback" and s.begun_ms > now_ms]
        waiting = [s for s in own if s.waits and s not in lost and s not in scheduled]
        over = [
            s
            for s in waiting
            if now_ms - s.begun_ms > self._promises(s.queue, s.channel, s.begun_ms).target_ms
        ]
        assert row.now.waiting == len(waiting)
        assert row.now.waiting_over_target == len(over)
        assert row.now.scheduled == len(scheduled)
        assert row.now.stuck == len(lost)
        assert row.now.active == sum(s.talks and s not in lost for s in own)
        longest = max((max(0, now_ms - s.begun_ms) / 1000 for s in waiting), default=None)
        assert row.now.longest_wait_seconds == longest

    def _totals(self, row: QueueBoard, own: list[Stay], now_ms: int) -> None:
        outcomes = [stay.outcome for stay in own]
        assert row.totals.offered == len(own)
        assert row.totals.answered == outcomes.count("answered")
        assert row.totals.abandoned == outcomes.count("abandoned")
        assert row.totals.left == outcomes.count("left")
        # Conservation: nobody is lost, nobody counted twice.
        assert row.now.reconciliation_difference == 0
        open_ = row.now.waiting + row.now.scheduled + sum(s.waits and is_stuck(s, now_ms) for s in own)
        assert len(own) == row.totals.answered + row.totals.abandoned + row.totals.left + open_
        if row.channel is not None:
            self._judged(row, own, now_ms)

    def _judged(self, row: QueueBoard, own: list[Stay], now_ms: int) -> None:
        """By exits since the beginning; as then defined, and by each of several targets."""
        ever = naive.Window(-(1 << 60), now_ms, now_ms)

        def exits(queue: str, channel: str, at_ms: int) -> naive.Promise:
            return self._promises(queue, channel, at_ms)._replace(attribution="exited")

        share = naive.level(own, exits, ever)
        assert row.totals.service_level_ratio == (share.met / share.of if share.of else None)
        wanted = naive.once(own, exits, ever)
        assert row.totals.answered_in_target == wanted["answered_in_target"]
        assert row.totals.short_abandoned == wanted["short_abandoned"]
        shares = {ms: naive.level(own, exits, ever, ms) for ms in self._promise(row, now_ms).targets_ms}
        assert {ms: (s.met, s.of) for ms, s in row.by_target.get("totals", {}).items()} == shares

    def _compare_agents_now(self, board: Board, current: list[naive_agents.Span]) -> None:
        for team in board.staff.teams:
            own = [span.state for span in current if span.team == team.team]
            assert team.agents == {state: own.count(state) for state in own}
        for row in board.queues:
            own = [span.state for span in current if row.queue in span.queues]
            assert row.now.agents == {state: own.count(state) for state in own}

    def _compare_occupancy(
        self, board: Board, spans: list[naive_agents.Span], busy: set[str], now_ms: int
    ) -> None:
        staffed = {span.team for span in spans if span.state != "logged_out" or span.to_ms is None}
        self._teams |= staffed | busy
        assert staffed | busy <= {team.team for team in board.staff.teams} <= self._teams
        for team in board.staff.teams:
            for window, did in team.windows.items():
                low_ms, to_ms = reach(window, now_ms, self._zone)
                wanted = naive_agents.occupancy(spans, team.team, low_ms=low_ms, to_ms=to_ms)
                shown = did.occupancy_ratio
                assert shown == (None if wanted is None else pytest.approx(wanted, rel=1e-12)), window

    def _compare_messages(self, board: Board, now_ms: int) -> None:
        read = [naive_messages.answers(facts) for facts in naive.contacts(self.arrived).values()]
        for row in [*board.queues, board.all]:
            series = None if row is board.all else f"c\t{row.queue}\t{row.channel}"
            own = [a for answers, _ in read for a in answers if series in {None, a.series}]
            for window, shown in row.windows.items():
                span = seen(window, *reach(window, now_ms, self._zone_of(row.queue)), now_ms)
                wanted = naive_messages.responses(own, has=span.has)
                same_kpis(shown, wanted, f"{row.queue} {row.channel} {window}")
            first = [answer.wait_ms for answer in own if answer.kind == "first"]
            assert (row.total.get("fr", 0), row.total.get("frw", 0)) == (len(first), sum(first))
            waits = [o.since_ms for _, o in read if o is not None and series in {None, o.series}]
            assert row.now.unanswered == len(waits)
            oldest = max((max(0, now_ms - since_ms) / 1000 for since_ms in waits), default=None)
            assert row.now.oldest_unanswered_seconds == oldest

    def _compare_slots(self, board: Board, stays: list[Stay], now_ms: int) -> None:
        for team in board.staff.teams:
            for window, did in team.windows.items():
                low_ms, to_ms = reach(window, now_ms, self._zone)
                spent = naive_agents.spent(self.arrived, low_ms=low_ms, now_ms=to_ms)[team.team]
                legs = naive.legs(stays, team.team, low_ms=low_ms, to_ms=to_ms)
                assert did.occupancy_slot_by_channel == naive_agents.by_channel(spent, legs), window
                known = sum(legs.values()) or not spent["talking"] + spent["hold"]
                slots = sum(legs.values()) / spent["capacity"] if known and spent["capacity"] else None
                assert did.occupancy_slot_ratio == slots, window


nows = st.lists(st.one_of(st.integers(0, 20_000), st.integers(0, 2 * HOUR_MS)), min_size=1, max_size=4)


@settings(max_examples=examples(120))
@given(st.data(), rules(), histories(most_agents=0, writes=True), st.sampled_from(ZONES), nows)
def test_queues_equal_a_recomputation(
    data: st.DataObject, chosen: Rules, history: list[Arrival], zone: str, steps: list[int]
) -> None:
    look_again_and_again(data, Checked(chosen, zone), history, steps)


@settings(max_examples=examples(80))
@given(st.data(), rules(), histories(most_contacts=2), st.sampled_from(ZONES), nows)
def test_teams_equal_a_recomputation(
    data: st.DataObject, chosen: Rules, history: list[Arrival], zone: str, steps: list[int]
) -> None:
    look_again_and_again(data, Checked(chosen, zone), history, steps)


@pytest.mark.parametrize("attribution", Attribution)
@settings(max_examples=examples(40), deadline=None, phases=(Phase.generate,))
@given(st.integers(0, 1 << 32))
def test_a_crowd_that_sees_new_targets_equals_a_recomputation(attribution: Attribution, seed: int) -> None:
    chance = random.Random(seed)
    now_ms = T0 + HOUR_MS // 2 + chance.randrange(HOUR_MS)
    arrived = [told for told in crowd(seed) if told.fact.at_ms <= now_ms]
    Checked(changing(chance, attribution), "UTC").look(now_ms, arrived)


def look_again_and_again(
    data: st.DataObject, checked: Checked, history: list[Arrival], steps: list[int]
) -> None:
    """Somebody looks after every step, and once more when all has arrived."""
    now_ms = T0
    last_ms = max((entry.arrives_ms for entry in history), default=T0) + 1
    for step in [*steps, max(1, last_ms - T0 - sum(steps))]:
        before_ms, now_ms = now_ms, now_ms + step
        arrived = [entry.event for entry in history if before_ms <= entry.arrives_ms < now_ms]
        checked.look(now_ms, data.draw(st.permutations(arrived), label=f"arrived before {now_ms}"))
        if data.draw(st.booleans(), label="crash"):
            checked.centre.crash()


@settings(max_examples=examples(50))
@given(rules(every=ServiceLevelRule.COUNT_ABANDONS), histories(), st.integers(0, 7_200_000))
def test_ratios_lie_between_nothing_and_all(chosen: Rules, history: list[Arrival], later_ms: int) -> None:
    now_ms = max((entry.arrives_ms for entry in history), default=T0) + later_ms
    centre = Centre(chosen.tested).tell_all(entry.event for entry in history)
    centre.now_ms = now_ms
    board = centre.board()
    found: list[Any] = [
        value
        for row in [*board.queues, board.all]
        for shown in row.windows.values()
        for value in (shown.service_level_ratio, shown.abandoned_ratio)
    ]
    found += [did.occupancy_ratio for team in board.staff.teams for did in team.windows.values()]
    assert all(value is None or 0 <= value <= 1 for value in found)
