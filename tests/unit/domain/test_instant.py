"""RFC 3339 text to integer milliseconds, and back."""

from datetime import UTC, datetime, timedelta

import pytest

from stream.domain.instant import instant_ms, instant_text

pytestmark = pytest.mark.pure

AT = 1_795_255_200_123


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T10:00:00.123Z",
        "2026-11-21t10:00:00.123z",
        "2026-11-21 10:00:00.123Z",
        "2026-11-21T17:00:00.123+07:00",
        "2026-11-21T15:45:00.123+05:45",
        "2026-11-21T05:00:00.123-05:00",
        "2026-11-20T10:01:00.123-23:59",
        "2026-11-21T10:00:00.123456789Z",
        "2026-11-21T10:00:00.1239999Z",
        "2026-11-21T10:00:00.1230+00:00",
    ],
)
def test_the_same_instant_in_many_ways(text: str) -> None:
    assert instant_ms(text) == AT


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2024-02-29T23:59:59.5Z", 1_709_251_199_500),
        ("2000-01-01T00:00:00.05Z", 946_684_800_050),
    ],
)
def test_instants(text: str, at_ms: int) -> None:
    assert instant_ms(text) == at_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21",
        "2026-11-21T10:00:00.123",  # no zone: nobody knows when
        "2026-11-21T10:00:00",
        "2026-11-21T10:00:00.123+0700",
        "2026-11-21T10:00:00.123+07",
        "2026-11-21T10:00:00.123 Z",
        "2026-11-21T10:00:00.Z",
        "2026-11-21T10:00Z",
        "20261121T100000Z",
        "2026-W47-6T10:00:00Z",
        "2026-13-01T00:00:00.000Z",
        "2026-00-01T00:00:00.000Z",
        "2026-02-29T00:00:00.000Z",
        "2026-11-21T24:00:00.001Z",
        "2026-11-21T23:60:00.000Z",
        "2026-11-21T23:59:61.000Z",
        "2026-11-21T10:00:00.123+24:00",
        "0000-01-01T00:00:00.000Z",
        "-026-11-21T10:00:00.123Z",
        "2026-11-21T10:00:00.+12Z",
        "2026-11-21T10:00:00. 12Z",
        "2026-11-21T10:00:00.1_2Z",
        "２０２６-11-21T10:00:00.123Z",  # noqa: RUF001 - digits, but not of ASCII
        "2026-11-21T10:00:00.١٢٣Z",  # noqa: RUF001 - as above
        "2026-11-21T10:00:00.123Z\n",
        "now",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant_ms(text)


def test_text_and_back() -> None:
    assert instant_text(AT) == "2026-11-21T10:00:00.123Z"
    assert instant_text(0) == "1970-01-01T00:00:00.000Z"
    start = datetime(1990, 1, 1, tzinfo=UTC)
    for n in range(2000):
        moment = start + n * timedelta(days=13, hours=7, milliseconds=n)
        at_ms = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        assert instant_ms(instant_text(at_ms)) == at_ms
