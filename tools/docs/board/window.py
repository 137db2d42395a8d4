"""What happened to visits, by window."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Place
from tools.docs.values import Closed, Ratio, measured

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


@measured(Kpis, Place.TOTALS)
class Totals(Closed):
    """Counts and means since the beginning."""


@measured(Kpis, Place.WINDOW)
class Window(Closed):
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
    service_level_status: Annotated[
        Literal["quiet", "few", "ok", "low", "critical"],
        Field(description="How it stands to the goal by itself; `quiet`: of no visit, `few`: of too few."),
    ]
    service_level_by_target: ByTarget


class Windows(ByWindow[Window]):
    """Rolling windows by length, the business day, and intervals by the clock: in progress, and complete."""
