"""Places that a definition may apply to, and their names for people."""

from collections.abc import Iterable, Mapping

from stream.domain.definition import CHANNELS

#: A queue and a channel, "" for any; the default is `("", "")`.
Place = tuple[str, str]
_ORDER = {channel: n for n, channel in enumerate(("", *CHANNELS))}


def grouped(said: Mapping[Place, str]) -> dict[str, str]:
    """Texts about places by name; channels of a queue with the same text share one name."""
    found: dict[tuple[str, str], list[str]] = {}
    for (queue, channel), text in sorted(said.items(), key=lambda each: (each[0][0], _order(each[0][1]))):
        found.setdefault((queue, text), []).append(channel)
    return {_name(queue, channels): text for (queue, text), channels in found.items()}


def listed(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The first `most` texts, then the number of others."""
    every = tuple(texts)
    return (*every[:most], *([f"{len(every) - most} more"] if len(every) > most else []))


def _order(channel: str) -> tuple[int, str]:
    return _ORDER.get(channel, len(_ORDER)), channel


def _name(queue: str, channels: list[str]) -> str:
    if not queue:
        return "default" if "" in channels else f"channel {', '.join(channels)}"
    whole = "" in channels or set(CHANNELS) <= set(channels)
    return queue if whole else f"{queue} ({', '.join(channels)})"
