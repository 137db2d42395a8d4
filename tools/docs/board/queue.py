"""A queue: its current values and the KPIs of its visits."""

from typing import Annotated

from pydantic import Field

from stream.board.rows import QueueNow
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Place
from stream.domain.status import Status
from tools.docs.board.staff import Agents
from tools.docs.board.window import ByTarget, ByWindow, Totals, Windows
from tools.docs.values import Closed, Ratio, Seconds, measured


@measured(
    QueueNow, Place.NOW, shapes={"reconciliation_difference": int, "agents": Agents, "open": bool | None}
)
class Now(Closed):
    """Current values at `now`."""


class ServiceLevels(Closed):
    """The same visits under each rule; null without visits."""

    count_abandons: Ratio | None
    drop_short: Ratio | None
    drop_in_target: Ratio | None
    credit_short: Ratio | None
    credit_in_target: Ratio | None
    answered_only: Ratio | None


class QueueTotals(Totals):
    """Totals of a queue, with its service level under each rule."""

    service_level: ServiceLevels
    service_level_by_target: ByTarget


class Called(Closed):
    """The status of a queue; see docs/definitions.md."""

    name: Annotated[
        Status,
        Field(
            description="`critical`: needs attention now. `rebuilding`, `stale`: unknown. `low`: below the "
            "goal. `few`: too few visits to judge. `quiet`: no visits. `closed`: by the calendar. All "
            "queues together have the status of the worst."
        ),
    ]
    severity: Annotated[
        int, Field(ge=0, lt=len(Status), description="The higher, the worse; use it to sort.")
    ]
    reason: Annotated[str, Field(description="The reason in words.")]


class Queue(Closed):
    """One queue and channel, or all together as `all` without a channel."""

    queue: str
    channel: str | None
    display_name: Annotated[str, Field(description='The display name; "" if it equals the name.')]
    definition: Annotated[str, Field(description="The definition of the service level, as a code.")]
    goal_ratio: Annotated[Ratio, Field(description="The promised service level.")]
    status: Called
    target_seconds: Annotated[Seconds, Field(description="The wait that meets the promise.")]
    short_abandon_seconds: Seconds
    now: Now
    windows: Windows
    totals: QueueTotals


@measured(Kpis, Place.CONTACTS, says={"service_level_ratio": "By exit, under the default definition."})
class ContactCounts(Closed):
    """Contacts, each counted once, by its first visit."""


class Contacts(ByWindow[ContactCounts]):
    """Contacts by window, and since the beginning."""

    totals: ContactCounts


class Every(Queue):
    """All queues together."""

    contacts: Contacts
