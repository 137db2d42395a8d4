"""Current values of a queue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stream.domain.measures import sources
from stream.domain.measures.basis import OF_A_VISIT
from stream.domain.measures.measure import Exposed, Measure, Place, Unit
from stream.domain.staffing import busy_ratio

_NOW = frozenset({Place.NOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The inputs of current values, in a form that `together` can add up.

    Instants are the earliest wait, talk, and unanswered message. `mean_talk_seconds` is the mean time since
    the answer of `active` contacts. All queues together are open while any queue is; None without queues.
    """

    now_ms: int
    waiting: int
    over_target: int
    waits_since_ms: int | None
    active: int
    talks_since_ms: int | None
    mean_talk_seconds: float | None
    unanswered: int
    unanswered_since_ms: int | None
    scheduled: int
    stuck: int
    reconciliation_difference: int
    agents: Mapping[str, int]
    is_open: bool | None

    def age_seconds(self, since_ms: int | None) -> float | None:
        """The age of something that began at `since_ms`; None for None."""
        return None if since_ms is None else max(0, self.now_ms - since_ms) / 1000


def together(queues: list[Present], now_ms: int, agents: Mapping[str, int]) -> Present:
    """The current values of all queues; `agents` by state, each counted once."""
    active = sum(q.active for q in queues)
    talked = sum((q.mean_talk_seconds or 0) * q.active for q in queues)
    return Present(
        now_ms=now_ms,
        waiting=sum(q.waiting for q in queues),
        over_target=sum(q.over_target for q in queues),
        waits_since_ms=_earliest(q.waits_since_ms for q in queues),
        active=active,
        talks_since_ms=_earliest(q.talks_since_ms for q in queues),
        mean_talk_seconds=talked / active if active else None,
        unanswered=sum(q.unanswered for q in queues),
        unanswered_since_ms=_earliest(q.unanswered_since_ms for q in queues),
        scheduled=sum(q.scheduled for q in queues),
        stuck=sum(q.stuck for q in queues),
        reconciliation_difference=sum(q.reconciliation_difference for q in queues),
        agents=agents,
        is_open=any(q.is_open for q in queues) if queues else None,
    )


def _earliest(instants: Iterable[int | None]) -> int | None:
    return min((at_ms for at_ms in instants if at_ms is not None), default=None)


