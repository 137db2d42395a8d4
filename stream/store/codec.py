"""Stored values as text that a person with `redis-cli` can read."""

from collections.abc import Mapping, Sequence
from sys import intern

from msgspec.json import Decoder, Encoder

from stream.domain.agent import AgentLive
from stream.domain.fold import Cell
from stream.domain.moment import Live
from stream.domain.oddity import Odd, Oddities, Sort
from stream.domain.schedule import Segment
from stream.domain.tally import Tally

_encode = Encoder().encode
_decode = Decoder().decode


def tally_text(tally: Tally) -> str:
    """A tally as a JSON object."""
    return _encode(tally).decode()


def tally_of(text: bytes | str | None) -> Tally:
    """The tally that `tally_text` wrote; empty for None."""
    return _decode(text) if text else {}


def document_bytes(document: object) -> bytes:
    """What a script is given, as one JSON document."""
    return _encode(document)


def cell_text(cell: Cell) -> str:
    """The name of a cell among those of a partition."""
    return f"{cell.pane_ms}\t{cell.start_ms}\t{cell.series}"


def cell_of(text: str) -> Cell:
    """The cell that `cell_text` named."""
    pane_ms, start_ms, series = text.split("\t", 2)
    return Cell(int(pane_ms), int(start_ms), intern(series))


def live_text(live: tuple[Live, ...] | AgentLive) -> str:
    """Live state as a JSON array: of an agent, or of all that a contact is doing."""
    return _encode(live).decode()


def live_of(entity: str, text: bytes | str) -> tuple[Live, ...] | AgentLive:
    """The live state that `live_text` wrote of `entity`."""
    values = _decode(text)
    if entity.startswith("c"):
        return tuple(Live(*doing) for doing in values)
    state, since_ms, team, queues, capacity, reason, seen_ms, schedule, slots = values
    plan = tuple(Segment(*segment) for segment in schedule)
    most = tuple((channel, count) for channel, count in slots)
    return AgentLive(state, since_ms, team, tuple(queues), capacity, reason, seen_ms, plan, most)


def odd_text(sorts: Mapping[Sort, Odd]) -> str:
    """The odd records of one minute as a JSON array of kind, name, records, offset."""
    return _encode([(*sort, *odd) for sort, odd in sorts.items()]).decode()


def oddities_of(flat: Sequence[bytes | str]) -> Oddities:
    """What is stored of odd records: minutes, each before what `odd_text` wrote of it."""
    return {
        int(minute): {Sort(kind, name): Odd(records, offset) for kind, name, records, offset in _decode(text)}
        for minute, text in zip(flat[::2], flat[1::2], strict=True)
    }
