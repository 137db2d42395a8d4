"""A rulebook as text: what is written in it once and pointed to, for thousands of queues hold to the same."""

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
    """The place of each timeline in a list, in the order in which they are asked for."""

    def __missing__(self, timeline: Timeline) -> int:
        self[timeline] = place = len(self)
        return place


def rulebook_text(book: Rulebook) -> str:
    """A rulebook as JSON."""
    every, found = _Places(), book.definitions
    queues: dict[str, dict[str, int]] = {}
    for (queue, channel), timeline in found.by_queue.items():
        queues.setdefault(queue, {})[channel] = every[timeline]
    channels = {channel: every[timeline] for channel, timeline in found.by_channel.items()}
    otherwise = every[found.otherwise]
    document = {
        "format": BOOK_FORMAT,
        "generation": book.generation,
        "changes": book.changes,
        "grace_ms": book.grace_ms,
        "by_agent": found.by_agent,
        "wait_edges_ms": found.wait_edges_ms,
        "timelines": [[(from_ms, asdict(step)) for from_ms, step in timeline] for timeline in every],
        "queues": queues,
        "channels": channels,
        "otherwise": otherwise,
    }
    return _encode(document).decode()


def rulebook_of(text: str) -> Rulebook:
    """The rulebook that `rulebook_text` wrote; raises `StoreUnavailable` for one of another format."""
    told = _decode(text)
    if told.get("format") != BOOK_FORMAT:
        raise StoreUnavailable(
            f"the rulebook in Redis has format {told.get('format')!r} and this version reads {BOOK_FORMAT}: "
            "use the version that wrote it, or `redis-cli DEL pantau:rulebook`, which has all built anew"
        )
    timelines = [
        tuple((from_ms, _definition(step)) for from_ms, step in timeline) for timeline in told["timelines"]
    ]
    found = definitions(
        {
            (queue, channel): timelines[at]
            for queue, channels in told["queues"].items()
            for channel, at in channels.items()
        },
        {channel: timelines[at] for channel, at in told["channels"].items()},
        timelines[told["otherwise"]],
        by_agent=told["by_agent"],
        wait_edges_ms=tuple(told["wait_edges_ms"]),
    )
    changes = tuple(Change(*change) for change in told["changes"])
    return Rulebook(told["generation"], found, told["grace_ms"], changes)


def _definition(told: dict[str, Any]) -> Definition:
    return Definition(
        **told
        | {
            "rule": ServiceLevelRule(told["rule"]),
            "attribution": Attribution(told["attribution"]),
            "flowed_out": LeftPolicy(told["flowed_out"]),
            "callback": LeftPolicy(told["callback"]),
            "clock_stop": ClockStop(told["clock_stop"]),
            "all_targets_ms": tuple(told["all_targets_ms"]),
        }
    )
