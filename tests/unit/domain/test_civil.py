"""The business day has 23, 24 or 25 hours; intervals follow the clock, and each instant lies in one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stream.domain.civil import Clock

pytestmark = pytest.mark.pure

HOUR_MS = 3_600_000


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        ("UTC", "2026-11-21T10:00:00+00:00", "2026-11-21T00:00:00+00:00"),
        ("UTC", "2026-11-21T00:00:00+00:00", "2026-11-21T00:00:00+00:00"),  # midnight is the new day
        ("UTC", "2026-11-20T23:59:59.999+00:00", "2026-11-20T00:00:00+00:00"),
        ("Asia/Jakarta", "2026-11-21T10:00:00+00:00", "2026-11-20T17:00:00+00:00"),
        ("Asia/Jakarta", "2026-11-21T16:59:59.999+00:00", "2026-11-20T17:00:00+00:00"),
        ("Asia/Jakarta", "2026-11-21T17:00:00+00:00", "2026-11-21T17:00:00+00:00"),
        ("Asia/Kathmandu", "2026-11-21T10:00:00+00:00", "2026-11-20T18:15:00+00:00"),
        ("Asia/Kathmandu", "2026-11-21T18:14:59.999+00:00", "2026-11-20T18:15:00+00:00"),
        ("Asia/Kathmandu", "2026-11-21T18:15:00+00:00", "2026-11-21T18:15:00+00:00"),
        ("America/New_York", "2026-11-21T04:59:00+00:00", "2026-11-20T05:00:00+00:00"),
        ("America/New_York", "2026-07-04T10:00:00+00:00", "2026-07-04T04:00:00+00:00"),
        # In spring and in autumn the day begins by the clock of before, and ends by the clock of after.
        ("America/New_York", "2026-03-08T23:00:00-04:00", "2026-03-08T00:00:00-05:00"),
        ("America/New_York", "2026-03-09T00:00:00-04:00", "2026-03-09T00:00:00-04:00"),
        ("America/New_York", "2026-11-01T23:00:00-05:00", "2026-11-01T00:00:00-04:00"),
        ("America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-01T00:00:00-04:00"),
        ("America/New_York", "2026-11-01T01:30:00-05:00", "2026-11-01T00:00:00-04:00"),
        # Midnight itself does not exist: the day begins at one.
        ("Africa/Cairo", "2026-04-24T12:00:00+03:00", "2026-04-24T01:00:00+03:00"),
        # Midnight comes twice: the day begins with the first.
        ("America/Havana", "2026-11-01T00:30:00-05:00", "2026-11-01T00:00:00-04:00"),
        ("America/Havana", "2026-11-01T00:30:00-04:00", "2026-11-01T00:00:00-04:00"),
    ],
)
def test_where_the_day_of_an_instant_began(zone: str, now: str, start: str) -> None:
    assert Clock(ZoneInfo(zone)).day(at(now)).from_ms == at(start)


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-03-09", 24),
        ("America/New_York", "2026-11-01", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Africa/Cairo", "2026-04-24", 23),
        ("America/Havana", "2026-11-01", 25),
        ("Asia/Jakarta", "2026-03-29", 24),
    ],
)
def test_how_long_a_day_is(zone: str, date: str, hours: float) -> None:
    noon = datetime.fromisoformat(f"{date}T12:00:00").replace(tzinfo=ZoneInfo(zone))
    day = Clock(ZoneInfo(zone)).day(round(noon.timestamp() * 1000))
    assert (day.to_ms - day.from_ms) / HOUR_MS == hours


# A day that begins at another hour than midnight.


@pytest.mark.parametrize(
    ("zone", "day_start", "now", "start", "end"),
    [
        ("UTC", "06:00", "2026-11-21T05:59:59.999+00:00", "2026-11-20T06:00:00+00:00", 24),
        ("UTC", "06:00", "2026-11-21T06:00:00+00:00", "2026-11-21T06:00:00+00:00", 24),
        ("UTC", "23:59", "2026-11-21T23:58:00+00:00", "2026-11-20T23:59:00+00:00", 24),
        ("Asia/Kathmandu", "08:30", "2026-11-21T02:44:00+00:00", "2026-11-20T08:30:00+05:45", 24),
        # Clocks change within the day, wherever it begins.
        ("America/New_York", "06:00", "2026-03-08T05:00:00-04:00", "2026-03-07T06:00:00-05:00", 23),
        ("America/New_York", "06:00", "2026-11-01T05:00:00-05:00", "2026-10-31T06:00:00-04:00", 25),
        # 02:30 is skipped in spring: the day begins as the clock jumps to three.
        ("America/New_York", "02:30", "2026-03-08T01:59:59.999-05:00", "2026-03-07T02:30:00-05:00", 23.5),
        ("America/New_York", "02:30", "2026-03-08T03:00:00-04:00", "2026-03-08T03:00:00-04:00", 23.5),
        # 01:30 comes twice in autumn: the day begins with the first.
        ("America/New_York", "01:30", "2026-11-01T01:29:00-04:00", "2026-10-31T01:30:00-04:00", 24),
        ("America/New_York", "01:30", "2026-11-01T01:10:00-05:00", "2026-11-01T01:30:00-04:00", 25),
        ("America/New_York", "01:30", "2026-11-01T01:45:00-05:00", "2026-11-01T01:30:00-04:00", 25),
        # A minute after midnight back to a minute after eleven: it is yesterday again, and yet the new day.
        ("America/St_Johns", "00:00", "2009-10-31T23:30:00-03:30", "2009-11-01T00:00:00-02:30", 25),
        # A date that is left out altogether.
        ("Pacific/Apia", "00:00", "2011-12-29T23:00:00-10:00", "2011-12-29T00:00:00-10:00", 24),
        ("Pacific/Apia", "00:00", "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00", 24),
    ],
)
def test_a_day_that_begins_when_the_centre_says(
    zone: str, day_start: str, now: str, start: str, end: float
) -> None:
    hours, minutes = map(int, day_start.split(":"))
    day = Clock(ZoneInfo(zone), hours * 60 + minutes).day(at(now))
    assert day.from_ms == at(start)
    assert (day.to_ms - day.from_ms) / HOUR_MS == end


ZONES = [
    *("UTC", "Asia/Jakarta", "Asia/Kathmandu", "America/New_York", "Africa/Cairo", "Europe/Berlin"),
    *("America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Asuncion"),
    *("Antarctica/Troll", "Asia/Kolkata"),
]


@pytest.mark.parametrize("zone", ZONES)
def test_through_a_whole_year_the_day_is_that_of_the_calendar(zone: str) -> None:
    here = ZoneInfo(zone)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while now.year == 2026:
        now_ms = round(now.timestamp() * 1000)
        start_ms = Clock(here).day(now_ms).from_ms
        local, start = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(here) for ms in (now_ms, start_ms))
        before = datetime.fromtimestamp(start_ms / 1000 - 0.001, UTC).astimezone(here)
        assert start_ms <= now_ms < start_ms + 26 * HOUR_MS
        assert start.date() == local.date()
        assert before.date() < local.date()
        now += timedelta(minutes=227)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day_start", [0, 90, 150, 165, 1439])
def test_through_a_whole_year_days_follow_each_other(zone: str, day_start: int) -> None:
    clock = Clock(ZoneInfo(zone), day_start)
    day = clock.day(at("2026-01-01T12:00:00+00:00"))
    for _ in range(366):
        following = clock.day(day.to_ms)
        assert following.from_ms == day.to_ms
        assert clock.day(day.from_ms) == day == clock.day(day.to_ms - 1)
        assert 22 <= (day.to_ms - day.from_ms) / HOUR_MS <= 26
        day = following


# Intervals of 15 and 30 minutes by the clock.


@pytest.mark.parametrize(
    ("zone", "minutes", "now", "start", "length"),
    [
        ("UTC", 30, "2026-11-21T07:29:59.999+00:00", "2026-11-21T07:00:00+00:00", 30),
        ("UTC", 30, "2026-11-21T07:30:00+00:00", "2026-11-21T07:30:00+00:00", 30),
        ("UTC", 15, "2026-11-21T23:59:59+00:00", "2026-11-21T23:45:00+00:00", 15),
        ("Asia/Jakarta", 30, "2026-11-21T17:00:00+00:00", "2026-11-22T00:00:00+07:00", 30),
        # Five and three quarter hours ahead: half hours begin at a quarter past and a quarter to of UTC.
        ("Asia/Kathmandu", 30, "2026-11-21T10:10:00+00:00", "2026-11-21T15:30:00+05:45", 30),
        ("Asia/Kathmandu", 30, "2026-11-21T10:15:00+00:00", "2026-11-21T16:00:00+05:45", 30),
        ("Asia/Kathmandu", 15, "2026-11-21T10:10:00+00:00", "2026-11-21T15:45:00+05:45", 15),
        ("America/New_York", 30, "2026-03-08T01:59:00-05:00", "2026-03-08T01:30:00-05:00", 30),
        ("America/New_York", 30, "2026-03-08T03:00:00-04:00", "2026-03-08T03:00:00-04:00", 30),
        # What comes twice is two intervals.
        ("America/New_York", 30, "2026-11-01T01:45:00-04:00", "2026-11-01T01:30:00-04:00", 30),
        ("America/New_York", 30, "2026-11-01T01:10:00-05:00", "2026-11-01T01:00:00-05:00", 30),
        # The clock jumps from 02:45 to 03:45, and back: half an hour is cut in two quarters.
        ("Pacific/Chatham", 30, "2026-09-27T02:40:00+12:45", "2026-09-27T02:30:00+12:45", 15),
        ("Pacific/Chatham", 30, "2026-09-27T03:45:00+13:45", "2026-09-27T03:45:00+13:45", 15),
        ("Pacific/Chatham", 30, "2026-04-05T03:44:00+13:45", "2026-04-05T03:30:00+13:45", 15),
        ("Pacific/Chatham", 30, "2026-04-05T02:45:00+12:45", "2026-04-05T02:45:00+12:45", 15),
    ],
)
def test_the_interval_of_an_instant(zone: str, minutes: int, now: str, start: str, length: int) -> None:
    found = Clock(ZoneInfo(zone)).interval(at(now), minutes)
    assert found == (at(start), at(start) + length * 60_000)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minutes", [15, 30])
def test_through_a_whole_year_every_instant_lies_in_one_interval(zone: str, minutes: int) -> None:
    here, clock = ZoneInfo(zone), Clock(ZoneInfo(zone))
    day = clock.day(at("2026-01-01T12:00:00+00:00"))
    for n in range(366):
        edge = day.from_ms
        if n % 30 and day.to_ms - edge == 24 * HOUR_MS:
            edge = day.to_ms  # of the days like any other, twelve are enough
        while edge < day.to_ms:  # a day is covered without a rest
            found = clock.interval(edge, minutes)
            assert found.from_ms == edge
            assert found == clock.interval(found.to_ms - 1, minutes)
            lasts = found.to_ms - edge
            local = datetime.fromtimestamp(edge / 1000, here)
            on_the_clock = (local.hour * 60 + local.minute) % minutes == 0
            assert lasts == minutes * 60_000 or (lasts < minutes * 60_000 and zone == "Pacific/Chatham")
            assert on_the_clock or zone == "Pacific/Chatham"
            edge = found.to_ms
        assert edge == day.to_ms
        day = clock.day(edge)
