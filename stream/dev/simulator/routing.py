"""Routes contacts to agents: queue, offer, answer; or decline, abandon, flow out."""

from collections.abc import Iterator
from itertools import count

from stream.domain.instant import MINUTE_MS, instant_text

from .calendar import Calendar
from .centre import Centre, Exit, Queue
from .chance import Chance
from .floor import Agent, Floor
from .journal import Journal
from .leg import Leg
from .line import Contact, Line, Visit

#: An available agent is offered nothing before this: desktops take a moment to say so.
READY_MS = 300
#: A phone that nobody picks up rings this long, and its agent is set aside this long.
RING_LIMIT_MS, ASIDE_MS = 12_000, MINUTE_MS


class Routing:
    """The lines, and the processes that contacts and free agents go through."""

    def __init__(
        self, centre: Centre, *, calendar: Calendar, journal: Journal, floor: Floor, chance: Chance
    ) -> None:
        self._calendar = calendar
        self._journal = journal
        self._floor = floor
        self._chance = chance
        self._leg = Leg(chance=chance, floor=floor, journal=journal)
        self._decline_share = centre.decline_share
        self._queues = {queue.name: queue for queue in centre.queues}
        self._lines = {queue.name: Line() for queue in centre.queues}
        self._serials = count(1)

    def contact(self, queue: Queue) -> Iterator[int]:
        """Bring a customer through the menu into the queue."""
        contact = Contact(f"{self._journal.run}-{next(self._serials)}", queue.channel)
        self._journal.contact(contact.id, "contact.started", {"channel": queue.channel})
        if queue.channel == "chat":
            self._journal.contact(contact.id, "message.sent", {"by": "customer"})
        yield self._chance.menu(queue)
        self._enqueue(contact, queue, number=1)

    def free(self, agent: Agent) -> Iterator[int]:
        """Send an agent with free hands home, into the pause that is due, or to whose turn it is."""
        while agent.pause and not agent.leaving:
            pause, agent.pause = agent.pause, None
            self._floor.enter(agent, "not_ready", pause.reason)
            yield pause.minutes * MINUTE_MS
        if agent.leaving:
            self._floor.enter(agent, "logged_out")
            return
        self._floor.enter(agent, "available")
        yield READY_MS
        if agent.leaving or agent.pause:
            yield from self.free(agent)
        else:
            self._seek(agent)

    def call_away(self, agent: Agent) -> None:
        """Grant an idle agent's wish at once; a busy one's waits."""
        if self._floor.withdraw(agent):
            self._calendar.begin(self.free(agent))

    def _enqueue(self, contact: Contact, queue: Queue, *, number: int) -> None:
        data = {"queue": queue.name, "channel": contact.channel, "priority": queue.priority, "visit": number}
        self._journal.contact(contact.id, "visit.queued", data)
        self._begin(contact, queue, number=number)

    def _begin(self, contact: Contact, queue: Queue, *, number: int) -> None:
        rank = (-queue.priority, self._calendar.now_ms, next(self._serials))
        visit = Visit(contact, number, queue, rank)
        self._calendar.begin(self._wait(visit))
        self._place(visit)

    def _place(self, visit: Visit) -> None:
        agent = self._floor.longest_idle(visit.queue.name)
        if agent is None:
            self._lines[visit.queue.name].join(visit)
        else:
            self._calendar.begin(self._offer(visit, agent))

    def _seek(self, agent: Agent) -> None:
        heads = (self._lines[queue].head() for queue in agent.team.queues)
        visit = min((head for head in heads if head), key=lambda head: head.rank, default=None)
        if visit is None:
            self._floor.rest(agent)
        else:
            self._lines[visit.queue.name].take()
            self._calendar.begin(self._offer(visit, agent))

    def _offer(self, visit: Visit, agent: Agent) -> Iterator[int]:
        visit.ringing = agent
        self._floor.enter(agent, "ringing")
        data = {"agent": agent.id, "team": agent.team.name, "visit": visit.number}
        self._journal.contact(visit.contact.id, "offer.made", data)
        declines = self._chance.happens(self._decline_share)
        yield RING_LIMIT_MS if declines else self._chance.ring()
        if visit.over:
            return
        visit.ringing = None
        yield from (self._decline if declines else self._serve)(visit, agent)
        yield from self.free(agent)

    def _decline(self, visit: Visit, agent: Agent) -> Iterator[int]:
        why = {"agent": agent.id, "reason": "no_answer", "team": agent.team.name, "visit": visit.number}
        self._journal.contact(visit.contact.id, "offer.declined", why)
        self._floor.enter(agent, "not_ready", "no_answer")
        self._place(visit)
        yield ASIDE_MS

    def _serve(self, visit: Visit, agent: Agent) -> Iterator[int]:
        yield from self._leg.talk(visit, agent)
        onward = visit.queue.transfer_to
        if onward and self._chance.happens(visit.queue.transfer_share):
            self._enqueue(visit.contact, self._queues[onward], number=visit.number + 1)
        else:
            visit.contact.gone = True
        yield from self._leg.wrap_up(visit, agent)
        self._close(visit.contact)

    def _wait(self, visit: Visit) -> Iterator[int]:
        way, patience_ms = self._chance.exit(visit.queue), self._chance.patience(visit.queue)
        if way and (patience_ms is None or way.after_ms < patience_ms):
            yield way.after_ms
            if not visit.over and visit.ringing is None:
                self._leave(visit, way)
            patience_ms = None if patience_ms is None else patience_ms - way.after_ms
        if patience_ms is not None:
            yield patience_ms
            self._abandon(visit)

    def _leave(self, visit: Visit, way: Exit) -> None:
        visit.over = True
        data = {"reason": way.reason, "visit": visit.number}
        self._journal.contact(visit.contact.id, "visit.left", data)
        if way.reason == "overflow" and way.to:
            self._enqueue(visit.contact, self._queues[way.to], number=visit.number + 1)
            return
        if way.reason == "callback" and way.to:
            self._calendar.begin(self._call_back(visit, self._queues[way.to]))
            return
        self._depart(visit.contact)

    def _call_back(self, visit: Visit, queue: Queue) -> Iterator[int]:
        number, delay_ms = visit.number + 1, self._chance.callback()
        due = instant_text(self._calendar.now_ms + delay_ms)
        data = {"queue": queue.name, "channel": queue.channel, "visit": number, "due": due}
        self._journal.contact(visit.contact.id, "visit.queued", data)
        yield delay_ms
        self._begin(visit.contact, queue, number=number)

    def _abandon(self, visit: Visit) -> None:
        if visit.over:
            return
        visit.over = True
        self._journal.contact(visit.contact.id, "visit.abandoned", {"visit": visit.number})
        if visit.ringing:
            self._calendar.begin(self._release(visit.ringing))
        self._depart(visit.contact)

    def _release(self, agent: Agent) -> Iterator[int]:
        yield READY_MS
        yield from self.free(agent)

    def _depart(self, contact: Contact) -> None:
        contact.gone = True
        self._close(contact)

    def _close(self, contact: Contact) -> None:
        if contact.gone and not contact.legs:
            self._journal.contact(contact.id, "contact.ended", {})
