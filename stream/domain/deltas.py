"""The tallies that a batch adds to panes, collected before any stored cell changes."""

from stream.domain.tally import Tally

SHORT_PANE_MS = 10_000


class Deltas(dict[tuple[str, int], Tally]):
    """Tallies to add, by series and by the start of a 10 s pane in ms."""

    def of(self, series: str, at_ms: int) -> Tally:
        """The tally to add to the pane of `series` that contains `at_ms`."""
        key = (series, at_ms - at_ms % SHORT_PANE_MS)
        delta = self.get(key)
        if delta is None:
            delta = self[key] = {}
        return delta
