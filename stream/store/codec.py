"""Stored values as text that a person with `redis-cli` can read, and back.

Whatever was written is read back equal. Anything else is refused, so callers get no nonsense.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from sys import intern

from msgspec.json import Decoder, Encoder

from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Entity, Live
from stream.domain.fact import Fact, fact_of, fact_text
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.domain.kinds import ABOUT_ANOTHER, ROWS
from stream.domain.limits import Name
from stream.domain.oddity import Odd, Oddities, Sort
from stream.domain.tally import Tally
from stream.store.unreadable import Part, Unreadable

_encode = Encoder().encode
_tally = Decoder(dict[str, int]).decode
_odd = Decoder(list[tuple[str, str, int, int]]).decode
_PANES = {TOTAL, SHORT_PANE_MS, LONG_PANE_MS}
#: Later than any event may be, and still a time that can be written.
_LATEST_MS = 1 << 43


def tally_text(tally: Tally) -> str:
    """A tally as a JSON object."""
    return _encode(tally).decode()


def tally_of(text: bytes | str | None) -> Tally:
    """The tally that `tally_text` wrote; empty for None. Raises `ValueError`."""
    return {} if text is None else _tally(text)


def document_bytes(document: object) -> bytes:
    """An argument of a script, as one JSON document."""
    return _encode(document)


def cell_text(cell: Cell) -> str:
    """The name of a cell within its partition."""
    return f"{cell.pane_ms}\t{cell.start_ms}\t{cell.series}"


def cell_of(text: str, entities: Entities = ENTITIES) -> Cell:
    """The cell that `cell_text` named. Raises `ValueError`."""
    pane_ms, start_ms, series = text.split("\t", 2)
    cell = Cell(int(pane_ms), int(start_ms), intern(series))
    if cell.pane_ms not in _PANES or not entities.is_series(series):
        raise ValueError("no name of a cell")
    _refuse_bytes(series)
    return cell


def cells_of(
    pairs: Iterable[tuple[str, str]], found: list[Unreadable], entities: Entities = ENTITIES
) -> dict[Cell, Tally]:
    """The cells with these names and texts; what cannot be read is added to `found`."""
    cells = {}
    for name, text in pairs:
        cell = None
        try:
            cell = cell_of(name, entities)
            cells[cell] = tally_of(text)
        except ValueError as wrong:
            found.append(Unreadable(Part.CELL, name, _why(wrong), cell))
    return cells


def tallies_of(pairs: Iterable[tuple[Cell, str | None]], found: list[Unreadable]) -> dict[Cell, Tally]:
    """The tallies of requested cells; empty, and added to `found`, where one cannot be read."""
    tallies: dict[Cell, Tally] = {}
    for cell, text in pairs:
        try:
            tallies[cell] = tally_of(text)
        except ValueError as wrong:
            tallies[cell] = {}
            found.append(Unreadable(Part.CELL, cell_text(cell), _why(wrong), cell))
    return tallies


def name_text(name: Name) -> str:
    """A name that was let in, after its kind, which holds no tab."""
    return "\t".join(name)


def name_of(text: str) -> Name:
    """The name that `name_text` wrote."""
    kind, _, name = text.partition("\t")
    return kind, name


def live_text(live: Live) -> str:
    """Live state as a JSON array: see `Entity.live_of`."""
    return _encode(live).decode()


def live_of(key: str, text: bytes | str, entities: Entities = ENTITIES) -> Live | Unreadable:
    """The live state that `live_text` wrote for this key."""
    try:
        _refuse_bytes(key)
        return _entity(key, entities).live_of(text)
    except ValueError as wrong:
        return Unreadable(Part.LIVE, key, _why(wrong))


def facts_of(key: str, texts: Mapping[str, str], entities: Entities = ENTITIES) -> list[Fact] | Unreadable:
    """The facts of an entity, from texts by identity: all or none, as half a contact is another contact."""
    facts = []
    try:
        _refuse_bytes(key)
        entity = _entity(key, entities)
        for uid, text in texts.items():
            fact = fact_of(uid, text)
            _refuse_bytes(uid)
            _sound(fact, entity)
            facts.append(fact)
    except ValueError as wrong:
        return Unreadable(Part.FACTS, key, _why(wrong))
    return facts


def _entity(key: str, entities: Entities) -> Entity:
    found = entities.of_key(key)
    if found is None:
        raise ValueError("no such entity")
    return found


def text_of(fact: Fact) -> str:
    """A fact without its identity, which is the field that it is stored in."""
    return fact_text(fact)


def _sound(fact: Fact, entity: Entity) -> None:
    """Raise `ValueError` for a fact that no event of this entity can have had."""
    if fact.kind not in entity.kinds:
        raise ValueError(f"no kind of fact: {fact.kind}")
    row = ROWS[fact.kind]
    _instant(fact.at_ms)
    for name in row.instants:
        if held := getattr(fact, name):
            _instant(int(held))
    if fact.kind not in ABOUT_ANOTHER:
        entity.require_sound(fact)
    elif row.is_retraction:
        _nothing(fact.instead)
    else:
        _sound_instead(fact_of(fact.other, fact.instead), entity)


def _sound_instead(fact: Fact, entity: Entity) -> None:
    if fact.kind in ABOUT_ANOTHER:
        raise ValueError("a correction tells no other")
    _sound(fact, entity)


def _instant(at_ms: int) -> int:
    if not 0 <= at_ms <= _LATEST_MS:
        raise ValueError("no instant")
    return at_ms


def _nothing(text: str) -> None:
    if text:
        raise ValueError("a retraction says nothing instead")


def _refuse_bytes(name: str) -> None:
    """Raise `ValueError` for bytes that are no text: redis-py gives them as surrogates."""
    name.encode()


def _why(wrong: ValueError) -> str:
    """A few words, without the value itself, which may be anything."""
    return "is no text" if isinstance(wrong, UnicodeError) else str(wrong).partition(": '")[0]


def odd_text(sorts: Mapping[Sort, Odd]) -> str:
    """The odd records of one minute, as a JSON array of kind, name, records, offset."""
    return _encode([(*sort, *odd) for sort, odd in sorts.items()]).decode()


def oddities_of(flat: Sequence[bytes | str]) -> Oddities:
    """Odd records, from minutes that are each followed by what `odd_text` wrote.

    A minute that cannot be read is left out: no number depends on it, and it is dropped within the hour.
    """
    found: Oddities = {}
    for minute, text in zip(flat[::2], flat[1::2], strict=True):
        with suppress(ValueError):
            rows = _odd(text)
            found[int(minute)] = {Sort(kind, name): Odd(records, at) for kind, name, records, at in rows}
    return found
