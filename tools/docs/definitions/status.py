"""What a queue is called, and what its service level is called in any window."""

from stream.domain.definition import Definition
from stream.domain.measures import sources as of
from stream.domain.measures.basis import OF_A_VISIT
from stream.domain.measures.measure import Unit
from stream.domain.status import MARGIN_POINTS, Status, Tolerance
from tools.docs.definitions.entry import Entry, Example, Group
from tools.docs.definitions.stories import MORNING, TEAM

_OURS = Tolerance()
_FEW_WILL_DO = Definition(min_contacts=5)
_NAME = "queues.billing.status.name"
_LEVEL = "queues.billing.windows.30m.service_level_status"

_CRITICAL = (
    "somebody has waited longer than `wait_limit_seconds`; or longer than the target while nobody is "
    "staffed; or the service level lies more than `critical_points` below the goal over 30 minutes, and "
    f"over 15 not yet {MARGIN_POINTS} points better than that"
)
_LOW = (
    "somebody waits while nobody is staffed; or the service level of 30 minutes misses the goal by more than "
    "`low_points`"
)
#: What holds of each status, in the order in which they are asked.
_ORDER = (
    (Status.REBUILDING, "the state of a partition is read again from the log"),
    (Status.STALE, "the newest data are older than 300 s, and withdrawn"),
    (Status.CLOSED, "its calendar says so, whoever waits in it"),
    (Status.CRITICAL, _CRITICAL),
    (Status.STALE, "the board is not of now: older than 60 s, or a part of the way is away or held up"),
    (Status.LOW, _LOW),
    (Status.QUIET, "no visit counts in 30 minutes, and nobody waits"),
    (Status.FEW, "fewer visits than `alert_min_contacts` count in 30 minutes"),
    (Status.OK, "none of these"),
)
_WORST_FIRST = ", ".join(f"`{status}`" for status in reversed(Status))


def _intro() -> str:
    rules = "\n".join(f"{number}. `{status}`: {when}." for number, (status, when) in enumerate(_ORDER, 1))
    return f"""\
One word for each queue, decided by every exporter alike; the wallboard, `/metrics` (`pantau_queue_status`),
Grafana and the alert rules read it, and none of them has a limit of its own. The first that holds:

{rules}

All queues together are called as the worst of them: {_WORST_FIRST},
the worst first. A board that is not of now, or to which a source has stopped sending, is `stale` or
`critical`, and never `ok`.

Unless the settings say otherwise `low_points` is {_OURS.low_points:g}, `critical_points` \
{_OURS.critical_points:g}, and `wait_limit_seconds` {_OURS.wait_limit_seconds:g}, or twice the
target where that is more. Staffed is who is logged in, ready and heard of; where no agent is known to serve a
queue, nobody can say that none is."""


def _called(
    status: str, definition: Definition | None = None, *, at: str = "10:10:00", more: str = ""
) -> Example:
    definition = definition or Definition()
    return Example(status, "", MORNING, at=at, more=more, where=_NAME, definition=definition)


STATUSES = Group(
    "Status",
    _intro(),
    "queues.billing",
    (
        Entry(
            name="status",
            title="What a queue is called",
            formula="the first of the rules above that holds",
            symbols="",
            needs=(*OF_A_VISIT, "agent.state"),
            unit=Unit.CODE,
            booked="now",
            examples=(
                _called("few"),
                _called("critical", _FEW_WILL_DO),
                _called("low", Definition(min_contacts=5, goal_ratio=0.5)),
                _called("ok", Definition(min_contacts=5, goal_ratio=0.4)),
                _called("few", at="10:11:20", more="10:11:10 c13 visit.queued queue=billing"),
                _called("critical", at="10:11:21", more="10:11:10 c13 visit.queued queue=billing"),
                _called("low", at="10:09:15", more="10:09:00 ana agent.state state=not_ready queues=billing"),
                _called("critical", more="10:09:00 ana agent.state state=not_ready queues=billing"),
                _called("stale", at="10:11:00"),
                Example("quiet", "", TEAM, where=_NAME),
                Example("critical", "", MORNING, where="all.status.name", definition=_FEW_WILL_DO),
            ),
            sources=(of.OURS_STATUS,),
            note="The service level is 3 / 7 = 43 %, of fewer visits than 20 (first value); with a minimum "
            "of 5, 37 points below a goal of 80 %, 7 below one of 50 %, and above one of 40 %. c10 has "
            "waited for its limit of 120 s at 10:11:20, and for longer a second later. With ana not ready "
            "nobody is staffed: low while nobody has waited for the target, critical from then on. "
            "`severity` is the place in the order from the best to the worst, to sort by; `reason` says why "
            "in words.",
        ),
        Entry(
            name="service_level_status",
            title="What the service level of a window is called",
            formula="`quiet` of no visit, `few` of less than the minimum, else `critical`, `low` or `ok` by "
            "the points below the goal alone",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.CODE,
            booked="when [decided](#attributions)",
            examples=(
                Example("few", "", MORNING, where=_LEVEL),
                Example("critical", "", MORNING, where=_LEVEL, definition=_FEW_WILL_DO),
            ),
            sources=(of.OURS_STATUS,),
            note="For the mark beside each service level; the status of the queue looks further.",
        ),
    ),
)
