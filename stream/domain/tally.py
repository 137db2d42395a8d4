"""Tallies: sparse counts and milliseconds that add, and nothing else.

A tally is a plain `dict` from field name to integer; a field of value 0 is not kept. The fields:

| field | counts |
|---|---|
| `offered` | visits that entered the queue, at entry |
| `a<edge>`, `x<edge>` | answered, abandoned by wait band, at exit: `a20000` is up to 20 s, `a+` the last |
| `aw`, `xw` | ms waited by the answered / the abandoned |
| `ah<bucket>`, `xh..`, `hh..` | log-linear histogram of wait answered, wait abandoned, handle time |
| `left.<reason>` | left the queue otherwise |
| `f<edge>`, `k<edge>` | flowed out, promised a callback by wait band, at exit; an error has no band |
| `A<edge>`, `X..`, `F..`, `K..` | the same four by wait band, booked where the visit was offered |
| `d.in`, `d.short`, `d.abandoned`, `d.flowed_out`, `d.callback`, `d.error` | decided within target, at exit |
| `d.late` | decided as a miss, at queue entry + target |
| `d.late_short` | short abandons after the target, where the limit is above it, at exit |
| `D.<count>` | callbacks due under a later definition: as what they stand, less what their band says |
| `d<target>.in`, ... | the same seven for every target of a queue that has several |
| `pn`, `pw`, `ph<bucket>` | callbacks answered, and ms waited since the first queue entry |
| `transferred.<how>`, `blocked.<reason>`, `attempts.<result>` | legs passed on; turned away; calls back |
| `handled`, `talk`, `hold`, `acw`, `h<edge>` | legs wrapped up, their ms, their handle time by band |
| `offers.made`, `.answered`, `.declined`, `.abandoned`, `.lost` | offers to agents of a team |
| `n.leg.<channel>`, `t.leg..` | legs begun minus ended, and that weighted with the instant |
| `fr`, `frw`, `fh..`; `rs`, `rsw`, `rh..`; `rb`, `rbw` | first replies, replies, bots' too; their ms |
| `late` | facts that came long after others of their partition had |
| `^<field>` | of a running total: how far a correction has left it below its highest value |
| `n.<state>`, `t.<state>` | agents entering minus leaving a state, and that weighted with the instant |
| `n.not_ready.<reason>` .. | the same by reason, of states that have some |
| `n.capacity`, `t.capacity` | the same of the contacts that agents serving could have at once |
| `n.capacity.<channel>` .. | the same by channel, of agents who told that |
| `n.scheduled` .. | the same of how closed states stand to the schedule: see `schedule.Attended` |

Running totals have no histograms, and no integral with a second dot.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from stream.domain.conversation import Reply, ReplyKind, posts
from stream.domain.definition import HANDLE_EDGES_MS
from stream.domain.histogram import bucket_of
from stream.domain.moment import Moment, Tag, left_verdict

Tally = dict[str, int]


_TAB = "\t"
#: What counters show of how visits stood to the promise they began to wait under.
_JUDGED = {"d.in", "d.short", "d.late_short"}
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
            Tag.LEFT: self._left,
            Tag.LATE: _late,
            Tag.HANDLED: _handled,
            Tag.COHORT: self._cohort,
            Tag.DECIDED: _decided,
            Tag.MOVED: _moved,
            Tag.PROMISED: _promised,
            Tag.TRANSFERRED: _transferred,
            Tag.LEG_BEGAN: _leg_began,
            Tag.LEG_ENDED: _leg_ended,
            Tag.OFFER: partial(_act, "offers."),
            Tag.BLOCKED: partial(_act, "blocked."),
            Tag.REPLY: _reply,
            Tag.ATTEMPT: partial(_act, "attempts."),
        }
        names = (*map(str, wait_edges_ms), "+")
        self._bands = {letter: tuple(f"{letter}{name}" for name in names) for letter in "fkAXFK"}

    def post(self, tally: Tally, moment: Moment, sign: int) -> None:
        """Add (`sign` 1) or take back (-1) what `moment` contributes."""
        self._posts[moment[3]](tally, moment, -sign if moment[1][0] == "k" else sign)

    def _answered(self, tally: Tally, moment: Moment, sign: int) -> None:
        self._exited(tally, moment.x, self._answered_bands, "aw", "ah", sign)
        if moment.y:
            tally["d.in"] = tally.get("d.in", 0) + sign

    def _abandoned(self, tally: Tally, moment: Moment, sign: int) -> None:
        self._exited(tally, moment.x, self._abandoned_bands, "xw", "xh", sign)
        if moment.y:
            add(tally, "d.short" if moment.z else "d.abandoned", sign)
        elif moment.z:
            add(tally, "d.late_short", sign)

    def _left(self, tally: Tally, moment: Moment, sign: int) -> None:
        reason = moment.reason
        add(tally, f"left.{reason}", sign)
        if moment.y:
            add(tally, f"d.{left_verdict(reason)}", sign)
        if reason != "error":
            names = self._bands["k" if reason == "callback" else "f"]
            add(tally, names[bisect_left(self._edges, moment.x)], sign)

    def _cohort(self, tally: Tally, moment: Moment, sign: int) -> None:
        band = self._bands[moment.reason][bisect_left(self._edges, moment.x)]
        tally[band] = tally.get(band, 0) + sign

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
        if field[1:2] == "h" and field[0] in "axhfrp":
            continue
        if field[1:2] == "." and "." in field[2:]:
            continue  # reasons come from sources: there is no end of them; nobody reads the others
        total[field] = total.get(field, 0) + amount
        if (field[1:2] == "." or field[0] in "dAXFK") and field not in _JUDGED:
            continue
        below = total.get(f"^{field}", 0) - amount
        if below > 0:
            total[f"^{field}"] = below
        elif below + amount > 0:
            del total[f"^{field}"]


def _offered(tally: Tally, _: Moment, sign: int) -> None:
    add(tally, "offered", sign)


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


def _decided(tally: Tally, moment: Moment, sign: int) -> None:
    add(tally, f"d{moment.x}.{moment.reason}", sign)


def _moved(tally: Tally, moment: Moment, sign: int) -> None:
    add(tally, f"D.{moment.reason}", sign * moment.x)


def _promised(tally: Tally, moment: Moment, sign: int) -> None:
    add(tally, "pn", sign)
    add(tally, "pw", sign * moment.x)
    add(tally, f"ph{bucket_of(moment.x)}", sign)


def _transferred(tally: Tally, moment: Moment, sign: int) -> None:
    add(tally, f"transferred.{moment.reason}", sign)


def _leg_began(tally: Tally, moment: Moment, sign: int) -> None:
    count, weighted = _leg_fields(moment[7])
    add(tally, count, sign)
    add(tally, weighted, sign * moment.at_ms)


def _leg_ended(tally: Tally, moment: Moment, sign: int) -> None:
    _leg_began(tally, moment, -sign)


@lru_cache(maxsize=64)
def _leg_fields(channel: str) -> tuple[str, str]:
    return f"n.leg.{channel}", f"t.leg.{channel}"


def _reply(tally: Tally, moment: Moment, sign: int) -> None:
    reply = Reply(moment.at_ms, moment.series, ReplyKind(moment.y), moment.x, "")
    for field, amount in posts(reply):
        add(tally, field, sign * amount)


def _act(prefix: str, tally: Tally, moment: Moment, sign: int) -> None:
    add(tally, f"{prefix}{moment.reason.partition(_TAB)[0]}", sign)
