"""A rulebook as text. Each timeline is written once and referred to: thousands of queues share the same."""

from dataclasses import asdict
from typing import Any

from msgspec.json import Decoder, Encoder

from stream.domain.definition import (
    Attribution,
    ClockStop,
    Definition,
    LeftPolicy,
    ServiceLevelRule,
    Timeline,
    definitions,
)
from stream.domain.rulebook import Change, Rulebook
from stream.errors import StoreUnavailable

#: Which way of writing it this is.
BOOK_FORMAT = 1
_encode = Encoder().encode
_decode = Decoder().decode


class _Places(dict[Timeline, int]):
    """The number of each timeline, in the order in which they are first asked for."""

    def __missing__(self, timeline: Timeline) -> int:
        self[timeline] = place = len(self)
        return place


def rulebook_text(book: Rulebook) -> str:
    """A rulebook as JSON."""
    places, found = _Places(), book.definitions
    queues: dict[str, dict[str, int]] = {}
    for (queue, channel), timeline in found.by_queue.items():
        queues.setdefault(queue, {})[channel] = places[timeline]
    channels = {channel: places[timeline] for channel, timeline in found.by_channel.items()}
    otherwise = places[found.otherwise]
    document = {
        "format": BOOK_FORMAT,
        "generation": book.generation,
        "changes": book.changes,
        "grace_ms": book.grace_ms,
        "by_agent": found.by_agent,
        "wait_edges_ms": found.wait_edges_ms,
        "timelines": [[(from_ms, asdict(step)) for from_ms, step in timeline] for timeline in places],
        "queues": queues,
        "channels": channels,
        "otherwise": otherwise,
    }
    return _encode(document).decode()


def rulebook_of(text: str) -> Rulebook:
    """The rulebook that `rulebook_text` wrote. Raises `StoreUnavailable` for another format."""
    document = _decode(text)
    if document.get("format") != BOOK_FORMAT:
        raise StoreUnavailable(
            f"the rulebook in Redis has format {document.get('format')!r} and this version "
            f"reads {BOOK_FORMAT}: use the version that wrote it, or `redis-cli DEL pantau:rulebook`, "
            "which has all built anew"
        )
    timelines = [
        tuple((from_ms, _definition(step)) for from_ms, step in timeline)
        for timeline in document["timelines"]
    ]
    found = definitions(
        {
            (queue, channel): timelines[at]
            for queue, channels in document["queues"].items()
            for channel, at in channels.items()
        },
        {channel: timelines[at] for channel, at in document["channels"].items()},
        timelines[document["otherwise"]],
        by_agent=document["by_agent"],
        wait_edges_ms=tuple(document["wait_edges_ms"]),
    )
    changes = tuple(Change(*change) for change in document["changes"])
    return Rulebook(document["generation"], found, document["grace_ms"], changes)


def _definition(fields: dict[str, Any]) -> Definition:
    return Definition(
        **fields
        | {
            "rule": ServiceLevelRule(fields["rule"]),
            "attribution": Attribution(fields["attribution"]),
            "flowed_out": LeftPolicy(fields["flowed_out"]),
            "callback": LeftPolicy(fields["callback"]),
            "clock_stop": ClockStop(fields["clock_stop"]),
            "all_targets_ms": tuple(fields["all_targets_ms"]),
        }
    )
