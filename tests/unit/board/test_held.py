"""What an exporter holds of a queue is bounded: thousands of them have to fit into its limit."""

import asyncio
import gc
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from bench.filling import Centre

from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.snapshot import BoardBuilder
from stream.clock import now_ms
from stream.domain.definition import definitions
from stream.metrics.exposition import Exposition
from stream.settings import load_settings
from stream.store.memory import MemoryStore

pytestmark = pytest.mark.pure

_FEW, _MORE, _CONTACTS, _HISTORY_MS = 40, 200, 12, 3 * 3_600_000
#: A process without any takes some 80 MiB; 8,000 are to leave headroom below the 512 MiB of the compose file.
_MOST_BYTES = 40_000


def _bytes(queues: int) -> int:
    return asyncio.run(_held(queues))


async def _held(queues: int) -> int:
    """Bytes of the model, of all windows, and of the text for Prometheus."""
    store, model = MemoryStore(), Model()
    await Centre(store, queues, _CONTACTS, _HISTORY_MS).begin()
    builder = BoardBuilder(model, definitions())
    text = Exposition("t", definitions().wait_edges_ms, load_settings().file.in_force)
    gc.collect()
    tracemalloc.start()
    try:
        await Reader(store, model).refresh(now_ms())
        assert len(text.text(builder.board(now_ms()))) > 9_000 * queues
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_a_queue_takes_no_more_than_its_share() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:  # what other tests left here allocates too
        few, more = alone.map(_bytes, (_FEW, _MORE))
    assert (more - few) / (_MORE - _FEW) < _MOST_BYTES
