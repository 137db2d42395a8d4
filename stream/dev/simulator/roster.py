"""Plans shifts and breaks, a little apart for every agent."""

from collections.abc import Iterator

from stream.domain.instant import DAY_MS, HOUR_MS, MINUTE_MS

from .calendar import Calendar
from .centre import Centre, Team
from .chance import Chance
from .floor import HEARTBEAT_MS, Agent, Floor
from .routing import Routing

#: Agents come and go up to this long after the hour, and take breaks up to this long off the plan.
TARDY_MS = 5 * MINUTE_MS
BREAK_SPREAD_MS = 75 * MINUTE_MS


class Roster:
    """Logs every agent in and out, day after day, and sends them on breaks."""

    __slots__ = ("_calendar", "_chance", "_floor", "_routing", "_zone_ms")

    def __init__(
        self, centre: Centre, *, calendar: Calendar, floor: Floor, routing: Routing, chance: Chance
    ) -> None:
        self._zone_ms = centre.curve.zone_offset_minutes * MINUTE_MS
        self._calendar = calendar
        self._floor = floor
        self._routing = routing
        self._chance = chance

    def begin(self) -> None:
        """Log in at once whoever is on shift, and expect the others."""
        for agent in self._floor.agents:
            self._calendar.begin(self._days(agent))

    def _days(self, agent: Agent) -> Iterator[int]:
        start_ms = self._latest_start(agent.team)
        while True:
            if self._calendar.now_ms < start_ms + agent.team.shift_hours * HOUR_MS:
                self._calendar.begin(self._shift(agent, start_ms))
            start_ms += DAY_MS
            yield start_ms + self._chance.within(TARDY_MS) - self._calendar.now_ms

    def _shift(self, agent: Agent, start_ms: int) -> Iterator[int]:
        self._log_in(agent)
        due = ((start_ms + pause.after_minutes * MINUTE_MS, pause) for pause in agent.team.breaks)
        off = ((due_ms + self._chance.around(BREAK_SPREAD_MS), pause) for due_ms, pause in due)
        for due_ms, pause in sorted(off, key=lambda planned: planned[0]):
            if due_ms >= self._calendar.now_ms:
                yield due_ms - self._calendar.now_ms
                agent.pause = pause
                self._routing.call_away(agent)
        if agent.team.shift_hours * HOUR_MS < DAY_MS:
            end_ms = start_ms + agent.team.shift_hours * HOUR_MS + self._chance.within(TARDY_MS)
            yield end_ms - self._calendar.now_ms
            agent.leaving = True
            self._routing.call_away(agent)

    def _log_in(self, agent: Agent) -> None:
        agent.leaving, agent.pause = False, None
        if agent.state == "logged_out":
            self._calendar.begin(self._routing.free(agent))
            self._calendar.begin(self._floor.beat(agent, self._chance.within(HEARTBEAT_MS)))

    def _latest_start(self, team: Team) -> int:
        into_shift_ms = (self._calendar.now_ms + self._zone_ms - team.start_hour * HOUR_MS) % DAY_MS
        return self._calendar.now_ms - into_shift_ms