NOW: tuple[Measure[Present], ...] = (
    Measure(
        name="waiting",
        title="Waiting",
        unit=Unit.COUNT,
        value=lambda of: of.waiting,
        formula="visits that entered and have not left, without stuck contacts and scheduled callbacks",
        symbols="Q",
        needs=OF_A_VISIT,
        where=_NOW,
        booked="now",
        sources=(sources.AMAZON,),
        brief="Contacts waiting.",
        metrics=(Exposed(Place.NOW, "contacts_waiting", "Contacts waiting in the queue now."),),
    ),
    Measure(
        name="waiting_over_target",
        title="Waiting over the target",
        unit=Unit.COUNT,
        value=lambda of: of.over_target,
        formula="waiting visits that have waited longer than the target",
        symbols="Q(w > T)",
        needs=OF_A_VISIT,
        where=_NOW,
        booked="now",
        sources=(sources.CISCO_EVENT,),
        note="Each is already a miss: `decided` counted it at the target.",
        brief="Contacts waiting longer than their target.",
        metrics=(
            Exposed(
                Place.NOW, "contacts_waiting_over_threshold", "Contacts waiting longer than the target now."
            ),
        ),
    ),
    Measure(
        name="longest_wait_seconds",
        title="Longest wait",
        unit=Unit.SECONDS,
        value=lambda of: of.age_seconds(of.waits_since_ms),
        formula="now minus the earliest queue entry of waiting visits",
        symbols="now - min q(Q)",
        needs=OF_A_VISIT,
        where=_NOW,
        booked="now",
        sources=(sources.AMAZON,),
        note="There is no value when nobody waits.",
        brief="Null when nobody waits.",
    ),
    Measure(
        name="active",
        title="Active",
        unit=Unit.COUNT,
        value=lambda of: of.active,
        formula="contacts talking to an agent or on hold, without stuck contacts",
        needs=("visit.answered", "leg.ended"),
        where=_NOW,
        booked="now",
        sources=(sources.AMAZON, sources.OURS_FACTS),
        note="The end of the contact (second value) ends the leg too.",
        brief="Contacts talking to an agent or on hold.",
        metrics=(Exposed(Place.NOW, "contacts_active", "Contacts talking to an agent or on hold now."),),
    ),
    Measure(
        name="longest_talk_seconds",
        title="Longest contact in progress",
        unit=Unit.SECONDS,
        value=lambda of: of.age_seconds(of.talks_since_ms),
        formula="now minus the earliest answer of active contacts, on hold or not",
        symbols="now - min a",
        needs=("visit.answered", "leg.ended"),
        where=_NOW,
        booked="now",
        sources=(sources.OURS_FACTS,),
        note="AHT counts only finished legs; this shows the longest one in progress. There is no value when "
        "nobody talks.",
        brief="Time since the answer of the longest active contact; null without any.",
    ),
    Measure(
        name="mean_talk_seconds",
        title="Mean age of contacts in progress",
        unit=Unit.SECONDS,
        value=lambda of: of.mean_talk_seconds,
        formula="sum of the time since the answer of active contacts, over their number",
        symbols="Σ (now - a) / active",
        needs=("visit.answered", "leg.ended"),
        where=_NOW,
        booked="now",
        sources=(sources.OURS_FACTS,),
    ),
    Measure(
        name="unanswered",
        title="Contacts waiting for a reply",
        unit=Unit.COUNT,
        value=lambda of: of.unanswered,
        formula="contacts in which the customer wrote and no person has answered since",
        needs=("message.sent",),
        where=_NOW,
        booked="now",
        sources=(sources.OURS_FACTS,),
        note="Contacts that are over do not count.",
        brief="Contacts in which the customer waits for a person to reply.",
    ),
    Measure(
        name="oldest_unanswered_seconds",
        title="Longest wait for a reply",
        unit=Unit.SECONDS,
        value=lambda of: of.age_seconds(of.unanswered_since_ms),
        formula="time since the oldest customer message that no person has answered",
        symbols="now - oldest",
        needs=("message.sent",),
        where=_NOW,
        booked="now",
        sources=(sources.OURS_FACTS,),
        note="Every reply of a person ends it; replies of bots do not once people have the contact.",
        brief="The age of the oldest unanswered message; null without any.",
    ),
    Measure(
        name="scheduled",
        title="Scheduled callbacks",
        unit=Unit.COUNT,
        value=lambda of: of.scheduled,
        formula="callbacks that are not due yet",
        needs=("visit.queued",),
        where=_NOW,
        booked="now",
        sources=(sources.AMAZON_CALLBACK, sources.OURS_FACTS),
        note="At `due` it becomes waiting, and its wait begins. Hanging up does not end it (second value), "
        "because the customer requested the callback that way.",
        brief="Callbacks that are not due yet.",
        metrics=(Exposed(Place.NOW, "contacts_scheduled", "Callbacks that are not due yet."),),
    ),
    Measure(
        name="stuck",
        title="Stuck contacts",
        unit=Unit.COUNT,
        value=lambda of: of.stuck,
        formula="contacts in one state for longer than their channel allows: voice 2 h, chat 24 h, others "
        "without limit, or `stuck_hours`",
        needs=OF_A_VISIT,
        where=_NOW,
        booked="now",
        sources=(sources.FREESWITCH,),
        note="Their end was lost. They leave only `waiting` and `active`, here from 1 to 0. A late end or a "
        "snapshot of the source repairs them.",
        brief="Contacts whose end was lost: too long in one state for their channel.",
        metrics=(
            Exposed(Place.NOW, "contacts_stuck", "Contacts whose end was lost: too long in one state."),
        ),
    ),
    Measure(
        name="reconciliation_difference",
        title="Ledger",
        unit=Unit.COUNT,
        value=lambda of: of.reconciliation_difference,
        formula="offered minus answered, abandoned, left and waiting, since the beginning; stuck contacts "
        "and scheduled callbacks count as waiting",
        symbols="N - A - X - (F + K + errors) - all who wait",
        needs=OF_A_VISIT,
        where=_NOW,
        booked="now",
        sources=(sources.AMAZON_SUMS, sources.GENESYS_OFFERED),
        note="It is always 0. Any other value means that the board lost or doubled something: trust no "
        "number of the queue until the cause is found.",
        brief="Offered minus answered, abandoned, left and waiting: 0 unless events are missing.",
        metrics=(
            Exposed(
                Place.NOW,
                "contacts_reconciliation_difference",
                "Offered less answered, abandoned, redirected and waiting: 0, or events are missing.",
            ),
        ),
    ),
    Measure(
        name="oldest_queued_ms",
        title="Earliest queue entry",
        unit=Unit.INSTANT,
        value=lambda of: of.waits_since_ms,
        where=frozenset(),
        formula="earliest queue entry of waiting visits; the board shows its age",
        symbols="min q(Q)",
        needs=OF_A_VISIT,
        booked="now",
        sources=(sources.AMAZON,),
        metrics=(
            Exposed(
                Place.NOW,
                "oldest_waiting_timestamp_seconds",
                "When the longest-waiting contact entered the queue; absent when nobody waits.",
            ),
        ),
    ),
    Measure(
        name="agents",
        title="Agents by state",
        unit=Unit.COUNT,
        value=lambda of: dict(of.agents),
        formula="agents who serve the queue, each once, by state",
        needs=("agent.state",),
        where=_NOW,
        booked="now",
        sources=(sources.TWILIO_QUEUES,),
        note="An agent who serves two queues counts in both, so queues do not add up to the centre.",
        brief="Agents who serve the queue.",
        metrics=(
            Exposed(
                Place.NOW,
                "agents",
                "Agents serving the queue by state; one who serves three counts in each.",
                by="state",
            ),
        ),
    ),
    Measure(
        name="busy_ratio",
        title="Agents at work",
        unit=Unit.RATIO,
        value=lambda of: busy_ratio(of.agents),
        formula="agents of the queue who ring, talk, hold or wrap up, over those and the available and "
        "otherwise busy",
        symbols="at work / staffed",
        needs=("agent.state",),
        where=_NOW,
        booked="now",
        sources=(sources.TWILIO_QUEUES, sources.OURS_SILENT),
        note="At work maybe for another queue, so it is no occupancy: that is of teams. Who is not "
        "ready, logged out or unknown is in neither part.",
        brief="Of those logged in, ready and heard of: who rings, talks, holds or wraps up.",
    ),
    Measure(
        name="open",
        title="Open",
        unit=Unit.YES_NO,
        value=lambda of: of.is_open,
        formula="whether the calendar of the queue says so; without a calendar it always is",
        needs=(),
        where=_NOW,
        booked="as of now",
        sources=(sources.OURS_CLOCK,),
        note="By the clock of the queue; read once a minute. All queues are open while any is; without "
        "any queue there is nothing to say. Nothing is left out of any number because a "
        "queue is closed.",
        brief="By its calendar; without one it always is. All queues are open while any is; null "
        "without any queue.",
    ),
)
