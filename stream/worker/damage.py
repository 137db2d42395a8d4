"""What a worker does where something that it stored cannot be read: nothing else waits for that.

It is named and counted. Once a day at most its partition is built anew from the log, beside what readers
have; where that has been tried, or the log lacks what mattered, it is set aside: a contact or agent begins
as one that nothing is known of, a cell as an empty one.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from stream.store.base import Store
from stream.store.unreadable import Unreadable
from stream.worker.assignment import Assignment
from stream.worker.probes import Probe
from stream.worker.retry import Retry

log = logging.getLogger("pantau.worker")
#: A partition is built anew for this reason once in so long.
AGAIN_MS = 24 * 3600 * 1000
#: So many are named at a time.
MOST_NAMED = 10
_FOUND = "state_unreadable partition=%s:%d %s"
_MORE = "state_unreadable partition=%s:%d and %d more"
_MENDED = "state_mended partition=%s:%d it is built anew from the log, while readers keep what they have"
_ASIDE = (
    "state_set_aside partition=%s:%d %s; numbers may be wrong until `pantau rebuild` has been run: "
    "`pantau audit` tells which"
)


class Damage:
    """Decides what becomes of it."""

    def __init__(self, store: Store, retry: Retry, probe: Probe, clock: Callable[[], int]) -> None:
        self._store, self._retry, self._probe, self._clock = store, retry, probe, clock

    async def is_to_be_mended(self, owned: Assignment, found: Sequence[Unreadable]) -> bool:
        """Name and count what was found; whether its partition is to be acquired again, and built anew."""
        self._probe.unreadable(owned.partition, found)
        for one in found[:MOST_NAMED]:
            log.error(_FOUND, *owned.partition, one)
        if len(found) > MOST_NAMED:
            log.error(_MORE, *owned.partition, len(found) - MOST_NAMED)
        if not owned.log_is_whole:
            log.error(_ASIDE, *owned.partition, "Kafka no longer has all its records")
            return False
        mend = partial(self._store.mend, owned.partition, self._clock(), again_ms=AGAIN_MS)
        if await self._retry.call("mend", mend):
            log.warning(_MENDED, *owned.partition)
            return True
        log.error(_ASIDE, *owned.partition, "it was built anew for that reason within a day")
        return False
