"""Which queues there are before anybody has called them, and how queues are called by people."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

#: The channel of a queue of which nothing tells its channel yet.
UNTOLD_CHANNEL = "voice"
#: Agents may name any queue: no more of those than this are shown before their first contact.
MOST_SERVED = 2_000


@dataclass(frozen=True, slots=True)
class Naming:
    """What the settings name: queues with the channels told of each; `titles` by queue and channel."""

    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def title(self, queue: str, channel: str) -> str:
        """The display name of a queue in a channel; "" where it has none."""
        return self.titles.get((queue, channel), "")

    def awaited(
        self, seen: Mapping[str, AbstractSet[str]], served: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        """Queues without a contact so far, with their channel; `seen` are the channels of the others.

        Those that the settings name, and those that agents have been told to serve. One whose channels the
        settings leave open is shown in one channel until its first contact tells another.
        """
        strangers = sorted(name for name in {*served} - self.channels.keys() if name and "\t" not in name)
        for queue in [*self.channels, *strangers[:MOST_SERVED]]:
            known = seen.get(queue, frozenset[str]())
            told = self.channels.get(queue, ())
            for channel in told or (() if known else (UNTOLD_CHANNEL,)):
                if channel not in known:
                    yield queue, channel
