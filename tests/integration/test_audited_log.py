"""The audit reads of Kafka what workers read: what was committed."""

import asyncio

from support.operators import send_in_transactions
from support.records import PARTITIONS, fresh_topics

from stream.access import Access
from stream.audit.topic import Topic
from stream.broker.topics import CONTACTS


def test_what_was_aborted_is_no_record_and_does_not_end_the_log(kafka_address: str) -> None:
    fresh_topics(kafka_address)
    batches = [(True, "first"), (False, "lost"), (True, "second"), (False, "lost")]
    placed = send_in_transactions(
        kafka_address, CONTACTS, [(kept, [("c", text.encode())]) for kept, text in batches]
    )
    topic, partition, last, _ = placed[-1]
    read: list[int] = []
    asyncio.run(
        Topic(Access(kafka_address)).read(
            {(topic, partition): last + 1},
            lambda _, records, partitions: read.extend(r.offset for r in records if partitions == PARTITIONS),
            lambda _: None,
        )
    )
    assert read == [offset for _, _, offset, kept in placed if kept]
