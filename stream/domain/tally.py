"""Tallies: sparse counts and milliseconds that add, and nothing else.

A tally is a plain `dict` from field name to integer; a field of value 0 is not kept. The fields:

| field | counts |
|---|---|
| `offered` | visits that entered the queue, at entry |
| `a<edge>`, `x<edge>` | answered, abandoned by wait band, at exit: `a20000` is up to 20 s, `a+` the last |
| `aw`, `xw` | ms waited by the answered / the abandoned |
| `ah<bucket>`, `xh..`, `hh..` | log-linear histogram of wait answered, wait abandoned, handle time |
| `left.<reason>` | left the queue otherwise |
| `d.in`, `d.short`, `d.abandoned`, `d.left` | decided within target, by outcome, at exit |
| `d.late` | decided as a miss, at queue entry + target |
| `handled`, `talk`, `hold`, `acw`, `h<edge>` | legs wrapped up, their ms, their handle time by band |
| `^<field>` | of a running total: how far a correction has left it below its highest value |
| `n.<state>`, `t.<state>` | agents entering minus leaving a state, and that weighted with the instant |
| `n.not_ready.<reason>` .. | the same by reason, of states that have some; not kept in totals |
| `n.capacity`, `t.capacity` | the same of the contacts that agents serving could have at once |
| `n.scheduled` .. | the same of how closed states stand to the schedule: see `schedule.Attended` |
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

from stream.domain.definition import HANDLE_EDGES_MS
from stream.domain.histogram import bucket_of
from stream.domain.moment import Moment, Tag

Tally = dict[str, int]


_HANDLE_BANDS = (*(f"h{edge}" for edge in HANDLE_EDGES_MS), "h+")


class Poster:
    """Books moments into tallies, by the wait bands of the definitions in force."""

    def __init__(self, wait_edges_ms: tuple[int, ...]) -> None:
        self._edges = wait_edges_ms
        self._answered_bands = (*(f"a{edge}" for edge in wait_edges_ms), "a+")
        self._abandoned_bands = (*(f"x{edge}" for edge in wait_edges_ms), "x+")
        self._posts: dict[int, Callable[[Tally, Moment, int], None]] = {
            Tag.OFFERED: _offered,
            Tag.ANSWERED: self._answered,
            Tag.ABANDONED: self._abandoned,
            Tag.LEFT: _left,
            Tag.LATE: _late,
            Tag.HANDLED: _handled,
        }

    def post(self, tally: Tally, moment: Moment, sign: int) -> None:
        """Add (`sign` 1) or take back (-1) what `moment` contributes."""
        self._posts[moment.tag](tally, moment, sign)

    def _answered(self, tally: Tally, moment: Moment, sign: int) -> None:
        self._exited(tally, moment.x, self._answered_bands, "aw", "ah", sign)
        if moment.y:
            tally["d.in"] = tally.get("d.in", 0) + sign

    def _abandoned(self, tally: Tally, moment: Moment, sign: int) -> None:
        self._exited(tally, moment.x, self._abandoned_bands, "xw", "xh", sign)
        if moment.y:
            add(tally, "d.short" if moment.z else "d.abandoned", sign)

    def _exited(  # noqa: PLR0913, PLR0917 - the hot path of both outcomes, spelled once
        self, tally: Tally, wait_ms: int, names: tuple[str, ...], waited: str, histogram: str, sign: int
    ) -> None:
        band, bucket = names[bisect_left(self._edges, wait_ms)], f"{histogram}{bucket_of(wait_ms)}"
        tally[band] = tally.get(band, 0) + sign
        tally[waited] = tally.get(waited, 0) + sign * wait_ms
        tally[bucket] = tally.get(bucket, 0) + sign


def add(tally: Tally, field: str, amount: int) -> None:
    """Add `amount` to a field."""
    tally[field] = tally.get(field, 0) + amount


def merge(tally: Tally, other: Mapping[str, int], sign: int = 1) -> None:
    """Add (or subtract) every field of `other`; fields that become 0 are dropped."""
    for field, amount in other.items():
        total = tally.get(field, 0) + sign * amount
        if total:
            tally[field] = total
        else:
            tally.pop(field, None)


def merge_total(total: Tally, delta: Mapping[str, int]) -> None:
    """Add `delta` to a running total, without histograms, remembering how far it falls below its peak.

    A counter that Prometheus has seen must not go down; `total + ^` never does.
    """
    for field, amount in delta.items():
        if field[1:2] == "h" and field[0] in "axh":
            continue
        if field[1:2] == "." and "." in field[2:]:
            continue  # reasons come from sources: there is no end of them
        total[field] = total.get(field, 0) + amount
        if field[1:2] == ".":
            continue
        below = total.get(f"^{field}", 0) - amount
        if below > 0:
            total[f"^{field}"] = below
        elif below + amount > 0:
            del total[f"^{field}"]


def sum_of(tallies: Iterable[Mapping[str, int]]) -> Tally:
    """The sum of tallies."""
    total: Tally = {}
    for tally in tallies:
        merge(total, tally)
    return total


def _offered(tally: Tally, _: Moment, sign: int) -> None:
    add(tally, "offered", sign)


def _left(tally: Tally, moment: Moment, sign: int) -> None:
    add(tally, f"left.{moment.reason}", sign)
    if moment.y:
        add(tally, "d.left", sign)


def _late(tally: Tally, _: Moment, sign: int) -> None:
    add(tally, "d.late", sign)


def _handled(tally: Tally, moment: Moment, sign: int) -> None:
    handle_ms = moment.x + moment.y + moment.z
    add(tally, "handled", sign)
    add(tally, "talk", sign * moment.x)
    add(tally, "hold", sign * moment.y)
    add(tally, "acw", sign * moment.z)
    add(tally, _HANDLE_BANDS[bisect_left(HANDLE_EDGES_MS, handle_ms)], sign)
    add(tally, f"hh{bucket_of(handle_ms)}", sign)
