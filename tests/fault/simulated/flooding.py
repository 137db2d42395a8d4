"""A flood of what cannot be read: which checkpoints must not be, whoever owns the partition for how long.

A run has some dozens of records, not thousands, so a window is as much shorter.
"""

from collections import defaultdict
from collections.abc import Mapping
from random import Random

from fault.simulated.journal import Sent
from fault.simulated.ledger import Truth, Violated
from fault.simulated.server import Client

from stream.store.base import Checkpoint, Partition

WINDOW, LEAST, RATIO = 20, 10, 0.5
PATCHES = (("stream.worker.flood.WINDOW_RECORDS", WINDOW), ("stream.worker.flood.LEAST_RECORDS", LEAST))


def burst(rng: Random, partition: Partition) -> list[Sent]:
    """More of what cannot be read than any owner may pass over."""
    bad = rng.choice([b"{", b"{}", None])
    return [Sent(0.0, partition.topic, "c0", bad, bad=True) for _ in range(rng.randrange(WINDOW, 2 * WINDOW))]


class Floods:
    """What each owner has stored under each of its leases: whether each record was refused."""

    def __init__(self, truths: Mapping[Partition, Truth]) -> None:
        self._truths = truths
        self._read: dict[tuple[str, Partition, int, int], list[bool]] = defaultdict(list)

    def stored(
        self, client: Client, partition: Partition, token: int, history: int, step: Checkpoint
    ) -> None:
        """Raises `Violated` where an owner that passes over half has stored more of what was refused."""
        read = self._read[client.name, partition, token, history]
        for is_bad in self._truths[partition].bad(step.from_offset, step.next_offset):
            read.append(is_bad)
            window = read[-WINDOW:]
            if client.flood_ratio < 1 and len(read) >= LEAST and sum(window) > RATIO * len(window):
                raise Violated(
                    f"{client.name} passed over {sum(window)} of {len(window)} of {tuple(partition)}"
                )
