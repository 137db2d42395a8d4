"""Reading a partition again: what is planned, how far it is, and whether it is asked for."""

from typing import NamedTuple


class Plan(NamedTuple):
    """Read a partition again from `start` up to `target`, where the log ended at `since_ms`.

    `anew`: into a new version, which replaces the one that readers have once it is complete; else what is
    stored catches up. `lost`: records in between that the log no longer has.
    """

    start: int
    target: int
    since_ms: int
    anew: bool
    lost: int = 0


class Rebuild(NamedTuple):
    """A plan that is being carried out; `position` is the next offset to read.

    `complete`: readers have a version that lacks nothing but the newest events; else they see what there is
    grow.
    """

    start: int
    target: int
    since_ms: int
    position: int
    complete: bool

    @property
    def records_to_go(self) -> int:
        """The number of offsets still to read."""
        return max(0, self.target - self.position)

    @property
    def progress_ratio(self) -> float:
        """The share of offsets that have been read."""
        length = max(1, self.target - self.start)
        return min(1.0, max(0.0, 1 - self.records_to_go / length))


class RebuildStatus(NamedTuple):
    """Whether a rebuild is requested, how far the current one is, and how many records were gone."""

    requested: bool
    rebuild: Rebuild | None
    lost: int
