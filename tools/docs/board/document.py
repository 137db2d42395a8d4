"""The whole board."""

from typing import Annotated, Any, Literal

from pydantic import Field

from stream.board.document import SCHEMA
from stream.board.path import Link
from stream.board.rows import Freshness
from stream.store.sign import Hold
from tools.docs.board.queue import Every, Queue
from tools.docs.board.staff import Site, Staff, Team
from tools.docs.events import DIALECT
from tools.docs.values import Closed, Count, Ratio, Seconds


class Rebuilding(Closed):
    """Some partitions are being rebuilt from the log, because their state was lost, outdated or requested."""

    progress_ratio: Annotated[Ratio, Field(description="Progress of the slowest partition.")]
    partitions: Annotated[Count, Field(description="The number of partitions being rebuilt.")]
    records_to_go: Annotated[Count, Field(description="Records still to be read, over all of them.")]
    since_ms: Annotated[Count, Field(description="The start of the first rebuild, in ms since 1970.")]
    incomplete: Annotated[
        bool,
        Field(
            description="Whether the numbers are growing and too small meanwhile; otherwise they are the "
            "previous ones."
        ),
    ]


class Heartbeat(Closed):
    """The heartbeats from Kafka to this board."""

    age_seconds: Annotated[
        Seconds, Field(description="Age of the latest heartbeat of the partition furthest behind.")
    ]
    missing: Annotated[list[str], Field(description="Partitions without heartbeats, as `topic:number`.")]


class OddSort(Closed):
    """Odd records of one topic and sort."""

    topic: str
    kind: Annotated[
        str,
        Field(
            description="`misplaced`: under another key than the subject. `unknown`: of an unknown "
            "type, and skipped. Otherwise the reason of the refusal."
        ),
    ]
    name: Annotated[
        str,
        Field(description="The source, or the unknown type; empty if unknown."),
    ]
    records: Count
    latest: Annotated[str, Field(description="The latest record, as `topic:partition:offset`.")]


class LastHour(Closed):
    """Odd records of the last hour, by their time in Kafka."""

    refused: Annotated[Count, Field(description="Records that count nowhere; each is a dead letter.")]
    misplaced: Annotated[
        Count,
        Field(description="Records that count, but maybe apart from the rest of their contact or agent."),
    ]
    unknown: Annotated[Count, Field(description="Records of an unknown type, which are skipped.")]
    sorts: Annotated[list[OddSort], Field(max_length=50, description="The sorts with most records first.")]


class Agreement(Closed):
    """Compares the settings file of this exporter with the rulebook, by which the board is read."""

    fingerprint: Annotated[str, Field(description="The fingerprint of the settings file in force.")]
    differs: Annotated[list[str], Field(description="Differences of this exporter's file, for people.")]
    waits: Annotated[list[str], Field(description="Settings that take effect with `pantau rebuild`.")]


class HeldUp(Closed):
    """A reason why partitions do not show everything in the log."""

    what: Annotated[
        Hold,
        Field(
            description="`halted`: most records are refused or unreadable, and none are skipped. `held`: an "
            "open transaction in Kafka hides all records after its start. `store_full`: Redis has no memory "
            "left. `missing`: records were skipped and are read again. `rebuilding`: see `rebuilding`. "
            "`lagging`: records have waited for more than 5 seconds."
        ),
    ]
    partitions: Annotated[Count, Field(description="The number of partitions that it holds up.")]
    seconds: Annotated[Seconds | None, Field(description="The duration; null if unknown.")]


class Away(Closed):
    """A link between the sources and this board that has been silent for more than 10 seconds."""

    what: Annotated[
        Link,
        Field(
            description="`store`: Redis does not answer this exporter, so nothing newer is known. `worker`: "
            "some partitions have no signs of life. `broker`: Kafka does not answer the workers. `source`: "
            "all of these work, but heartbeats or events have stopped."
        ),
    ]
    seconds: Annotated[
        Seconds | None, Field(description="The silence in seconds; null if it was never heard.")
    ]
    since_ms: Annotated[Count | None, Field(description="The start of the silence, in ms since 1970.")]
    partitions: Annotated[Count, Field(description="The number of partitions without it.")]
    sources: Annotated[
        list[str],
        Field(description="For `source`, the sources whose heartbeats stopped; empty if none ever sent any."),
    ]


class BoardDocument(Closed):
    """Every KPI of every queue and team at one instant. Null means no data; no value is ever made up."""

    format: Annotated[Literal["pantau.board/1"], Field(alias="schema")]
    now: Annotated[
        str, Field(description="The instant of the board.", json_schema_extra={"format": "date-time"})
    ]
    now_ms: Annotated[Count, Field(description="The same, in ms since 1970.")]
    time_zone: Annotated[str, Field(description="The IANA time zone of the centre.")]
    tenant: str
    state: Annotated[
        Freshness,
        Field(
            description="How far the data is behind the clock. `quiet`: no events for a minute, and "
            "heartbeats of every partition prove that there are none, so the numbers are right. `stale`: "
            "older than a minute, or a link is away; waits and talks stop growing in partitions that are "
            "not followed, and cause no new misses."
        ),
    ]
    age_seconds: Annotated[
        Seconds | None, Field(description="Age of the newest event; null before the first.")
    ]
    watermark_ms: Annotated[
        Count | None, Field(description="The time of the newest event; null before the first.")
    ]
    rebuilding: Annotated[Rebuilding | None, Field(description="The rebuild in progress; null without one.")]
    unreadable: Annotated[
        Count,
        Field(description="Stored values that could not be read and are missing in the numbers; normally 0."),
    ]
    positions: Annotated[
        dict[str, Count],
        Field(
            description="By topic:partition, the offset of the next record; the board has all records "
            "before it."
        ),
    ]
    heartbeat: Annotated[Heartbeat | None, Field(description="Null without heartbeats for a day.")]
    last_hour: LastHour
    settings: Annotated[Agreement | None, Field(description="Null before the first worker of this version.")]
    away: Annotated[
        list[Away],
        Field(description="The links between the sources and this board that are away, the nearest first."),
    ]
    behind_records: Annotated[Count, Field(description="Records that workers have yet to read.")]
    held_up: Annotated[
        list[HeldUp],
        Field(description="Why partitions do not show everything in the log, the worst first."),
    ]
    queues: list[Queue]
    all: Every
    agents: list[Team]
    sites: list[Site]
    staff: Annotated[Staff, Field(description="All agents, each counted once.")]


def board_schema() -> dict[str, Any]:
    """The schema of a board."""
    found = BoardDocument.model_json_schema()
    found["title"] = f"Pantau board, {SCHEMA}"
    return {"$schema": DIALECT, "$id": "urn:pantau:board:1", **found}
