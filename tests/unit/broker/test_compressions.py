"""aiokafka reads and writes what its optional packages allow: all that a producer may choose."""

import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

pytestmark = pytest.mark.pure

# As the record format of Kafka numbers them.
COMPRESSIONS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
RECORDS = [(offset, f"contact-{offset}".encode(), b"talk " * 200) for offset in range(20)]


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_batch_is_read_as_it_was_written(name: str) -> None:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=COMPRESSIONS[name],
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, key, value in RECORDS:
        builder.append(offset, 1_000, key, value, [])
    sent = bytes(builder.build())
    uncompressed = sum(len(value) for _, _, value in RECORDS)
    assert (len(sent) < uncompressed / 10) is (name != "none")
    batch = DefaultRecordBatch(sent)
    assert batch.validate_crc()
    assert batch.compression_type == COMPRESSIONS[name]
    assert [(record.offset, record.key, record.value) for record in batch] == RECORDS
