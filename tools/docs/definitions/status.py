"""The status of a queue, and of its service level in any window."""

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
    "a contact has waited longer than `wait_limit_seconds`, or longer than the target while nobody is "
    "staffed; or the service level over 30 minutes is more than `critical_points` below the goal, and over "
    "15 "
    f"minutes not yet {MARGIN_POINTS} points better than that"
)
_LOW = (
    "a contact waits while nobody is staffed; or the service level over 30 minutes misses the goal by more "
    "than `low_points`"
)
#: The condition of each status, in the order of checks.
_ORDER = (
    (Status.REBUILDING, "the state of a partition is being rebuilt from the log"),
    (Status.STALE, "the newest data is older than 300 s and withdrawn"),
    (Status.CLOSED, "its calendar says so, even if contacts wait"),
    (Status.CRITICAL, _CRITICAL),
    (Status.STALE, "the board is not current: older than 60 s, or a link is away, or a partition is held up"),
    (Status.LOW, _LOW),
    (Status.QUIET, "no visit counts in 30 minutes, and nobody waits"),
    (Status.FEW, "fewer visits than `alert_min_contacts` count in 30 minutes"),
    (Status.OK, "none of these"),
)
_WORST_FIRST = ", ".join(f"`{status}`" for status in reversed(Status))


def _intro() -> str:
    rules = "\n".join(f"{number}. `{status}`: {when}." for number, (status, when) in enumerate(_ORDER, 1))
    return f"""\
Each queue has one status. Every exporter decides it the same way, and the wallboard, `/metrics`
(`pantau_queue_status`), Grafana and the alert rules use it without limits of their own. The first rule that
holds decides:

{rules}

All queues together have the status of the worst queue, in the order {_WORST_FIRST}. A board that is not
current, or whose source stopped sending, is `stale` or `critical`, and never `ok`.

By default `low_points` is {_OURS.low_points:g}, `critical_points` {_OURS.critical_points:g}, and \
`wait_limit_seconds` {_OURS.wait_limit_seconds:g}, or twice the target if that is more. An agent is staffed
when logged in, ready and not silent. If no agent is known to serve a queue, the rules about staffing do not
apply."""


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
            title="Status of a queue",
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
            note="The service level is 3 / 7 = 43 % of fewer than 20 visits (first value). With a minimum "
            "of 5 it is 37 points below a goal of 80 %, 7 below 50 %, and above 40 %. c10 reaches its limit "
            "of 120 s at 10:11:20 and exceeds it a second later. With ana not ready nobody is staffed: the "
            "queue is low until a contact has waited for the target, and critical afterwards. `severity` "
            "orders the statuses from best to worst; `reason` explains the status in words.",
        ),
        Entry(
            name="service_level_status",
            title="Status of the service level of a window",
            formula="`quiet` without visits, `few` with fewer than the minimum, else `critical`, `low` or "
            "`ok` by the points below the goal",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.CODE,
            booked="when [decided](#attributions)",
            examples=(
                Example("few", "", MORNING, where=_LEVEL),
                Example("critical", "", MORNING, where=_LEVEL, definition=_FEW_WILL_DO),
            ),
            sources=(of.OURS_STATUS,),
            note="It marks each service level; the status of the queue considers more.",
        ),
    ),
)
