"""The JSON Schema of the board that `/api/v1/board` serves: `pantau.board/1`.

Declared here because `stream.board.document` writes plain dictionaries, once a second and fast; a test holds
what it writes to this schema, which allows nothing more and nothing less.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from stream.board.document import SCHEMA
from stream.board.rows import Freshness
from stream.docs.events import DIALECT
from stream.domain.definition import Channel

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]
T = TypeVar("T")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ByWindow(_Closed, Generic[T]):
    minutes_1: Annotated[T, Field(alias="1m")]
    minutes_5: Annotated[T, Field(alias="5m")]
    minutes_15: Annotated[T, Field(alias="15m")]
    minutes_30: Annotated[T, Field(alias="30m")]
    minutes_60: Annotated[T, Field(alias="60m")]
    today: T
    interval_15m: T
    interval_15m_last: T
    interval_30m: T
    interval_30m_last: T


class Agents(_Closed):
    """Agents by state, each agent once."""

    available: Count
    ringing: Count
    talking: Count
    hold: Count
    wrapup: Annotated[Count, Field(description="In after-contact work.")]
    busy_other: Count
    not_ready: Count
    logged_out: Count
    unknown: Annotated[Count, Field(description="Their desktops sent heartbeats and fell silent.")]


class Now(_Closed):
    """What is true at `now`."""

    waiting: Annotated[Count, Field(description="Contacts waiting.")]
    waiting_over_target: Annotated[Count, Field(description="Those that wait longer than their target.")]
    longest_wait_seconds: Annotated[Seconds | None, Field(description="Null when nobody waits.")]
    active: Annotated[Count, Field(description="Contacts talking to an agent or on hold.")]
    longest_talk_seconds: Annotated[
        Seconds | None, Field(description="Of those, since the answer; null without any.")
    ]
    mean_talk_seconds: Seconds | None
    scheduled: Annotated[Count, Field(description="Callbacks that are not due yet.")]
    ghosts: Annotated[
        Count, Field(description="Contacts whose end was lost: too long in one state for their channel.")
    ]
    residual: Annotated[
        int,
        Field(description="Offered less answered, abandoned, left and waiting: 0, or events are missing."),
    ]
    unanswered: Annotated[
        Count, Field(description="Contacts in which the customer waits for a person to write.")
    ]
    oldest_unanswered_seconds: Annotated[
        Seconds | None, Field(description="How long the oldest of them waits; null without any.")
    ]
    agents: Annotated[Agents, Field(description="Agents who serve the queue.")]
    busy_ratio: Annotated[
        Ratio | None,
        Field(description="Of those logged in, ready and heard of: who rings, talks, holds or wraps up."),
    ]
    open: Annotated[
        bool | None,
        Field(
            description="By its calendar; without one it always is. All queues are open while any is; null "
            "without any queue."
        ),
    ]


class Totals(_Closed):
    """Counts and means since the beginning."""

    offered: Annotated[Count, Field(description="Visits that entered the queue.")]
    answered: Count
    answered_in_target: Annotated[Count, Field(description="Answered after a wait of at most the target.")]
    abandoned: Annotated[Count, Field(description="Short ones included.")]
    short_abandoned: Annotated[Count, Field(description="Abandoned within the short-abandon limit.")]
    left: Annotated[Count, Field(description="Left the queue neither answered nor abandoned.")]
    handled: Annotated[Count, Field(description="Legs wrapped up.")]
    blocked: Annotated[
        Count, Field(description="Turned away before the queue: demand that was never offered.")
    ]
    transferred: Annotated[Count, Field(description="Legs that ended by a transfer.")]
    callbacks: Annotated[Count, Field(description="Left the queue with a promised callback.")]
    attempts: Annotated[Count, Field(description="Attempts to reach customers of callbacks.")]
    asa_seconds: Annotated[Seconds | None, Field(description="Mean wait of the answered.")]
    aht_seconds: Annotated[Seconds | None, Field(description="Mean of talk + hold + after-contact work.")]
    promised_wait_seconds: Annotated[
        Seconds | None, Field(description="First queue entry to answered callback, mean.")
    ]


class Window(Totals):
    """What happened in a window. Null where there is nothing to divide by."""

    from_ms: Annotated[int, Field(description="Where it begins, in ms since 1970.")]
    to_ms: Annotated[int, Field(description="Up to where it reaches: now, or the end of the interval.")]
    completeness_ratio: Annotated[
        Ratio | None,
        Field(
            description="The share of partitions that have been read up to its end, where up to now means no "
            "more than 60 s ago; null before the first event."
        ),
    ]
    service_level_ratio: Annotated[Ratio | None, Field(description="By the definition of the queue.")]
    abandoned_ratio: Annotated[
        Ratio | None, Field(description="Abandoned over abandoned and answered, without short ones.")
    ]
    wait_p50_seconds: Annotated[
        Seconds | None, Field(description="Of the answered, by nearest rank, within 1 %.")
    ]
    wait_p90_seconds: Seconds | None
    wait_p95_seconds: Seconds | None
    service_level_counted: Annotated[Count, Field(description="How many visits the service level is of.")]
    service_level_low_ratio: Annotated[
        Ratio | None, Field(description="Lower bound of its 95 % Wilson interval.")
    ]
    service_level_high_ratio: Annotated[Ratio | None, Field(description="Upper bound.")]
    enough: Annotated[bool, Field(description="Whether they are at least `alert_min_contacts`.")]
    talk_seconds: Annotated[Seconds | None, Field(description="Mean talk of handled legs.")]
    hold_seconds: Annotated[Seconds | None, Field(description="Mean hold of handled legs.")]
    acw_seconds: Annotated[Seconds | None, Field(description="Mean after-contact work of handled legs.")]
    late_corrections: Annotated[
        Count, Field(description="Facts that came more than a minute after others of their partition.")
    ]
    first_response_seconds: Annotated[
        Seconds | None, Field(description="Mean wait for the first reply of a person to messages.")
    ]
    first_response_p90_seconds: Seconds | None
    response_seconds: Annotated[Seconds | None, Field(description="Mean wait for every reply of a person.")]
    response_with_bots_seconds: Annotated[Seconds | None, Field(description="The same, bots counted too.")]
    service_level_by_target: Annotated[
        dict[str, Ratio | None],
        Field(description="By each of several targets, in seconds; left out where there is one."),
    ] = {}


class Windows(_ByWindow[Window]):
    """Rolling windows by length, the business day, and intervals by the clock: in progress, and complete."""


class ServiceLevels(_Closed):
    """The same visits under each rule; null without any."""

    count_abandons: Ratio | None
    drop_short: Ratio | None
    drop_in_target: Ratio | None
    credit_short: Ratio | None
    credit_in_target: Ratio | None
    answered_only: Ratio | None


class QueueTotals(Totals):
    """Totals of a queue, with its service level under each rule."""

    service_level: ServiceLevels


class Queue(_Closed):
    """One queue and channel; or all together, as `all` without a channel."""

    queue: str
    channel: str | None
    definition: Annotated[str, Field(description="How its service level is defined, as a short code.")]
    goal_ratio: Annotated[Ratio, Field(description="The service level promised.")]
    target_seconds: Annotated[Seconds, Field(description="The wait that meets the promise.")]
    short_abandon_seconds: Seconds
    now: Now
    windows: Windows
    totals: QueueTotals


class ContactCounts(_Closed):
    """Contacts, each counted once, by its first visit."""

    offered: Count
    answered: Count
    abandoned: Count
    left: Count
    service_level_ratio: Annotated[Ratio | None, Field(description="By exits, and the default definition.")]


class Contacts(_ByWindow[ContactCounts]):
    """Contacts by window, and since the beginning."""

    totals: ContactCounts


class Every(Queue):
    """All queues together."""

    contacts: Contacts


class StateSeconds(_Closed):
    """Agent seconds by state. Time logged out is not measured."""

    available: Seconds
    ringing: Seconds
    talking: Seconds
    hold: Seconds
    wrapup: Seconds
    busy_other: Seconds
    not_ready: Seconds
    unknown: Annotated[Seconds, Field(description="Of agents who are unknown now, since they fell silent.")]


class NotReady(_Closed):
    """Agent seconds not ready for one reason."""

    reason: str
    seconds: Seconds


class Staffing(_Closed):
    """What agents did in a window: sums over agents, divided last. Null is nothing to divide by."""

    occupancy_ratio: Annotated[
        Ratio | None, Field(description="Talking, hold and wrapup over those and available.")
    ]
    occupancy_slot_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Time of legs in talk or hold over the capacity of agents who served or could."),
    ]
    occupancy_slot_by_channel: Annotated[
        dict[Channel, Annotated[float, Field(ge=0)] | None],
        Field(description="The same in each channel for which agents told their capacity; else empty."),
    ]
    concurrency_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Legs in talk or hold at once, per agent talking or holding."),
    ]
    utilisation_ratio: Annotated[
        Ratio | None, Field(description="Talking, hold, wrapup and productive reasons over time logged in.")
    ]
    adherence_ratio: Annotated[
        Ratio | None, Field(description="In a state that the schedule asks for, over all that is scheduled.")
    ]
    conformance_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Productive over scheduled as productive; above 1 for who worked more."),
    ]
    offers_made: Annotated[Count, Field(description="Offers of contacts to agents of the team.")]
    offers_answered: Count
    offers_declined: Annotated[Count, Field(description="Not taken: rung out or refused.")]
    offers_abandoned: Annotated[Count, Field(description="The customer abandoned while it rang.")]
    offers_answered_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Answered over made, without those that the customer abandoned."),
    ]
    state_seconds: StateSeconds
    not_ready: Annotated[
        list[NotReady],
        Field(
            description="By reason, the longest first, at most 32; then `other`, and `unspecified` for none."
        ),
    ]


class StaffWindows(_ByWindow[Staffing]):
    """Rolling windows by length, and the business day."""


class Staff(_Closed):
    """Agents by state now, and what they did."""

    agents: Agents
    windows: StaffWindows


class Team(Staff):
    """One team of agents."""

    team: str
    display_name: str
    site: str


class Site(Staff):
    """The teams of one site; an empty name for those of none."""

    site: str


class Rebuilding(_Closed):
    """The state of some partitions is read again from the log, because it was lost, stale or asked for."""

    progress_ratio: Annotated[Ratio, Field(description="Of the partition that has furthest to go.")]
    partitions: Annotated[Count, Field(description="How many are read again.")]
    records_to_go: Annotated[Count, Field(description="Of all of them.")]
    since_ms: Annotated[Count, Field(description="When the first of them began, in ms since 1970.")]
    incomplete: Annotated[
        bool,
        Field(
            description="Whether the numbers grow meanwhile and are too small; else they are those of before."
        ),
    ]


class Heartbeat(_Closed):
    """How well the path from Kafka to this board is."""

    age_seconds: Annotated[
        Seconds, Field(description="Age of the latest heartbeat, of the partition that is furthest behind.")
    ]
    missing: Annotated[list[str], Field(description="Partitions without heartbeats, as `topic:number`.")]


class BoardDocument(_Closed):
    """Every KPI of every queue and team at one instant. No value is ever made up: null is no data."""

    format: Annotated[Literal["pantau.board/1"], Field(alias="schema")]
    now: Annotated[
        str, Field(description="The instant of the board.", json_schema_extra={"format": "date-time"})
    ]
    now_ms: Annotated[Count, Field(description="The same, in ms since 1970.")]
    time_zone: Annotated[str, Field(description="The zone of the centre, by its IANA name.")]
    tenant: str
    state: Annotated[
        Freshness,
        Field(
            description="How far the data lies behind the clock. `quiet`: no events for a minute, and "
            "heartbeats of every partition prove that there are none: the numbers are right."
        ),
    ]
    age_seconds: Annotated[
        Seconds | None, Field(description="Age of the newest event; null before the first.")
    ]
    watermark_ms: Annotated[
        Count | None, Field(description="When the newest event happened; null before the first.")
    ]
    rebuilding: Annotated[
        Rebuilding | None, Field(description="What is read again from the log; null when nothing is.")
    ]
    positions: Annotated[
        dict[str, Count],
        Field(
            description="By topic:partition, the offset of the next record to be read: the board is that of "
            "all records before it."
        ),
    ]
    heartbeat: Annotated[Heartbeat | None, Field(description="Null where nobody has sent any for a day.")]
    queues: list[Queue]
    all: Every
    agents: list[Team]
    sites: list[Site]
    staff: Annotated[Staff, Field(description="All agents, each once.")]


def board_schema() -> dict[str, Any]:
    """Give the schema of one board."""
    found = BoardDocument.model_json_schema()
    found["title"] = f"Pantau board, {SCHEMA}"
    return {"$schema": DIALECT, "$id": "urn:pantau:board:1", **found}
