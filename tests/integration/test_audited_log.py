"""The audit reads of Kafka what workers read: what was committed."""

import asyncio
from pathlib import Path

from support.operators import send_in_transactions
from support.records import fresh_topics

from stream.access import Access
from stream.audit.spool import Spool
from stream.audit.topic import Topic
from stream.broker.topics import CONTACTS


def test_what_was_aborted_is_no_record_and_does_not_end_the_log(kafka_address: str, tmp_path: Path) -> None:
    fresh_topics(kafka_address)
    batches = [(True, "first"), (False, "lost"), (True, "second"), (False, "lost")]
    placed = send_in_transactions(
        kafka_address, CONTACTS, [(kept, [("c", text.encode())]) for kept, text in batches]
    )
    topic, partition, last, _ = placed[-1]
    with Spool(tmp_path / "records") as spool:
        wanted = {(topic, partition): last + 1}
        asyncio.run(Topic(Access(kafka_address)).read(wanted, spool, lambda _: None))
        spool.flush()
        rows = [line.split("\t") for line in spool.path.read_text().splitlines()]
    assert [int(row[2]) for row in rows] == [offset for _, _, offset, kept in placed if kept]
