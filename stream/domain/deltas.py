"""What a batch adds to the panes, gathered before any stored cell is touched."""

from stream.domain.tally import Tally

SHORT_PANE_MS = 10_000


class Deltas(dict[tuple[str, int], Tally]):
    """Tallies to add, by series and the start of the 10 s pane they are booked in."""

    def of(self, series: str, at_ms: int) -> Tally:
        """The tally to add to the pane of `series` that `at_ms` lies in."""
        key = (series, at_ms - at_ms % SHORT_PANE_MS)
        delta = self.get(key)
        if delta is None:
            delta = self[key] = {}
        return delta
