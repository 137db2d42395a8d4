"""What happened to visits, by window."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from tools.docs.values import Closed, Count, Ratio, Seconds

T = TypeVar("T")


class ByWindow(Closed, Generic[T]):
    """The same of every window and interval."""

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


ByTarget = Annotated[
    dict[str, Ratio | None],
    Field(
        default={},
        description="All by each of several targets, in seconds, and the short-abandon limit of now; left "
        "out where there has been but one of each.",
    ),
]


class Totals(Closed):
    """Counts and means since the beginning."""

    offered: Annotated[Count, Field(description="Visits that entered the queue.")]
    answered: Count
    answered_in_target: Annotated[
        Count, Field(description="Answered after a wait of at most the target under which it began.")
    ]
    abandoned: Annotated[Count, Field(description="Short ones included.")]
    short_abandoned: Annotated[Count, Field(description="Abandoned within the short-abandon limit of then.")]
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
    service_level_status: Annotated[
        Literal["quiet", "few", "ok", "low", "critical"],
        Field(description="How it stands to the goal by itself; `quiet`: of no visit, `few`: of too few."),
    ]
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
    service_level_by_target: ByTarget


class Windows(ByWindow[Window]):
    """Rolling windows by length, the business day, and intervals by the clock: in progress, and complete."""
