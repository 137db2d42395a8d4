"""What `pantau check` says of the odd records of the last hour."""

from collections.abc import Iterator

from stream.board.last_hour import LastHour, OddRecords
from stream.domain.oddity import MISPLACED, UNKNOWN
from stream.store.keys import partition_text

_MOST_NAMED = 5


def told(found: LastHour) -> Iterator[str]:
    """One text for each kind of odd records: how many, of which sorts, and where the latest of each lies."""
    refused = [sort for sort in found.sorts if sort.kind not in {MISPLACED, UNKNOWN}]
    misplaced = [sort for sort in found.sorts if sort.kind == MISPLACED]
    unknown = [sort for sort in found.sorts if sort.kind == UNKNOWN]
    if found.refused:
        yield (
            f"{found.refused:,} records refused in the last hour ({_sorts(refused)}): "
            "see `pantau dead-letters list`"
        )
    if found.misplaced:
        yield (
            f"{found.misplaced:,} records of the last hour have another key than their subject "
            f"({_sorts(misplaced)}): they may lie apart from the rest of their contact or agent; key every "
            "record by its subject"
        )
    if found.unknown:
        yield (
            f"{found.unknown:,} records of the last hour are of unknown types ({_sorts(unknown)}), "
            "and passed over"
        )


def _sorts(sorts: list[OddRecords]) -> str:
    named = [
        f"{sort.records:,} {_name(sort)}, latest {partition_text(sort.latest[0])}:{sort.latest[1]}"
        for sort in sorts[:_MOST_NAMED]
    ]
    return "; ".join(named if 0 < len(sorts) <= _MOST_NAMED else [*named, "and others"])


def _name(sort: OddRecords) -> str:
    if sort.kind in {MISPLACED, UNKNOWN}:
        return sort.name
    return f"{sort.kind} of {sort.name or 'an unknown source'}"
