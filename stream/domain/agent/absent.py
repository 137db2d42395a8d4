"""The facts of an agent that are not in memory: the store alone has them.

An agent makes hundreds of states a day, and they matter for days, but hardly anything refers to those of more
than minutes ago. So they leave memory. Of their identities it keeps hashes, since a fact with a known
identity is a duplicate or replaces one. Whatever may concern an absent fact has the agent loaded whole.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from stream.domain.instant import HOUR_MS

_BITS = (1 << 32) - 1
#: How long facts may stay beyond retention before their agent is loaded whole to forget them: not all agents
#: at one time, for that takes much memory. The factor spreads instants that lie close together.
_PRUNED_AFTER_MS, _SPREAD_MS, _FACTOR = 3 * HOUR_MS, 6 * HOUR_MS, 7_919


class Absent:
    """The absent facts of one agent.

    `may_be_pruned` from an instant on. `was_heard`: whether the states among them would let heartbeats count,
    see `Agent.now`.
    """

    __slots__ = ("_hashes", "_prune_ms", "was_heard")

    def __init__(self, oldest_ms: int) -> None:
        self._hashes = array("I")
        self._prune_ms = oldest_ms + _PRUNED_AFTER_MS + oldest_ms * _FACTOR % _SPREAD_MS
        self.was_heard = False

    def __contains__(self, identity: str) -> bool:
        """Whether it may be the identity of an absent fact; of another by chance, one time in a million."""
        sought, hashes = hash(identity) & _BITS, self._hashes
        at = bisect_left(hashes, sought)
        return at < len(hashes) and hashes[at] == sought

    def add(self, identities: Iterable[str]) -> None:
        """Note that these are absent now."""
        self._hashes = array("I", sorted([*self._hashes, *(hash(one) & _BITS for one in identities)]))

    def may_be_pruned(self, keep_from_ms: int) -> bool:
        """Whether enough of them are older than that to be worth loading and forgetting."""
        return keep_from_ms > self._prune_ms
