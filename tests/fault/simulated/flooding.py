"""A flood of what cannot be read: which checkpoints must not be, whoever owns the partition for how long.

A run has some dozens of records, not thousands, so a window is as much shorter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from fault.simulated.journal import Sent
from fault.simulated.ledger import Truth, Violated
from fault.simulated.server import Client

from stream.store.checkpoint import Checkpoint
from stream.store.partition import Partition

WINDOW, LEAST, RATIO = 20, 10, 0.5
PATCHES = (
    ("stream.worker.reject_rate.WINDOW_RECORDS", WINDOW),
    ("stream.worker.reject_rate.LEAST_RECORDS", LEAST),
)


def burst(rng: Random, partition: Partition) -> list[Sent]:
    """More of what cannot be read than any owner may pass over."""
    bad = rng.choice([b"{", b"{}", None])
    return [Sent(0.0, partition.topic, "c0", bad, bad=True) for _ in range(rng.randrange(WINDOW, 2 * WINDOW))]


@dataclass
class _Read:
    """Of what an owner has stored on end: whether each record was refused; `leases`: where each began."""

    flags: list[bool] = field(default_factory=list)
    leases: list[int] = field(default_factory=list)
    token: int = 0
    position: int = -1

    def is_flood(self) -> bool:
        """Whether it is one by what is known since whichever lease: it may be kept over the next."""
        read = len(self.flags)
        return all(
            read - first >= LEAST
            and sum(self.flags[max(first, read - WINDOW) :]) > RATIO * min(read - first, WINDOW)
            for first in self.leases
        )


class Floods:
    """What each owner has stored on end, whatever the store has lost besides."""

    def __init__(self, truths: Mapping[Partition, Truth]) -> None:
        self._truths = truths
        self._read: dict[tuple[str, Partition], _Read] = {}

    def stored(self, client: Client, partition: Partition, token: int, step: Checkpoint) -> None:
        """Raises `Violated` where an owner that may pass over half has passed over more."""
        place = (client.name, partition)
        read = self._read.get(place)
        first = step.from_offset if step.records else step.next_offset  # what was recalled is none
        if read is None or read.position not in {step.from_offset, first}:
            read = self._read[place] = _Read()
        if read.token != token:
            read.token = token
            read.leases.append(len(read.flags))
        read.position = step.next_offset
        for is_bad in self._truths[partition].bad(first, step.next_offset):
            read.flags.append(is_bad)
            if client.reject_limit_ratio < 1 and read.is_flood():
                told = "".join("-x"[flag] for flag in read.flags[-WINDOW:])
                raise Violated(f"{client.name} passed over a flood in {tuple(partition)}: {told}")
