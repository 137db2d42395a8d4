"""Reads what the scripts answer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities
from stream.domain.fold import Cell
from stream.domain.limits import Held
from stream.store.checkpoint import Loaded
from stream.store.codec import cells_of, facts_of, live_of, name_of, oddities_of, tallies_of
from stream.store.delta import Delta
from stream.store.lease import Lease
from stream.store.rebuild import Rebuild
from stream.store.sign import Sign
from stream.store.unreadable import Part, Unreadable

#: How many values come before the pairs in the answer of `delta.lua`.
_HEAD = 18


def lease_of(reply: Sequence[Any], entities: Entities) -> Lease:
    """The answer of `acquire.lua`."""
    token, position, watermark, start, target, since, complete, requested, odd, *rest = reply
    *held, book, booked, unaccounted = rest
    rebuild = None
    try:
        at = None if position is None else int(position)
        watermark_ms, booked_ms = int(watermark or 0), int(booked or 0)
        if start is not None and at is not None:
            rebuild = Rebuild(int(start), int(target), int(since), at, bool(complete))
    except (ValueError, TypeError):  # changed by hand: it is built anew, like what was never stored
        at, watermark_ms, booked_ms = None, 0, 0
    return Lease(
        *(int(token), at, watermark_ms, held_of(held, entities), rebuild, bool(requested)),
        oddities=oddities_of(odd),
        rulebook=book or None,
        booked_ms=booked_ms,
        unaccounted=int(unaccounted),
    )


def held_of(reply: Sequence[Any], entities: Entities) -> Held:
    """The answer of `held.lua`."""
    names, live = reply
    return Held(
        set(map(name_of, names)), open_counts(dict(zip(live[::2], live[1::2], strict=True)), entities)
    )


def open_counts(live: Mapping[str, int], entities: Entities) -> Counter[str]:
    """How many entities are open, by the limit on them, from how many are live, by how their keys begin."""
    bounded = [entity for entity in entities if entity.most_open and entity.prefix in live]
    return Counter({entity.most_open: live[entity.prefix] for entity in bounded})


def loaded_of(
    reply: Sequence[Any], keys: Sequence[str], hashes: Iterable[Sequence[Cell]], entities: Entities
) -> Loaded:
    """The answer of `load.lua` to these keys of entities and the cells of each hash."""
    token, at, watermark, *replies = reply
    loaded = Loaded(token=token and int(token), position=at and int(at), watermark_ms=watermark)
    for key, flat in zip(keys, replies, strict=False):
        if flat:
            take_facts(loaded, key, dict(zip(flat[::2], flat[1::2], strict=True)), entities)
    for wanted, values in zip(hashes, replies[len(keys) :], strict=True):
        loaded.cells |= tallies_of(zip(wanted, values, strict=True), loaded.unreadable)
    return loaded


def torn_of(reply: Sequence[str]) -> list[Unreadable]:
    """The answer of `verify.lua`."""
    return [
        Unreadable(Part.HASH, name, f"{found} of the {due} fields that were stored in it")
        for name, due, found in zip(reply[::3], reply[1::3], reply[2::3], strict=True)
    ]


def take_facts(loaded: Loaded, key: str, texts: Mapping[str, str], entities: Entities = ENTITIES) -> None:
    """Add the facts of one entity to what was loaded."""
    facts = facts_of(key, texts, entities)
    if isinstance(facts, Unreadable):
        loaded.unreadable.append(facts)
    else:
        loaded.facts[key] = facts


def delta_of(reply: Sequence[Any], entities: Entities) -> tuple[Delta, int]:
    """The answer of `delta.lua`, and the version that it is of; 0 where nothing can be read.

    Raises `ValueError` where it is damaged.
    """
    *numbers, sign, dropped, beats, odd, unaccounted = reply[:_HEAD]
    seq, at, watermark, written, full, version, start, target, since, position, complete, lost, foreign = map(
        int, numbers
    )
    rebuild = None if target < 0 else Rebuild(start, target, since, position, bool(complete))
    delta = Delta(seq, bool(full), at, watermark, written, rebuild=rebuild, lost=lost, foreign=bool(foreign))
    delta.heartbeats = dict(zip(beats[::2], map(int, beats[1::2]), strict=True))
    delta.dropped_sources, delta.unaccounted = int(dropped), int(unaccounted)
    delta.oddities = None if odd is None else oddities_of(odd)
    delta.sign = sign_of(sign) if sign else None
    take_pairs(delta, reply[_HEAD:], entities)
    return delta, version


def sign_of(text: str) -> Sign:
    """A sign of life; those of older workers are shorter. Raises `ValueError` where it is damaged."""
    at, silent, behind, *more = text.split(" ")
    waiting, hold = more or ("0", "")
    return Sign(int(at), int(silent), int(behind), int(waiting), hold)


def take_pairs(delta: Delta, pairs: Sequence[str | None], entities: Entities) -> None:
    """Add pairs of a name, of a cell or of what is live, and its value or None to a delta."""
    cells = []
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if name is None:
            continue
        if entities.of_key(name):
            take_live(delta, name, value, entities)
        elif value is not None:
            cells.append((name, value))
    delta.cells |= cells_of(cells, delta.unreadable, entities)


def take_live(delta: Delta, key: str, text: str | None, entities: Entities) -> None:
    """Add live state to a delta; None where there is none, or none that can be read."""
    live = None if text is None else live_of(key, text, entities)
    if isinstance(live, Unreadable):
        delta.unreadable.append(live)
        live = None
    delta.live[key] = live
