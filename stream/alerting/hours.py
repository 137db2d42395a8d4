"""Opening hours as the time intervals of Alertmanager and Grafana: when a receiver is told, and when not."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from stream.domain.opening import DAYS, hours_of
from stream.settings import CalendarSettings

Document = dict[str, Any]
#: From one minute past midnight to another, within a day.
Span = tuple[int, int]
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
_NEXT = timedelta(days=1)


def exceptions_of(name: str) -> str:
    """How the exceptions of a calendar are called."""
    return f"{name}-exceptions"


def intervals(name: str, calendar: CalendarSettings, zone: str) -> list[Document]:
    """The hours of a calendar, in which a receiver is told; and its exceptions, in which it is not."""
    where = calendar.time_zone or zone
    hours = [_interval(where, spans, weekdays=[days]) for days, spans in _ranges(_week(calendar))]
    other = [*_others(calendar)]
    extra = [_on(where, day, spans) for day, spans in other if spans]
    closed = [_on(where, day, gaps) for day, spans in other if (gaps := _gaps(spans))]
    found = [{"name": name, "time_intervals": [*hours, *extra]}]
    return [*found, {"name": exceptions_of(name), "time_intervals": closed}] if closed else found


def has_exceptions(calendar: CalendarSettings) -> bool:
    """Whether any date differs from its weekday."""
    return any(_gaps(spans) for _, spans in _others(calendar))


def _week(calendar: CalendarSettings) -> list[list[Span]]:
    """The spans of each weekday, with what lasts over midnight from the day before."""
    return [_spans(getattr(calendar, DAYS[n]), getattr(calendar, DAYS[n - 1])) for n in range(7)]


def _others(calendar: CalendarSettings) -> Iterator[tuple[date, list[Span]]]:
    """The dates that differ from their weekday, of which the day after may be one, with their spans."""
    told = {**dict.fromkeys(calendar.holidays, ()), **calendar.special}
    week = _week(calendar)

    def of(day: date) -> Iterable[str]:
        spans: Iterable[str] = getattr(calendar, DAYS[day.weekday()])
        return told.get(day, spans)

    for day in sorted({*told, *(day + _NEXT for day in told)}):
        spans = _spans(of(day), of(day - _NEXT))
        if spans != week[day.weekday()]:
            yield day, spans


def _spans(own: Iterable[str], before: Iterable[str]) -> list[Span]:
    found = [(low, min(high, _DAY)) for low, high in map(hours_of, own)]
    found += [(0, high - _DAY) for _, high in map(hours_of, before) if high > _DAY]
    merged: list[Span] = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _gaps(spans: list[Span]) -> list[Span]:
    edges = [0, *(minute for span in spans for minute in span), _DAY]
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]


def _ranges(week: list[list[Span]]) -> Iterator[tuple[str, list[Span]]]:
    """Days in a row with the same hours as one range."""
    for spans, days in groupby(range(7), key=lambda n: week[n]):
        first, *_, last = [*days] * 2
        if spans:
            yield _NAMES[first] if first == last else f"{_NAMES[first]}:{_NAMES[last]}", spans


def _interval(zone: str, spans: list[Span], **when: list[str]) -> Document:
    times = [{"start_time": _clock(low), "end_time": _clock(high)} for low, high in spans]
    return {"times": times, **when, "location": zone}


def _on(zone: str, day: date, spans: list[Span]) -> Document:
    return _interval(
        zone, spans, days_of_month=[str(day.day)], months=[str(day.month)], years=[str(day.year)]
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
