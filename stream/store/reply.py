"""What the scripts answer, read."""

from collections.abc import Iterable, Sequence
from typing import Any

from stream.domain.fact import fact_of
from stream.domain.fold import Cell
from stream.domain.limits import Held
from stream.store.base import Delta, Lease, Loaded, Rebuild, Sign
from stream.store.codec import cell_of, live_of, tally_of

#: How many values of the answer to `delta.lua` come before the pairs.
_HEAD = 16


def lease_of(reply: Sequence[Any]) -> Lease:
    """What `acquire.lua` gives."""
    token, position, watermark, start, target, since, complete, requested, *held = reply
    at = None if position is None else int(position)
    plan = start is not None and at is not None
    rebuild = Rebuild(int(start), int(target), int(since), at or 0, bool(complete)) if plan else None
    return Lease(int(token), at, int(watermark or 0), held_of(held), rebuild, bool(requested))


def held_of(reply: Sequence[Any]) -> Held:
    """What `held.lua` found."""
    names, opened = reply
    return Held({(kind, name) for kind, _, name in (text.partition("\t") for text in names)}, opened)


def loaded_of(reply: Sequence[Any], entities: Sequence[str], hashes: Iterable[Sequence[Cell]]) -> Loaded:
    """What `load.lua` found of `entities`, and of the cells of each hash."""
    token, at, *replies = reply
    loaded = Loaded(token=token and int(token), position=at and int(at))
    for entity, flat in zip(entities, replies, strict=False):
        if flat:
            loaded.facts[entity] = list(map(fact_of, flat[::2], flat[1::2]))
    for wanted, values in zip(hashes, replies[len(entities) :], strict=True):
        loaded.cells.update(zip(wanted, map(tally_of, values), strict=True))
    return loaded


def delta_of(reply: Sequence[Any]) -> tuple[Delta, int]:
    """What `delta.lua` tells, and the version that it is about: 0 for nothing that could be read."""
    *numbers, sign, dropped, beats = reply[:_HEAD]
    seq, at, watermark, written, full, version, start, target, since, position, complete, lost, foreign = map(
        int, numbers
    )
    rebuild = None if target < 0 else Rebuild(start, target, since, position, bool(complete))
    delta = Delta(seq, bool(full), at, watermark, written, rebuild=rebuild, lost=lost, foreign=bool(foreign))
    delta.heartbeats = dict(zip(beats[::2], map(int, beats[1::2]), strict=True))
    delta.dropped_sources = int(dropped)
    delta.sign = Sign(*map(int, sign.split())) if sign else None
    take_pairs(delta, reply[_HEAD:])
    return delta, version


def take_pairs(delta: Delta, pairs: Sequence[str | None]) -> None:
    """Add names of cells and of what is live, each followed by its value or None, to a delta."""
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if name is None:
            continue
        if name[0] in "ac":
            delta.live[name] = None if value is None else live_of(name, value)
        elif value is not None:
            delta.cells[cell_of(name)] = tally_of(value)
