"""The keys in Redis and their times to live; no other module spells them.

All keys of a partition share one hash tag, so one script may use them together on a cluster. All but one name
the version of the state that they belong to:

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

Meta has these fields:

    format                         the way of storing
    token, seq, floor              the latest lease; the numbers of the latest change and of the oldest listed
    serving, building              the version that readers are given, and one that is built meanwhile
    next, watermark, written       position, newest event and time of writing of what is written
    served_next, ...               the same of what is served, while another version is built
    start, target, since, planned  the plan of a rebuild, and the lease that began it
    request, mended, unswept       a rebuild is asked for; when last for damage; keys are left to remove
    lost                           records that were gone when the version was built
    counted_from, records, gaps    the offset it was folded from; since then records, and offsets without one
    rulebook, booked               the rulebook that it was booked by, and up to when
    changes, odd                   how many names `changes` has; the number of the latest odd records
    dropped, kept, sign            sources of heartbeats given up; the changelog's time; the sign of life
"""

import re

from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Entity
from stream.domain.fold import TOTAL, Cell, Retention
from stream.store.partition import Partition

#: The way of storing. What is stored in another way is not read but built anew from the log.
FORMAT = 3
PARTITIONS = "pantau:partitions"
COUNTS = "pantau:partition-counts"
RULEBOOK = "pantau:rulebook"
#: The end of the key of the names.
NAMES = ":names"
_GLOB, _ESCAPED = re.compile(r"([*?\[\]\\])"), r"\\\1"
_MINUTE_MS = 60_000
_SHORT_BLOCK_MS = 10 * _MINUTE_MS
_LONG_BLOCK_MS = 60 * _MINUTE_MS
_SLACK_MS = 24 * 60 * _MINUTE_MS


class Keys:
    """The keys of one partition. All begin with `base`; most then have a version."""

    def __init__(self, partition: Partition, retention: Retention, entities: Entities = ENTITIES) -> None:
        self.base = f"pantau:{{{partition.topic}:{partition.number}}}"
        self.entities, self._retention = entities, retention
        self._ttl_ms = {entity.prefix: retention.of(entity) + _SLACK_MS for entity in entities}
        self.meta = f"{self.base}:meta"

    def version(self, number: object) -> str:
        """The beginning of the keys of one version."""
        return f"{self.base}:v{number}"

    def entity(self, key: str) -> str:
        """The end of the key with the facts of one contact, agent, or other entity."""
        return f":e:{key}"

    def known(self, version: object, entity: Entity) -> str:
        """The beginning of the keys with the facts of all contacts, agents, or others of a version."""
        return f"{self.version(version)}{self.entity(entity.prefix)}"

    def entity_ttl_ms(self, key: str) -> int:
        """How long facts outlive their last change, once their entity is no longer live."""
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
        """The length of time whose panes share one hash."""
        return _SHORT_BLOCK_MS if pane_ms == SHORT_PANE_MS else _LONG_BLOCK_MS

    def blocks(self, pane_ms: int, from_ms: int, to_ms: int) -> list[str]:
        """The ends of the keys of the hashes with panes that start in [from_ms, to_ms]."""
        block_ms = self.block_ms(pane_ms)
        return [f":{pane_ms}:{n}" for n in range(from_ms // block_ms, to_ms // block_ms + 1)]


def pattern_of(begin: str) -> str:
    """The pattern of all keys with this beginning, whatever characters that has."""
    return f"{_GLOB.sub(_ESCAPED, begin)}*"
