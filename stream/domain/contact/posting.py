"""Posts contributions of contacts to tallies, field by field."""

from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from stream.domain import fields
from stream.domain.contact.contribution import Contribution, Tag, left_verdict
from stream.domain.contact.conversation import Reply, ReplyKind, posts
from stream.domain.definition import HANDLE_EDGES_MS
from stream.domain.tally import Tally, add

_OFFERS = fields.MADE.partition(".")[0]
_ABANDONED_IN, _LATE = fields.judged("abandoned"), fields.judged("late")
_HANDLE_BANDS = fields.bands(fields.HANDLE, HANDLE_EDGES_MS)


class Poster:
    """Posts contributions to tallies, by the wait bands of the definitions in force."""

    def __init__(self, wait_edges_ms: tuple[int, ...]) -> None:
        self._edges = wait_edges_ms
        self._bands = {family: fields.bands(family, wait_edges_ms) for family in fields.BANDS}
        self._posts: dict[int, Callable[[Tally, Contribution, int], None]] = {
            Tag.OFFERED: _offered,
            Tag.ANSWERED: self._answered,
            Tag.ABANDONED: self._abandoned,
            Tag.LEFT: self._left,
            Tag.LATE: _late,
            Tag.HANDLED: _handled,
            Tag.BY_ENTRY: self._by_entry,
            Tag.DECIDED: _decided,
            Tag.MOVED: _moved,
            Tag.PROMISED: _promised,
            Tag.TRANSFERRED: _transferred,
            Tag.LEG_BEGAN: _leg_began,
            Tag.LEG_ENDED: _leg_ended,
            Tag.OFFER: partial(_act, _OFFERS),
            Tag.BLOCKED: partial(_act, fields.BLOCKED),
            Tag.REPLY: _reply,
            Tag.ATTEMPT: partial(_act, fields.ATTEMPTS),
        }

    def post(self, tally: Tally, contribution: Contribution, sign: int) -> None:
        """Add (`sign` 1) or remove (-1) a contribution."""
        # Repeat visits (series `k`) are posted negative, so that adding the series to the queues removes
        # them. Places are read by index: this runs for every contribution, and names take twice as long.
        self._posts[contribution[3]](tally, contribution, -sign if contribution[1][0] == "k" else sign)

    def _answered(self, tally: Tally, contribution: Contribution, sign: int) -> None:
        self._exited(tally, contribution.x, fields.ANSWERED, fields.ANSWER_WAIT, fields.ANSWER_WAITS, sign)
        if contribution.y:
            add(tally, fields.IN_TARGET, sign)

    def _abandoned(self, tally: Tally, contribution: Contribution, sign: int) -> None:
        self._exited(tally, contribution.x, fields.ABANDONED, fields.ABANDON_WAIT, fields.ABANDON_WAITS, sign)
        if contribution.y:
            add(tally, fields.SHORT if contribution.z else _ABANDONED_IN, sign)
        elif contribution.z:
            add(tally, fields.LATE_SHORT, sign)

    # An error has a count by reason but no wait band: it is nobody's miss under any rule.
    def _left(self, tally: Tally, contribution: Contribution, sign: int) -> None:
        reason = contribution.reason
        add(tally, fields.labelled(fields.LEFT, reason), sign)
        if contribution.y:
            add(tally, fields.judged(left_verdict(reason)), sign)
        if reason != "error":
            names = self._bands[fields.CALLBACK if reason == "callback" else fields.FLOWED_OUT]
            add(tally, names[bisect_left(self._edges, contribution.x)], sign)

    # Upper-case letters: the same bands booked at the queue entry, for attribution `offered`.
    def _by_entry(self, tally: Tally, contribution: Contribution, sign: int) -> None:
        band = self._bands[contribution.reason][bisect_left(self._edges, contribution.x)]
        tally[band] = tally.get(band, 0) + sign

    # A band is found by bisection: an edge belongs to the band below it, so a wait equal to a target is in
    # time. Bands are counted exactly because targets are edges; the histogram is only for percentiles.
    def _exited(  # noqa: PLR0913, PLR0917 - the hot path of both outcomes, spelled once
        self, tally: Tally, wait_ms: int, bands: str, waited: str, histogram: str, sign: int
    ) -> None:
        band = self._bands[bands][bisect_left(self._edges, wait_ms)]
        bucket = fields.bucket(histogram, wait_ms)
        tally[band] = tally.get(band, 0) + sign
        tally[waited] = tally.get(waited, 0) + sign * wait_ms
        tally[bucket] = tally.get(bucket, 0) + sign


def _offered(tally: Tally, _: Contribution, sign: int) -> None:
    add(tally, fields.OFFERED, sign)


def _late(tally: Tally, _: Contribution, sign: int) -> None:
    add(tally, _LATE, sign)


def _handled(tally: Tally, contribution: Contribution, sign: int) -> None:
    handle_ms = contribution.x + contribution.y + contribution.z
    add(tally, fields.HANDLED, sign)
    add(tally, fields.TALK, sign * contribution.x)
    add(tally, fields.HOLD, sign * contribution.y)
    add(tally, fields.ACW, sign * contribution.z)
    add(tally, _HANDLE_BANDS[bisect_left(HANDLE_EDGES_MS, handle_ms)], sign)
    add(tally, fields.bucket(fields.HANDLE_TIMES, handle_ms), sign)


def _decided(tally: Tally, contribution: Contribution, sign: int) -> None:
    add(tally, fields.judged(contribution.reason, contribution.x), sign)


def _moved(tally: Tally, contribution: Contribution, sign: int) -> None:
    add(tally, fields.moved(contribution.reason), sign * contribution.x)


def _promised(tally: Tally, contribution: Contribution, sign: int) -> None:
    add(tally, fields.PROMISED, sign)
    add(tally, fields.PROMISED_WAIT, sign * contribution.x)
    add(tally, fields.bucket(fields.PROMISED_WAITS, contribution.x), sign)


def _transferred(tally: Tally, contribution: Contribution, sign: int) -> None:
    add(tally, fields.labelled(fields.TRANSFERRED, contribution.reason), sign)


# A clock integral: +1 at the start and -1 at the end, each also weighted with its instant. Two additions per
# leg give the exact leg time of every window, however long the leg lasts; see `agent.state`.
def _leg_began(tally: Tally, contribution: Contribution, sign: int) -> None:
    count, weighted = fields.clock(f"{fields.LEG}{contribution.reason}")
    add(tally, count, sign)
    add(tally, weighted, sign * contribution.at_ms)


def _leg_ended(tally: Tally, contribution: Contribution, sign: int) -> None:
    _leg_began(tally, contribution, -sign)


def _reply(tally: Tally, contribution: Contribution, sign: int) -> None:
    reply = Reply(contribution.at_ms, contribution.series, ReplyKind(contribution.y), contribution.x, "")
    for field, amount in posts(reply):
        add(tally, field, sign * amount)


def _act(family: str, tally: Tally, contribution: Contribution, sign: int) -> None:
    add(tally, fields.labelled(family, contribution.reason), sign)
