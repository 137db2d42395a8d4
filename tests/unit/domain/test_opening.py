"""When a queue is open: by week, holidays and special days, over midnight and over changes of the clock."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stream.domain.opening import Calendar, Hours, hours_of

pytestmark = pytest.mark.pure

JAKARTA = "Asia/Jakarta"
NEW_YORK = "America/New_York"


def calendar(
    zone: str, *days: str, holidays: tuple[str, ...] = (), special: dict[str, str] | None = None
) -> Calendar:
    """Hours by weekday, Monday first, several divided by a space; days that are left out are closed."""
    week = [tuple(map(hours_of, day.split())) for day in [*days, *[""] * (7 - len(days))]]
    dates: dict[date, tuple[Hours, ...]] = {date.fromisoformat(day): () for day in holidays}
    for day, spans in (special or {}).items():
        dates[date.fromisoformat(day)] = tuple(map(hours_of, spans.split()))
    return Calendar(ZoneInfo(zone), tuple(week), dates)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def open_minutes(of: Calendar, begin: str, hours: float) -> int:
    """How many minutes of an interval it is open."""
    begin_ms = at(begin)
    return sum(of.is_open(begin_ms + n * 60_000) for n in range(round(hours * 60)))


OFFICE = calendar(JAKARTA, *["08:00-12:00 13:00-17:00"] * 5)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T07:59:59.999+07:00", False),  # a Monday
        ("2026-11-23T08:00:00+07:00", True),
        ("2026-11-23T11:59:59.999+07:00", True),
        ("2026-11-23T12:00:00+07:00", False),
        ("2026-11-23T13:00:00+07:00", True),
        ("2026-11-23T17:00:00+07:00", False),
        ("2026-11-27T16:00:00+07:00", True),
        ("2026-11-28T10:00:00+07:00", False),  # a Saturday
        ("2026-11-29T10:00:00+07:00", False),
        # By its own zone, not by that of the one who asks.
        ("2026-11-23T01:00:00+00:00", True),
        ("2026-11-22T20:00:00-05:00", True),
        ("2026-11-23T10:00:00+00:00", False),
    ],
)
def test_a_week(now: str, *, expected: bool) -> None:
    assert OFFICE.is_open(at(now)) is expected


def test_a_holiday_is_closed_and_a_special_day_has_its_own_hours() -> None:
    of = calendar(
        JAKARTA,
        *["08:00-17:00"] * 5,
        holidays=("2026-12-25",),
        special={"2026-12-24": "08:00-12:00", "2026-12-26": "10:00-11:00"},
    )
    assert open_minutes(of, "2026-12-23T00:00:00+07:00", 24) == 9 * 60
    assert open_minutes(of, "2026-12-24T00:00:00+07:00", 24) == 4 * 60
    assert open_minutes(of, "2026-12-25T00:00:00+07:00", 24) == 0
    assert open_minutes(of, "2026-12-26T00:00:00+07:00", 24) == 60  # a Saturday
    assert open_minutes(of, "2026-12-27T00:00:00+07:00", 24) == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-27T21:59:00+00:00", False),  # Friday
        ("2026-11-27T22:00:00+00:00", True),
        ("2026-11-28T00:00:00+00:00", True),
        ("2026-11-28T05:59:59.999+00:00", True),
        ("2026-11-28T06:00:00+00:00", False),
        ("2026-11-28T23:00:00+00:00", False),  # nothing begins on Saturday
        ("2026-11-27T03:00:00+00:00", False),  # nor on Thursday
    ],
)
def test_hours_over_midnight(now: str, *, expected: bool) -> None:
    assert calendar("UTC", "", "", "", "", "22:00-06:00").is_open(at(now)) is expected


def test_hours_over_midnight_belong_to_the_date_they_begin_on() -> None:
    nights = calendar("UTC", *["22:00-06:00"] * 7, holidays=("2026-12-25",))
    assert open_minutes(nights, "2026-12-25T00:00:00+00:00", 24) == 6 * 60  # of the eve
    assert open_minutes(nights, "2026-12-26T00:00:00+00:00", 12) == 0
    assert nights.is_open(at("2026-12-26T22:00:00+00:00"))


@pytest.mark.parametrize("zone", ["UTC", JAKARTA, "Asia/Kathmandu", NEW_YORK, "Pacific/Chatham"])
def test_around_the_clock_is_never_closed(zone: str) -> None:
    always = calendar(zone, *["00:00-24:00"] * 7)
    begin = at("2026-01-01T00:00:00+00:00")
    assert all(always.is_open(begin + n * 17 * 60_000) for n in range(0, 31_000, 7))


def test_on_the_days_that_clocks_change() -> None:
    nights = calendar(NEW_YORK, *["22:00-06:00"] * 7)
    assert open_minutes(nights, "2026-03-07T12:00:00-05:00", 23) == 7 * 60  # one hour is skipped
    assert open_minutes(nights, "2026-10-31T12:00:00-04:00", 25) == 9 * 60  # one comes twice
    early = calendar(NEW_YORK, *["01:30-02:30"] * 7)
    assert open_minutes(early, "2026-03-08T00:00:00-05:00", 23) == 30  # it closes as the clock jumps to three
    # It opens with the first half past one and stays open until half past two.
    assert open_minutes(early, "2026-11-01T00:00:00-04:00", 25) == 120
    late = calendar(NEW_YORK, *["02:15-02:45"] * 7)
    assert open_minutes(late, "2026-03-08T00:00:00-05:00", 23) == 0
    assert open_minutes(late, "2026-03-09T00:00:00-04:00", 24) == 30


def test_one_day_is_open_as_long_as_its_hours_say() -> None:
    day = datetime(2026, 5, 4)  # noqa: DTZ001 - the clock on the wall
    week = ["08:15-09:45", "", "00:00-24:00", "23:00-01:00", "", "00:00-00:01", "12:00-12:30"]
    for zone in (JAKARTA, "Asia/Kathmandu", NEW_YORK):
        of = calendar(zone, *week)
        begins = [(day + timedelta(days=n)).replace(tzinfo=ZoneInfo(zone)).isoformat() for n in range(7)]
        assert [open_minutes(of, begin, 24) for begin in begins] == [90, 0, 1440, 60, 60, 1, 30]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00-17:00", (480, 1020)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-06:00", (1320, 1800)),
        ("18:00-00:00", (1080, 1440)),
        ("23:59-24:00", (1439, 1440)),
        ("06:00-05:59", (360, 1799)),
    ],
)
def test_hours_are_read(text: str, expected: tuple[int, int]) -> None:
    assert hours_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "08:00",
        "8:00-17:00",
        "08:00-17:60",
        "24:00-08:00",
        "08:00-25:00",
        "08:00 - 17:00",
        "08:00-12:00-13:00",
    ],
)
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HH:MM-HH:MM from 00:00 to 24:00 is accepted"):
        hours_of(text)


def test_hours_that_begin_when_they_end_are_refused() -> None:
    with pytest.raises(ValueError, match="00:00-24:00 is accepted for a whole day"):
        hours_of("08:00-08:00")
