"""The only place where a Redis key or a time to live is spelled.

All keys of a partition share one hash tag, so a script may touch them together on Redis Cluster too. All but
one name the version of the state that they belong to:

    pantau:{topic:0}:meta          hash: see below
    pantau:{topic:0}:v3:changes    sorted set: names of changed cells and live states by sequence number
    pantau:{topic:0}:v3:live       entity -> live state
    pantau:{topic:0}:v3:names      kind<tab>name -> 1: what was let in, bounded by [limits]
    pantau:{topic:0}:v3:total      cell -> running total: as many as there are names
    pantau:{topic:0}:v3:10000:N    cell -> 10 s panes of the N-th ten minutes
    pantau:{topic:0}:v3:60000:N    cell -> 1 min panes of the N-th hour
    pantau:{topic:0}:v3:e:c<tab>ID identity -> fact, of one contact (`a` for an agent: see `Entity`)
    pantau:{topic:0}:v3:counts     end of key -> how many fields that hash is to have; facts are not counted
    pantau:{topic:0}:v3:odd        minute since 1970 -> odd records that came in then: the last hour's
    pantau:{topic:0}:v3:heartbeats sorted set: sources by the ms of their latest heartbeat
    pantau:partitions              set of topic:number
    pantau:partition-counts        topic -> how many partitions its state is of
    pantau:rulebook                id, and text: the definitions that all is booked by

Meta holds the format; token, seq and floor; which version is served and which is being built; next, watermark
and written of what is written, and of what is served meanwhile; the plan by which it is built; whether one is
requested, and whether keys of other versions are left; how many sources of heartbeats were dropped; when the
changelog was last brought up to date (kept); the sequence number at which odd records were last counted; by
which rulebook what is written was booked, and up to when; when a version was last asked for because something
could not be read; the owner's latest sign of life; from which offset on what is written was folded, how many
records it comes from, and at how many offsets there were none; how many names changes has.
"""

import re

from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Entity
from stream.domain.fold import TOTAL, Cell, Retention
from stream.store.base import Partition

PARTITIONS = "pantau:partitions"
COUNTS = "pantau:partition-counts"
RULEBOOK = "pantau:rulebook"
#: The end of the key of the names.
NAMES = ":names"
#: What `partition_text` writes.
PARTITION = re.compile(r"(?s:.+):[0-9]+")
_GLOB, _ESCAPED = re.compile(r"([*?\[\]\\])"), r"\\\1"
_MINUTE_MS = 60_000
_SHORT_BLOCK_MS = 10 * _MINUTE_MS
_LONG_BLOCK_MS = 60 * _MINUTE_MS
_SLACK_MS = 24 * 60 * _MINUTE_MS


class Keys:
    """The keys of one partition: all begin with `base` and most with a version; methods tell how they end."""

    def __init__(self, partition: Partition, retention: Retention, entities: Entities = ENTITIES) -> None:
        self.base = f"pantau:{{{partition.topic}:{partition.number}}}"
        self._retention = retention
        self._ttl_ms = {entity.prefix: retention.of(entity) + _SLACK_MS for entity in entities}
        self.meta = f"{self.base}:meta"

    def version(self, number: object) -> str:
        """The beginning of the keys of one version."""
        return f"{self.base}:v{number}"

    def entity(self, key: str) -> str:
        """The end of the key with the facts of a contact, agent or other that has a key of its own."""
        return f":e:{key}"

    def known(self, version: object, entity: Entity) -> str:
        """The beginning of the keys with the facts of a version about an entity."""
        return f"{self.version(version)}{self.entity(entity.prefix)}"

    def entity_ttl_ms(self, key: str) -> int:
        """How long facts outlive their last change, once what they are about is live no more."""
        return self._ttl_ms[key[:2]]

    def cell(self, cell: Cell) -> str:
        """The end of the key of the hash that holds a cell."""
        if cell.pane_ms == TOTAL:
            return ":total"
        return f":{cell.pane_ms}:{cell.start_ms // self.block_ms(cell.pane_ms)}"

    def cell_ttl_ms(self, cell: Cell) -> int:
        """How long a hash of panes outlives its last change; 0 for the totals, which stay."""
        if cell.pane_ms == TOTAL:
            return 0
        return self.kept_ms(cell.pane_ms) + self.block_ms(cell.pane_ms) + _SLACK_MS // 24

    def kept_ms(self, pane_ms: int) -> int:
        """How long panes of this length are kept."""
        short = pane_ms == SHORT_PANE_MS
        return self._retention.short_panes_ms if short else self._retention.long_panes_ms

    @staticmethod
    def block_ms(pane_ms: int) -> int:
        """How long a stretch of panes shares a hash."""
        return _SHORT_BLOCK_MS if pane_ms == SHORT_PANE_MS else _LONG_BLOCK_MS

    def blocks(self, pane_ms: int, from_ms: int, to_ms: int) -> list[str]:
        """The ends of the keys of the hashes that hold panes starting in [from_ms, to_ms]."""
        block_ms = self.block_ms(pane_ms)
        return [f":{pane_ms}:{n}" for n in range(from_ms // block_ms, to_ms // block_ms + 1)]


def partition_text(partition: Partition) -> str:
    """A partition's name in the set of partitions, in boards and in heartbeats."""
    return f"{partition.topic}:{partition.number}"


def partition_of(text: str) -> Partition:
    """The partition that `partition_text` named."""
    topic, _, number = text.rpartition(":")
    return Partition(topic, int(number))


def pattern_of(begin: str) -> str:
    """The pattern of all keys that begin so, whatever characters the beginning holds."""
    return f"{_GLOB.sub(_ESCAPED, begin)}*"
