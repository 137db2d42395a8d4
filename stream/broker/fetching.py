"""What a fetch shows of a log, taken from aiokafka's fetcher: records, and offsets without one.

A broker answers a fetch with everything from the requested offset on, transaction markers and aborted records
included; the client skips what a consumer must not see. So the range that it has read is known completely.
aiokafka's `getmany` returns records only. Its caller cannot tell whether offsets between two answers hold no
record, or were dropped by a seek; and if one batch of several cannot be read, it never gets the records
before.

This leans on private names of the pinned aiokafka, kept to those below and watched by a contract test:
`_fetcher`, `_records`, `_subscriptions`, `_notify`, `_wait_consume_future`, `_create_fetch_waiter`,
`_closed`, `_partition_records`, `_update_position`, `_error`.
"""

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher, FetchError
from aiokafka.structs import TopicPartition

from stream.broker import unpacking

#: The most that is taken of one partition at once, give or take the last step of records.
_MOST_BYTES = 16 << 20
_STEP = 500
unpacking.install()


class Span(NamedTuple):
    """What a log holds from the offset `first` up to before `end`: `records`, and `gaps` offsets without one.

    `failure` is what keeps the client from reading on at `end`.
    """

    first: int
    end: int
    records: list[Any]
    gaps: int
    failure: Exception | None = None


async def fetched_spans(
    consumer: AIOKafkaConsumer, wanted: set[TopicPartition], *, most: int, seconds: float
) -> dict[TopicPartition, Span]:
    """What was fetched of the `wanted` partitions, about `most` records; waits for some up to `seconds`."""
    fetcher = consumer._fetcher
    if fetcher._subscriptions.reassignment_in_progress:
        await fetcher._subscriptions.wait_for_assignment()
    found = _taken(fetcher, wanted, most)
    if found or not seconds:
        return found
    waiter = fetcher._create_fetch_waiter()
    done, _ = await asyncio.wait([waiter], timeout=seconds)
    if not done:
        waiter.cancel()
        return {}
    waiter.result()  # raises what went wrong with the group
    return {} if fetcher._closed else _taken(fetcher, wanted, most)


def _taken(fetcher: Fetcher, wanted: set[TopicPartition], most: int) -> dict[TopicPartition, Span]:
    """Take what has been fetched, without awaiting anything: so no seek moves a position meanwhile."""
    found = {}
    for tp in list(fetcher._records):
        if tp in wanted and most > 0:
            span = _span(fetcher, tp, most)
            if span is not None:
                found[tp] = span
                most -= len(span.records)
        elif tp not in wanted and not fetcher._subscriptions.is_assigned(tp):
            del fetcher._records[tp]
    return found


def _span(fetcher: Fetcher, tp: TopicPartition, most: int) -> Span | None:
    """Take what has been fetched of a partition; None for nothing, or for what a seek has made stale."""
    result = fetcher._records[tp]
    if isinstance(result, FetchError):
        _forget(fetcher, tp)
        return Span(0, 0, [], 0, result._error)
    if not (result.check_assignment(tp) and result.has_more()):
        _forget(fetcher, tp)
        return None
    fetched = result._partition_records
    first, failure, records = fetched.next_fetch_offset, None, list[Any]()
    exhausted = False
    try:
        exhausted = _take(fetched, records, most)
    except Exception as met:  # noqa: BLE001 - whatever a codec or a damaged batch raises
        failure = met
    # Even after a failure: what was read before it is given to the caller, and must not be fetched again.
    result._update_position()
    if failure is not None or exhausted:
        _forget(fetcher, tp)
    end = fetched.next_fetch_offset
    return Span(first, end, records, end - first - len(records), failure)


def _take(fetched: Iterator[Any], records: list[Any], most: int) -> bool:
    """Add records until there are enough; True if there are no more.

    `extend` adds them one by one, so those before a failure are in the list when it is raised.
    """
    size = 0
    while len(records) < most and size < _MOST_BYTES:
        before = len(records)
        wanted = min(_STEP, most - before)
        records.extend(islice(fetched, wanted))
        if len(records) - before < wanted:
            return True
        size += sum([record.serialized_value_size for record in records[before:]])
    return False


def _forget(fetcher: Fetcher, tp: TopicPartition) -> None:
    """Drop what is left of a fetch, and wake the fetcher: it asks for what comes next."""
    del fetcher._records[tp]
    fetcher._notify(fetcher._wait_consume_future)
