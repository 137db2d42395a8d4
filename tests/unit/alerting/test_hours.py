from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.alerting.hours import exceptions_of, has_exceptions, intervals
from stream.domain.opening import DAYS
from stream.settings import CalendarSettings

pytestmark = pytest.mark.pure

Json = dict[str, Any]
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FLOOR = CalendarSettings.model_validate(
    {
        **{day: ["08:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu")},
        "fri": ["08:00-11:30"],
        "holidays": ["2026-12-25"],
        "special": {"2026-12-24": ["08:00-12:00"]},
    }
)


def test_a_week_is_told_by_ranges_of_days() -> None:
    (week, _) = intervals("floor", FLOOR, "Asia/Jakarta")
    assert week["name"] == "floor"
    assert [each.get("weekdays") for each in week["time_intervals"]] == [
        ["monday:thursday"],
        ["friday"],
        None,
    ]
    assert week["time_intervals"][0] == {
        "times": [
            {"start_time": "08:00", "end_time": "12:00"},
            {"start_time": "13:00", "end_time": "17:00"},
        ],
        "weekdays": ["monday:thursday"],
        "location": "Asia/Jakarta",
    }


def test_what_differs_from_its_weekday_is_an_exception() -> None:
    (_, other) = intervals("floor", FLOOR, "Asia/Jakarta")
    assert other["name"] == exceptions_of("floor")
    eve, holiday = other["time_intervals"]
    date = {"months": ["12"], "years": ["2026"], "location": "Asia/Jakarta"}
    assert eve == {
        "times": [
            {"start_time": "00:00", "end_time": "08:00"},
            {"start_time": "12:00", "end_time": "24:00"},
        ],
        "days_of_month": ["24"],
        **date,
    }
    assert holiday == {
        "times": [{"start_time": "00:00", "end_time": "24:00"}],
        "days_of_month": ["25"],
        **date,
    }


def test_a_week_without_exceptions_is_one_interval() -> None:
    plain = CalendarSettings.model_validate({"mon": ["00:00-24:00"], "time_zone": "UTC"})
    assert not has_exceptions(plain)
    assert [each["name"] for each in intervals("plain", plain, "Asia/Jakarta")] == ["plain"]
    assert intervals("plain", plain, "Asia/Jakarta")[0]["time_intervals"][0]["location"] == "UTC"


spans = st.sampled_from(
    [[], ["08:00-17:00"], ["22:00-06:00"], ["00:00-24:00"], ["06:00-12:00", "20:00-02:00"]]
)
first = datetime(2026, 12, 21, tzinfo=UTC).date()
days = st.integers(0, 9).map(lambda n: str(first + timedelta(days=n)))


@given(
    st.fixed_dictionaries(dict.fromkeys(DAYS, spans)),
    st.sets(days, max_size=2),
    st.dictionaries(days, spans, max_size=2),
    st.integers(0, 12 * 24 * 60 - 1),
)
def test_somebody_is_told_when_the_calendar_is_open_and_never_else(
    week: dict[str, list[str]], holidays: set[str], special: dict[str, list[str]], minute: int
) -> None:
    calendar = CalendarSettings.model_validate(
        {**week, "holidays": sorted(holidays - special.keys()), "special": special}
    )
    at = datetime(2026, 12, 20, tzinfo=UTC) + timedelta(minutes=minute)
    told = intervals("any", calendar, "UTC")
    active = any(holds(each, at) for each in told[0]["time_intervals"])
    muted = any(holds(each, at) for found in told[1:] for each in found["time_intervals"])
    is_open = calendar.calendar("UTC").is_open(round(at.timestamp() * 1000))
    assert (active and not muted) == is_open


def holds(interval: Json, at: datetime) -> bool:
    """As Alertmanager reads it."""
    minute = f"{at:%H:%M}"
    days_of_week = [each.split(":") for each in interval.get("weekdays", ["monday:sunday"])]
    return (
        any(each["start_time"] <= minute < each["end_time"] for each in interval["times"])
        and any(NAMES.index(low[0]) <= at.weekday() <= NAMES.index(low[-1]) for low in days_of_week)
        and str(at.day) in interval.get("days_of_month", [str(at.day)])
        and str(at.month) in interval.get("months", [str(at.month)])
        and str(at.year) in interval.get("years", [str(at.year)])
    )
