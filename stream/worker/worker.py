"""One worker's parts, and how they are put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from stream.adapters.base import Decoder
from stream.clock import now_ms
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities
from stream.domain.fold import Retention
from stream.domain.limits import Limits
from stream.domain.rulebook import Wanted, begun
from stream.store.ports import OwnerStore
from stream.worker.assignment import Terms
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.folding import Folding
from stream.worker.long_open import Recall, nothing
from stream.worker.notices import Notices
from stream.worker.ownership import Ownership
from stream.worker.probes import Probe
from stream.worker.processor import Processor
from stream.worker.record import DeadLetters
from stream.worker.retrying_store import RetryingStore
from stream.worker.stored_state import StoredState
from stream.worker.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Worker:
    """What owns partitions, what processes their batches, and what looks after them in between."""

    store: RetryingStore
    ownership: Ownership
    processor: Processor
    upkeep: Upkeep

    @classmethod
    def of(  # noqa: PLR0913 - all that a worker is made of
        cls,
        store: OwnerStore,
        decoder: Decoder,
        dead_letters: DeadLetters,
        probe: Probe,
        *,
        wanted: Wanted,
        retention: Retention,
        limits: Limits | None = None,
        reject_limit_ratio: float = 0.5,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], int] = now_ms,
        bookkeeper: Bookkeeper | None = None,
        recall: Recall = nothing,
        entities: Entities = ENTITIES,
    ) -> Self:
        """A worker on a store; see its parts for the arguments.

        It folds by `wanted` where there is no `bookkeeper`.
        """
        retrying, notices = RetryingStore(store, probe, stopping), Notices()
        state = StoredState(retrying, probe, clock)
        folding = Folding(state, decoder, dead_letters, clock)
        ownership = Ownership(
            retrying,
            state,
            folding,
            probe,
            notices,
            terms=Terms(begun(wanted, 0), limits or Limits()),
            retention=retention,
            clock=clock,
            bookkeeper=bookkeeper,
            recall=recall,
            entities=entities,
        )
        processor = Processor(
            ownership, folding, state, probe, notices, reject_limit_ratio=reject_limit_ratio
        )
        return cls(retrying, ownership, processor, Upkeep(retrying, state, ownership, notices, clock))
