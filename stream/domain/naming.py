"""Display names of queues, and queues that are awaited before their first contact."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

#: The channel of a queue whose channel is not known yet.
UNKNOWN_CHANNEL = "voice"
#: Agents may name any queue: at most this many are shown before their first contact.
MOST_SERVED = 2_000


@dataclass(frozen=True, slots=True)
class Naming:
    """Queues in the settings, with their channels; `titles` by queue and channel."""

    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def title(self, queue: str, channel: str) -> str:
        """The display name of a queue in a channel; "" if it has none."""
        return self.titles.get((queue, channel), "")

    def awaited(
        self, seen: Mapping[str, AbstractSet[str]], served: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        """Queues without a contact so far, with their channel; `seen` has the channels of the others.

        These are the queues that the settings name or agents serve. A queue without channels in the settings
        is shown in one channel until its first contact.
        """
        strangers = sorted(name for name in {*served} - self.channels.keys() if name and "\t" not in name)
        for queue in [*self.channels, *strangers[:MOST_SERVED]]:
            known = seen.get(queue, frozenset[str]())
            configured = self.channels.get(queue, ())
            for channel in configured or (() if known else (UNKNOWN_CHANNEL,)):
                if channel not in known:
                    yield queue, channel
