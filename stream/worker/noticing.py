"""What was odd about the records of a batch, to be counted and told."""

from collections.abc import Iterable, Iterator, Sequence

from stream.adapters.origin import shown, shown_type, source_of
from stream.domain.oddity import MISPLACED, UNKNOWN, Sighting, Sort
from stream.worker.decoding import Decoded
from stream.worker.record import DeadLetter, Record


def sightings(
    records: Sequence[Record], decoded: Decoded, letters: Iterable[DeadLetter], *, now_ms: int
) -> list[Sighting]:
    """The odd records of a batch with those that `letters` are about, received when they say, but by now.

    The misplaced, of which there may be as many as records, are one sighting, of the latest.
    """
    seen = [
        Sighting(Sort(UNKNOWN, shown_type(type_)), *_where(record, now_ms))
        for type_, record in decoded.strange
    ]
    if decoded.astray is not None:
        told, record = decoded.astray
        sort = Sort(MISPLACED, shown(told.partition("\t")[0]))
        seen.append(Sighting(sort, *_where(record, now_ms), records=decoded.misplaced))
    return [*seen, *_refused(records, letters, now_ms)]


def _refused(records: Sequence[Record], letters: Iterable[DeadLetter], now_ms: int) -> Iterator[Sighting]:
    why = {letter.offset: letter for letter in letters}
    for record in records if why else ():
        if letter := why.get(record.offset):
            sort = Sort(letter.reason.value, shown(source_of(record.headers, record.value)))
            yield Sighting(sort, *_where(record, now_ms), letter.detail)


def _where(record: Record, now_ms: int) -> tuple[int, int]:
    stamped_ms = record.timestamp
    return record.offset, now_ms if stamped_ms is None else min(stamped_ms, now_ms)
