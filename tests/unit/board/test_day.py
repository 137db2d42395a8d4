"""The business day begins at local midnight and has 23, 24 or 25 hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stream.board.day import day_start_ms

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
    assert day_start_ms(at(now), ZoneInfo(zone)) == at(start)


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
    start = day_start_ms(round(noon.timestamp() * 1000), ZoneInfo(zone))
    end = day_start_ms(round((noon + timedelta(days=1)).timestamp() * 1000), ZoneInfo(zone))
    assert (end - start) / HOUR_MS == hours


@pytest.mark.parametrize(
    "zone",
    [
        *("UTC", "Asia/Jakarta", "Asia/Kathmandu", "America/New_York", "Africa/Cairo"),
        *("America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Asuncion"),
    ],
)
def test_through_a_whole_year_the_day_is_that_of_the_calendar(zone: str) -> None:
    here = ZoneInfo(zone)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while now.year == 2026:
        now_ms = round(now.timestamp() * 1000)
        start_ms = day_start_ms(now_ms, here)
        local, start = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(here) for ms in (now_ms, start_ms))
        before = datetime.fromtimestamp(start_ms / 1000 - 0.001, UTC).astimezone(here)
        assert start_ms <= now_ms < start_ms + 25 * HOUR_MS
        assert start.date() == local.date()
        assert before.date() < local.date()
        now += timedelta(minutes=227)
