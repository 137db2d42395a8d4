"""A checkpoint as `apply.lua` takes it."""

from typing import Any

from stream.store.checkpoint import Checkpoint
from stream.store.codec import cell_text, live_text, name_text, odd_text, tally_text, text_of
from stream.store.keys import NAMES, Keys


def document_of(keys: Keys, checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint's changes as one JSON document."""
    changes = checkpoint.changes
    live: list[Any] = []
    gone: list[str] = []
    for entity, state in changes.live.items():
        if state is None:
            gone.append(entity)
        else:
            live += (entity, live_text(state))
    hashes: list[Any] = [
        (
            keys.entity(entity),
            keys.entity_ttl_ms(entity),
            [text for fact in facts for text in (fact.uid, text_of(fact))],
            [fact.uid for fact in changes.forgotten.get(entity, ())],
        )
        for entity, facts in changes.facts.items()
    ]
    if changes.names:
        hashes.append((NAMES, 0, [text for name in changes.names for text in (name_text(name), "1")], []))
    names = [*changes.live, *map(cell_text, changes.cells)]
    by_hash: dict[str, tuple[str, int, list[Any], list[str]]] = {}
    for (cell, tally), name in zip(changes.cells.items(), names[len(changes.live) :], strict=True):
        key = keys.cell(cell)
        hash_ = by_hash.get(key)
        if hash_ is None:
            hash_ = by_hash[key] = (key, keys.cell_ttl_ms(cell), [], [])
        hash_[2].extend((name, tally_text(tally)))
    beats = [text for source, at_ms in checkpoint.heartbeats.items() for text in (str(at_ms), source)]
    hashes += by_hash.values()
    oddities = [
        text for minute, sorts in checkpoint.oddities.items() if sorts for text in (minute, odd_text(sorts))
    ]
    past = [minute for minute, sorts in checkpoint.oddities.items() if not sorts]
    return {
        "live": live,
        "gone": gone,
        "changed": names,
        "hashes": hashes,
        "heartbeats": beats,
        "odd": oddities,
        "past": past,
    }
