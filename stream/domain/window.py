"""Rolling windows over panes: add the pane that comes, subtract the one that leaves.

    panes   |--|--|--|--|--|--|     each `pane_ms` long, starts are multiples of it
    window        |===========|··   from `low_ms` (a pane edge) up to now
    window     |=====|              or up to an instant that has passed

A window of W covers the whole panes of the last W and the one in progress, so its low edge moves in
steps of a pane: it is exact to one pane, and never covers less than W.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.domain.packed import PackedPanes
from stream.domain.reading import Reading, is_read, read
from stream.domain.tally import Tally, merge

#: A window that nobody has moved for so long holds no panes back.
IDLE_MS = 600_000


@dataclass(slots=True)
class Panes:
    """The panes of one series, merged over partitions, and the running sums of its windows."""

    pane_ms: int
    panes: dict[int, Tally] | PackedPanes = field(default_factory=dict)
    windows: dict[str, "Window"] = field(default_factory=dict)

    def put(self, start_ms: int, source: int, tally: Tally) -> Tally:
        """Hold what a source books in a pane, of panes that are packed; by how much that moves the pane."""
        assert isinstance(self.panes, PackedPanes)  # noqa: S101 - its maker decides which of the two
        delta = self.panes.put(start_ms, source, tally)
        self._move(start_ms, delta)
        return delta

    def booked_by(self, source: int) -> list[int]:
        """The panes that a source books something in, of panes that are packed."""
        assert isinstance(self.panes, PackedPanes)  # noqa: S101 - its maker decides which of the two
        return self.panes.booked_by(source)

    def change(self, start_ms: int, delta: Mapping[str, int]) -> None:
        """Move one pane by `delta`, of panes that are not packed."""
        assert isinstance(self.panes, dict)  # noqa: S101 - as above
        merge(self.panes.setdefault(start_ms, {}), delta)
        self._move(start_ms, delta)

    def _move(self, start_ms: int, delta: Mapping[str, int]) -> None:
        """Move every window that covers a pane."""
        for window in self.windows.values():
            if window.low_ms <= start_ms < window.high_ms:
                window.move(delta, 1)

    def advance(self, name: str, *, low_ms: int, last_ms: int) -> "Window":
        """Bring window `name` to the panes from that of `low_ms` to that of `last_ms`: now, or earlier."""
        high_ms = last_ms - last_ms % self.pane_ms + self.pane_ms
        low_ms -= low_ms % self.pane_ms
        window = self.windows.get(name)
        if window is not None and window.low_ms == low_ms and window.high_ms == high_ms:
            return window
        if window is None or high_ms < window.high_ms or low_ms < window.low_ms or low_ms >= window.high_ms:
            version = 0 if window is None else window.version + 1
            self.windows[name] = window = Window(low_ms, high_ms, version=version)
            self._add(window, low_ms, high_ms, 1)
        else:
            self._add(window, window.high_ms, high_ms, 1)
            self._add(window, window.low_ms, low_ms, -1)
            window.low_ms, window.high_ms = low_ms, high_ms
        return window

    def forget(self, before_ms: int) -> None:
        """Drop panes that start before `before_ms` and that no window covers any more; see `IDLE_MS`."""
        for window in self.windows.values():
            if window.low_ms < before_ms - IDLE_MS:
                window.empty()
        keep_from = min([before_ms, *(w.low_ms for w in self.windows.values())])
        for start_ms in [s for s in self.panes if s < keep_from]:
            del self.panes[start_ms]

    def _add(self, window: "Window", from_ms: int, to_ms: int, sign: int) -> None:
        if (to_ms - from_ms) // self.pane_ms > len(self.panes):
            starts = [s for s in self.panes if from_ms <= s < to_ms]
        else:
            starts = [s for s in range(from_ms, to_ms, self.pane_ms) if s in self.panes]
        for start_ms in starts:
            window.move(self.panes[start_ms], sign)


@dataclass(slots=True)
class Window:
    """The sum of the panes that start in [low_ms, high_ms), of all fields that are read.

    `version` grows when the sum may have moved.
    """

    low_ms: int
    high_ms: int
    tally: Tally = field(default_factory=dict)
    version: int = 0

    @property
    def reading(self) -> Reading:
        """The sum, taken apart anew each time: held like that it would take twenty times as much memory."""
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
        """Cover nothing, until it is brought elsewhere."""
        self.low_ms = self.high_ms
        self.tally = {}
