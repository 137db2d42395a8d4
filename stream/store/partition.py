"""A topic-partition, and its name."""

import re
from typing import NamedTuple

#: What `partition_text` writes.
PARTITION = re.compile(r"(?s:.+):[0-9]+")


class Partition(NamedTuple):
    """The unit of ownership, and of everything stored."""

    topic: str
    number: int


def partition_text(partition: Partition) -> str:
    """A partition's name in the set of partitions, in boards and in heartbeats."""
    return f"{partition.topic}:{partition.number}"


def partition_of(text: str) -> Partition:
    """The partition that `partition_text` named."""
    topic, _, number = text.rpartition(":")
    return Partition(topic, int(number))
