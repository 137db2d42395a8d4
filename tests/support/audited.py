"""A board audited as `pantau audit` does it, from the records of its events."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from support.factories import Record

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.audit.comparison import Comparison, compare, shown_figures
from stream.audit.recomputation import Audit
from stream.audit.records import RecordReader
from stream.audit.terms import Terms
from stream.domain.fact import Event
from stream.errors import BadRecord
from stream.store.partition import Partition

LOG = ("log", 0)


def readable(records: Iterable[bytes]) -> list[Event]:
    """What the core reads of records."""
    decoder, found = CanonicalDecoder(), []
    for record in records:
        try:
            found += decoder.decode(record)
        except BadRecord:
            continue
    return found


def written(events: Iterable[Event]) -> list[bytes]:
    """Events as records."""
    return [encode(event) for event in events]


def taken(audit: Audit, records: Sequence[bytes], first: int = 0) -> None:
    """Give an audit records of one partition."""
    with audit.spool() as spool:
        whole = [Record(offset, None, record) for offset, record in enumerate(records, start=first)]
        RecordReader().take(spool, Partition(*LOG), whole)
        audit.take(spool)


def audited(audit: Audit, board: Mapping[str, Any], terms: Terms, *, records: int = 1 << 60) -> Comparison:
    """Compare a board with what an audit knows of the log."""
    audit.recompute(
        terms,
        now_ms=board["now_ms"],
        positions={LOG: records},
        queues=[(row["queue"], row["channel"]) for row in board["queues"]],
        teams=[row["team"] for row in board["agents"]],
    )
    return compare(dict(audit.figures()), shown_figures(board), lambda _: True)


def audited_once(
    folder: Path, records: Sequence[bytes], board: Mapping[str, Any], terms: Terms
) -> Comparison:
    """Compare a board with a log."""
    with Audit(folder) as audit:
        taken(audit, records)
        return audited(audit, board, terms)


def plain_terms(*, contacts_ms: int, agents_ms: int) -> Terms:
    """The terms of a centre without a settings file; retention in ms."""
    return Terms(
        {
            "setting": [
                ("contacts_ms", str(contacts_ms)),
                ("agents_ms", str(agents_ms)),
                ("stale_after_ms", "360000"),
                ("grace_ms", "60000"),
                ("min_contacts", "20"),
                ("goal_millionths", "800000"),
            ],
            "definition": [
                (
                    *("", "", 0, 20_000, 5_000, "drop_short", "decided", "exclude", "exclude", "connected"),
                    *(20, 800_000),
                ),
            ],
            "clock": [("", "", "UTC", 0)],
            "stuck": [("voice", 7_200_000), ("chat", 86_400_000)],
        }
    )
