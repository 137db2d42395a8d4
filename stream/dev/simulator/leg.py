"""One agent's work on one visit: talk, perhaps a hold, then wrap-up."""

from collections.abc import Iterator

from .chance import Chance
from .floor import Agent, Floor
from .journal import Journal
from .line import Visit


class Leg:
    """The processes of a leg; between them the customer moves on."""

    __slots__ = ("_chance", "_floor", "_journal")

    def __init__(self, *, chance: Chance, floor: Floor, journal: Journal) -> None:
        self._chance = chance
        self._floor = floor
        self._journal = journal

    def talk(self, visit: Visit, agent: Agent) -> Iterator[int]:
        """From the answer to the end of the conversation."""
        visit.over = True
        visit.contact.legs += 1
        self._step("visit.answered", visit, agent, team=agent.team.name)
        self._floor.enter(agent, "talking")
        talk_ms = self._chance.talk(visit.queue)
        if self._chance.happens(visit.queue.hold_share):
            before_ms = self._chance.within(talk_ms - 1)
            talk_ms -= before_ms
            yield before_ms
            yield from self._hold(visit, agent)
        yield from self._converse(visit, agent, talk_ms)
        self._step("leg.ended", visit, agent)
        self._floor.enter(agent, "wrapup")

    def wrap_up(self, visit: Visit, agent: Agent) -> Iterator[int]:
        """After-contact work."""
        yield self._chance.acw(visit.queue)
        visit.contact.legs -= 1
        self._step("leg.wrapped_up", visit, agent)

    def _hold(self, visit: Visit, agent: Agent) -> Iterator[int]:
        self._step("leg.held", visit, agent)
        self._floor.enter(agent, "hold")
        yield self._chance.hold(visit.queue)
        self._step("leg.resumed", visit, agent)
        self._floor.enter(agent, "talking")

    def _converse(self, visit: Visit, agent: Agent, talk_ms: int) -> Iterator[int]:
        """Speak; or write: a first reply, then one more question and its answer."""
        if visit.contact.channel != "chat":
            yield talk_ms
            return
        for after_ms, by in ((talk_ms // 8, "agent"), (talk_ms // 2, "customer"), (talk_ms // 8, "agent")):
            yield after_ms
            self._step("message.sent", visit, agent, by=by)
        yield talk_ms - 2 * (talk_ms // 8) - talk_ms // 2

    def _step(self, kind: str, visit: Visit, agent: Agent, **more: str) -> None:
        self._journal.contact(visit.contact.id, kind, {"visit": visit.number, "agent": agent.id, **more})
