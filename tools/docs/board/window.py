"""KPIs of visits by window."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Place
from tools.docs.values import Closed, Ratio, measured

T = TypeVar("T")


class ByWindow(Closed, Generic[T]):
    """A value for every window and interval."""

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
        description="The service level by each of several targets, in seconds, with the current "
        "short-abandon limit; absent if there was only one of each.",
    ),
]


@measured(Kpis, Place.TOTALS)
class Totals(Closed):
    """Counts and means since the beginning."""


@measured(Kpis, Place.WINDOW)
class Window(Closed):
    """KPIs of a window. Null: nothing to divide by."""

    from_ms: Annotated[int, Field(description="The start, in ms since 1970.")]
    to_ms: Annotated[int, Field(description="The end: now, or the end of the interval.")]
    completeness_ratio: Annotated[
        Ratio | None,
        Field(
            description="The share of partitions read up to its end; for a window up to now, at most 60 s "
            "ago. Null before the first event."
        ),
    ]
    service_level_status: Annotated[
        Literal["quiet", "few", "ok", "low", "critical"],
        Field(description="Its status against the goal; `quiet`: no visits, `few`: too few."),
    ]
    service_level_by_target: ByTarget


class Windows(ByWindow[Window]):
    """Rolling windows by length, the business day, and intervals by the clock: in progress, and complete."""
