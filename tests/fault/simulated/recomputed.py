"""What is stored in the end, held against the naive reading of all events, which is not the core's own."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from fault.simulated.ledger import Violated
from support import naive, naive_messages

from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fact import Event
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.domain.tally import Tally

_PROMISE = naive.Promise()
#: The fields of a reply: how many, their ms, their histogram.
_REPLIES = {"first": ("fr", "frw", "fh"), "next": ("rs", "rsw", "rh"), "any": ("rb", "rbw", "")}


def assert_recomputed(
    cells: Mapping[Cell, Tally], events: Iterable[Event], edges_ms: tuple[int, ...]
) -> None:
    """Hold the sum of all partitions, pane by pane, to the definitions; raises `Violated`."""
    events = list(events)
    for pane_ms, naive_ms in ((SHORT_PANE_MS, SHORT_PANE_MS), (LONG_PANE_MS, LONG_PANE_MS), (TOTAL, None)):
        found: naive.Tallies = {}
        for cell, tally in cells.items():
            if cell.pane_ms == pane_ms and cell.series[0] != "l":
                found[cell.series, 0 if pane_ms == TOTAL else cell.start_ms] = tally
        told = naive.tallies(events, naive_ms, lambda *_: _PROMISE, edges_ms)
        wanted = naive.without_zeros(_with_replies(told, events, naive_ms))
        stored = naive.without_zeros(found)
        for place in {**stored, **wanted}:
            if stored.get(place) != wanted.get(place):
                raise Violated(
                    f"{pane_ms} ms of {place}: stored {stored.get(place)}, recomputed {wanted.get(place)}"
                )


def summed(cells: Iterable[tuple[Cell, Tally]]) -> dict[Cell, Tally]:
    """The cells of all partitions as those of one."""
    total: dict[Cell, Counter[str]] = defaultdict(Counter)
    for cell, tally in cells:
        for name, n in tally.items():
            total[cell][name] += n
    return {cell: dict(tally) for cell, tally in total.items()}


def _with_replies(told: naive.Tallies, events: list[Event], pane_ms: int | None) -> naive.Tallies:
    found = defaultdict(Counter, {place: Counter(tally) for place, tally in told.items()})
    for facts in naive.contacts(events).values():
        for answer in naive_messages.answers(facts)[0]:
            place = (answer.series, 0 if pane_ms is None else answer.at_ms // pane_ms * pane_ms)
            count, waited, histogram = _REPLIES[answer.kind]
            found[place].update({count: 1, waited: answer.wait_ms})
            if histogram and pane_ms is not None:
                found[place][f"{histogram}{naive.bucket(answer.wait_ms)}"] += 1
    return {place: dict(tally) for place, tally in found.items()}
