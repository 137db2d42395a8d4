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
    """The state of some partitions is read again from the log, because it was lost, stale or asked for."""

    progress_ratio: Annotated[Ratio, Field(description="Of the partition that has furthest to go.")]
    partitions: Annotated[Count, Field(description="How many are read again.")]
    records_to_go: Annotated[Count, Field(description="Of all of them.")]
    since_ms: Annotated[Count, Field(description="When the first of them began, in ms since 1970.")]
    incomplete: Annotated[
        bool,
        Field(
            description="Whether the numbers grow meanwhile and are too small; else they are those of before."
        ),
    ]


class Heartbeat(Closed):
    """How well the path from Kafka to this board is."""

    age_seconds: Annotated[
        Seconds, Field(description="Age of the latest heartbeat, of the partition that is furthest behind.")
    ]
    missing: Annotated[list[str], Field(description="Partitions without heartbeats, as `topic:number`.")]


class OddSort(Closed):
    """Odd records of one topic and sort."""

    topic: str
    kind: Annotated[
        str,
        Field(
            description="`misplaced`: under another key than the subject. `unknown`: of a type that is "
            "not known, and passed over. Else why they were refused."
        ),
    ]
    name: Annotated[
        str,
        Field(description="Who sent them, or the unknown type; empty where none can be made out."),
    ]
    records: Count
    latest: Annotated[str, Field(description="Where the latest of them lies, as `topic:partition:offset`.")]


class LastHour(Closed):
    """Records that came in within the last hour and were odd, by the time that Kafka has of each."""

    refused: Annotated[Count, Field(description="Not counted anywhere; each is a dead letter.")]
    misplaced: Annotated[
        Count,
        Field(description="Counted, but maybe apart from the rest of their contact or agent."),
    ]
    unknown: Annotated[Count, Field(description="Of an unknown type, and passed over.")]
    sorts: Annotated[list[OddSort], Field(max_length=50, description="Those with most records first.")]


class Agreement(Closed):
    """How the settings file of this exporter stands to the rulebook, which the board is read by."""

    fingerprint: Annotated[str, Field(description="Of the settings file that workers follow.")]
    differs: Annotated[
        list[str], Field(description="Where the file of this exporter says otherwise, for people to read.")
    ]
    waits: Annotated[
        list[str], Field(description="What of the file holds only once all is built anew: `pantau rebuild`.")
    ]


class HeldUp(Closed):
    """Something that keeps partitions from showing what their log holds."""

    what: Annotated[
        Hold,
        Field(
            description="`halted`: most of what is sent is refused, or cannot be read; nothing is passed "
            "over. `held`: a transaction is open in Kafka, which gives nothing behind its begin. "
            "`store_full`: Redis has no memory left. `missing`: records were passed over, and are read "
            "again. `rebuilding`: see there. `lagging`: records have been waiting to be read for more "
            "than 5 seconds."
        ),
    ]
    partitions: Annotated[Count, Field(description="How many are held up by it.")]
    seconds: Annotated[Seconds | None, Field(description="For how long; null where that is not known.")]


class Away(Closed):
    """Something between the sources and this board that has been silent for more than 10 seconds."""

    what: Annotated[
        Link,
        Field(
            description="`store`: Redis does not answer this exporter, so nothing newer is known at all. "
            "`worker`: nobody gives signs of life for some partitions. `broker`: workers live, and Kafka "
            "does not answer them. `source`: all of these are well, and heartbeats or events have stopped."
        ),
    ]
    seconds: Annotated[
        Seconds | None, Field(description="For how long it has been silent; null where it never was heard.")
    ]
    since_ms: Annotated[Count | None, Field(description="Since when, in ms since 1970.")]
    partitions: Annotated[Count, Field(description="How many partitions are without it.")]
    sources: Annotated[
        list[str],
        Field(description="Of `source`, those whose heartbeats stopped; empty where none ever sent any."),
    ]


class BoardDocument(Closed):
    """Every KPI of every queue and team at one instant. No value is ever made up: null is no data."""

    format: Annotated[Literal["pantau.board/1"], Field(alias="schema")]
    now: Annotated[
        str, Field(description="The instant of the board.", json_schema_extra={"format": "date-time"})
    ]
    now_ms: Annotated[Count, Field(description="The same, in ms since 1970.")]
    time_zone: Annotated[str, Field(description="The zone of the centre, by its IANA name.")]
    tenant: str
    state: Annotated[
        Freshness,
        Field(
            description="How far the data lies behind the clock. `quiet`: no events for a minute, and "
            "heartbeats of every partition prove that there are none: the numbers are right. `stale`: older "
            "than a minute, or something is away; who waits or talks in a partition that is not followed "
            "grows no older, and is no miss that has not been one."
        ),
    ]
    age_seconds: Annotated[
        Seconds | None, Field(description="Age of the newest event; null before the first.")
    ]
    watermark_ms: Annotated[
        Count | None, Field(description="When the newest event happened; null before the first.")
    ]
    rebuilding: Annotated[
        Rebuilding | None, Field(description="What is read again from the log; null when nothing is.")
    ]
    unreadable: Annotated[
        Count,
        Field(
            description="Stored values that could not be read: the numbers lack them. 0 where all is well."
        ),
    ]
    positions: Annotated[
        dict[str, Count],
        Field(
            description="By topic:partition, the offset of the next record to be read: the board is that of "
            "all records before it."
        ),
    ]
    heartbeat: Annotated[Heartbeat | None, Field(description="Null where nobody has sent any for a day.")]
    last_hour: LastHour
    settings: Annotated[Agreement | None, Field(description="Null before the first worker of this version.")]
    away: Annotated[
        list[Away],
        Field(description="What lies between the sources and this board, and is away; the nearest first."),
    ]
    behind_records: Annotated[Count, Field(description="Records that workers have yet to read.")]
    held_up: Annotated[
        list[HeldUp],
        Field(description="What keeps partitions from showing what their log holds; the worst first."),
    ]
    queues: list[Queue]
    all: Every
    agents: list[Team]
    sites: list[Site]
    staff: Annotated[Staff, Field(description="All agents, each once.")]


def board_schema() -> dict[str, Any]:
    """Give the schema of one board."""
    found = BoardDocument.model_json_schema()
    found["title"] = f"Pantau board, {SCHEMA}"
    return {"$schema": DIALECT, "$id": "urn:pantau:board:1", **found}
