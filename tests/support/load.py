"""What a source has told of the hours that end now."""

import time

from stream.dev.simulator import SimulatedEvent, scaled, simulate

_HOUR_MS = 3_600_000


def last_hours(
    queues: int, contacts_per_second: float, *, seed: int, hours: float = 1
) -> list[SimulatedEvent]:
    """Every event of a uniform centre since then; the same seed makes the same ones, at another time."""
    now_ms = time.time_ns() // 1_000_000
    centre = scaled(queues, contacts_per_second)
    return list(simulate(centre, seed=seed, start_ms=now_ms - round(hours * _HOUR_MS), until_ms=now_ms))
