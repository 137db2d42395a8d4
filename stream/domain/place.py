"""Places where a definition may stand, and how a person names them."""

from collections.abc import Iterable, Mapping

from stream.domain.definition import CHANNELS

#: A queue and a channel, "" for any; the default is `("", "")`.
Place = tuple[str, str]
_ORDER = {channel: n for n, channel in enumerate(("", *CHANNELS))}


def grouped(said: Mapping[Place, str]) -> dict[str, str]:
    """What is said of places, by their names; the channels of a queue of which the same is said are one."""
    found: dict[tuple[str, str], list[str]] = {}
    for (queue, channel), text in sorted(said.items(), key=lambda each: (each[0][0], _order(each[0][1]))):
        found.setdefault((queue, text), []).append(channel)
    return {_name(queue, channels): text for (queue, text), channels in found.items()}


def listed(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The first texts, and how many more there are."""
    every = tuple(texts)
    return (*every[:most], *([f"{len(every) - most} more"] if len(every) > most else []))


def _order(channel: str) -> tuple[int, str]:
    return _ORDER.get(channel, len(_ORDER)), channel


def _name(queue: str, channels: list[str]) -> str:
    if not queue:
        return "default" if "" in channels else f"channel {', '.join(channels)}"
    whole = "" in channels or set(CHANNELS) <= set(channels)
    return queue if whole else f"{queue} ({', '.join(channels)})"
