"""Rolling windows over panes: add each new pane, subtract each pane that leaves.

    panes   |--|--|--|--|--|--|     each `pane_ms` long, starts are multiples of it
    window        |===========|··   from `low_ms` (a pane edge) up to now
    window     |=====|              or up to an instant that has passed

A window of length W covers the whole panes of the last W and the pane in progress. Its low edge moves in
steps of a pane, so it never covers less than W and at most one pane more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.domain.packed import PackedPanes
from stream.domain.reading import Reading, is_read, read
from stream.domain.tally import Tally, merge

#: A window that was not moved for this long no longer keeps panes.
IDLE_MS = 600_000


@dataclass(slots=True)
class Panes:
    """The panes of one series, merged over partitions, and the running sums of its windows."""

    pane_ms: int
    panes: dict[int, Tally] | PackedPanes = field(default_factory=dict)
    windows: dict[str, "Window"] = field(default_factory=dict)

    def put(self, start_ms: int, source: int, tally: Tally) -> Tally:
        """Replace the tally of one partition in a packed pane; return the change of the pane."""
        assert isinstance(self.panes, PackedPanes)  # noqa: S101 - its maker decides which of the two
        delta = self.panes.put(start_ms, source, tally)
        self._move(start_ms, delta)
        return delta

    def booked_by(self, source: int) -> list[int]:
        """The starts of packed panes in which a partition has a tally."""
        assert isinstance(self.panes, PackedPanes)  # noqa: S101 - its maker decides which of the two
        return self.panes.booked_by(source)

    def change(self, start_ms: int, delta: Mapping[str, int]) -> None:
        """Add `delta` to one pane that is not packed."""
        assert isinstance(self.panes, dict)  # noqa: S101 - as above
        merge(self.panes.setdefault(start_ms, {}), delta)
        self._move(start_ms, delta)

    def _move(self, start_ms: int, delta: Mapping[str, int]) -> None:
        """Add a change of a pane to every window that covers it.

        So late facts and corrections reach windows that have passed the pane already.
        """
        for window in self.windows.values():
            if window.low_ms <= start_ms < window.high_ms:
                window.move(delta, 1)

    def advance(self, name: str, *, low_ms: int, last_ms: int) -> "Window":
        """Move window `name` to the panes from `low_ms` to `last_ms` inclusive; return it."""
        high_ms = last_ms - last_ms % self.pane_ms + self.pane_ms
        low_ms -= low_ms % self.pane_ms
        window = self.windows.get(name)
        if window is not None and window.low_ms == low_ms and window.high_ms == high_ms:
            return window
        # A window that moves back, or past its own end, shares no panes with what it was: it is summed anew.
        if window is None or high_ms < window.high_ms or low_ms < window.low_ms or low_ms >= window.high_ms:
            version = 0 if window is None else window.version + 1
            self.windows[name] = window = Window(low_ms, high_ms, version=version)
            self._add(window, low_ms, high_ms, 1)
        else:
            # Sums are integers, so subtracting what leaves gives exactly what summing anew would.
            self._add(window, window.high_ms, high_ms, 1)
            self._add(window, window.low_ms, low_ms, -1)
            window.low_ms, window.high_ms = low_ms, high_ms
        return window

    def forget(self, before_ms: int) -> None:
        """Delete panes that start before `before_ms` and that no window covers; see `IDLE_MS`."""
        for window in self.windows.values():
            if window.low_ms < before_ms - IDLE_MS:
                window.empty()
        keep_from = min([before_ms, *(w.low_ms for w in self.windows.values())])
        for start_ms in [s for s in self.panes if s < keep_from]:
            del self.panes[start_ms]

    def _add(self, window: "Window", from_ms: int, to_ms: int, sign: int) -> None:
        # Most panes of a quiet queue do not exist: go through whichever is shorter, the range or the panes.
        if (to_ms - from_ms) // self.pane_ms > len(self.panes):
            starts = [s for s in self.panes if from_ms <= s < to_ms]
        else:
            starts = [s for s in range(from_ms, to_ms, self.pane_ms) if s in self.panes]
        for start_ms in starts:
            window.move(self.panes[start_ms], sign)


@dataclass(slots=True)
class Window:
    """The sum of the panes that start in [low_ms, high_ms). Fields that no reading keeps are left out.

    `version` grows whenever the sum may have changed.
    """

    low_ms: int
    high_ms: int
    tally: Tally = field(default_factory=dict)
    version: int = 0

    @property
    def reading(self) -> Reading:
        """The sum, parsed at each call: kept parsed it would take twenty times the memory."""
        return read(self.tally)

    def move(self, delta: Mapping[str, int], sign: int) -> None:
        """Add or subtract `delta`."""
        tally = self.tally
        for name, amount in delta.items():
            if total := tally.get(name, 0) + sign * amount:
                if is_read(name):
                    tally[name] = total
            else:
                tally.pop(name, None)
        self.version += 1

    def empty(self) -> None:
        """Cover nothing until the window is moved again."""
        self.low_ms = self.high_ms
        self.tally = {}
