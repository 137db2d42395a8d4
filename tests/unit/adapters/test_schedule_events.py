"""A schedule is refused when its intervals make no sense, and says where."""

import json
from typing import Any

import pytest
from support.factories import T0, ms

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.domain.instant import instant_text
from stream.domain.kinds import Kind
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure


def interval(from_s: float, to_s: float, **more: Any) -> dict[str, Any]:
    return {"from": instant_text(ms(from_s)), "to": instant_text(ms(to_s)), **more}


def record(data: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": "p-1",
            "source": "/plans",
            "type": "schedule.published",
            "time": instant_text(T0),
            "subject": "a1",
            "data": data,
        }
    ).encode()


def test_a_schedule_may_lie_in_the_future_and_survives_being_written() -> None:
    days = 86_400
    plan = {**interval(0, 30 * days), "shifts": [interval(days, 2 * days, activity="not_productive")]}
    (event,) = CanonicalDecoder().decode(record(plan), T0 + 1000)
    assert event.fact.kind == Kind.SCHEDULE_PUBLISHED
    assert event.fact.at_ms == T0
    assert CanonicalDecoder().decode(encode(event), T0 + 1000) == (event,)


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({**interval(10, 10), "shifts": []}, "data.to: must come after data.from"),
    ({**interval(0, 100), "shifts": [interval(20, 10, activity="productive")]}, "data.shifts.0.to: must"),
    (
        {**interval(0, 100), "shifts": [interval(20, 101, activity="productive")]},
        "data.shifts.0: lies outside",
    ),
    ({**interval(0, 100), "shifts": [interval(20, 30, activity="lunch")]}, "activity"),
    ({**interval(0, 100)}, "shifts"),
    ({**interval(0, 100), "to": "tomorrow", "shifts": []}, "data.to: an RFC 3339"),
    ({**interval(0, 100), "shifts": [interval(n, n + 1, activity="productive") for n in range(65)]}, "64"),
]


@pytest.mark.parametrize(("data", "said"), FAULTS)
def test_what_makes_no_sense_is_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRecord) as refused:
        CanonicalDecoder().decode(record(data), T0 + 1000)
    assert refused.value.reason is RejectReason.SCHEMA
    assert said in refused.value.detail
