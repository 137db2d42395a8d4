"""The fields of tallies: a row for each family. Only here is known how they are spelled in the store."""

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from stream.domain.histogram import bucket_of


class Form(Enum):
    """What tells the fields of a family apart."""

    ALONE = "nothing: there is one"
    BAND = "the upper edge of a band in ms, + above the last"
    BUCKET = "the bucket of a log-linear histogram"
    SAID = "what a source said, after a dot"
    JUDGED = "a target in ms, none for the one in force, then after a dot how visits stand to it"
    CLOCK = "the name of what is measured, after a dot"


class Family(NamedTuple):
    """A family of fields, by how their names begin, and what they count.

    `in_totals`: running totals have them too. `never_falls`: Prometheus has them as counters, which show
    the most that they have been.
    """

    begins: str
    form: Form
    what: str
    in_totals: bool = True
    never_falls: bool = True


OFFERED, HANDLED, TALK, HOLD, ACW = "offered", "handled", "talk", "hold", "acw"
ANSWERED, ABANDONED, FLOWED_OUT, CALLBACK, HANDLE = "a", "x", "f", "k", "h"
OF_OFFERED = {ANSWERED: "A", ABANDONED: "X", FLOWED_OUT: "F", CALLBACK: "K"}
ANSWER_WAIT, ABANDON_WAIT = "aw", "xw"
ANSWER_WAITS, ABANDON_WAITS, HANDLE_TIMES = "ah", "xh", "hh"
IN_TARGET, SHORT, LATE_SHORT = "d.in", "d.short", "d.late_short"
PROMISED, PROMISED_WAIT, PROMISED_WAITS = "pn", "pw", "ph"
FIRST, FIRST_WAIT, FIRST_WAITS = "fr", "frw", "fh"
REPLIES, REPLY_WAIT, REPLY_WAITS = "rs", "rsw", "rh"
ANY_REPLIES, ANY_WAIT = "rb", "rbw"
LEFT, BLOCKED, TRANSFERRED, ATTEMPTS = "left", "blocked", "transferred", "attempts"
MADE, TAKEN, DECLINED, IN_VAIN, LOST = (
    f"offers.{says}" for says in ("made", "answered", "declined", "abandoned", "lost")
)
OFFERS = (MADE, TAKEN, DECLINED, IN_VAIN, LOST)
CAME_LATE = "late"
_JUDGED, _MOVED, _ENTERED, _WEIGHTED = "d", "D", "n", "t"
#: Before a field of a running total: how far a correction has left that below the most that it has been.
BELOW = "^"
#: The integrals of contacts that agents talk with, by channel.
LEG = "leg."

_COUNTS = {
    OFFERED: "visits that entered the queue, at entry",
    ANSWER_WAIT: "ms waited by the answered",
    ABANDON_WAIT: "ms waited by those who abandoned",
    IN_TARGET: "answered within target, at exit",
    SHORT: "short abandons within target, at exit",
    LATE_SHORT: "short abandons after the target, where the limit is above it, at exit",
    HANDLED: "legs wrapped up",
    TALK: "their ms of talk",
    HOLD: "their ms on hold",
    ACW: "their ms of wrapping up",
    PROMISED: "callbacks answered",
    PROMISED_WAIT: "their ms since the first queue entry",
    FIRST: "first replies",
    FIRST_WAIT: "ms waited for them",
    REPLIES: "replies",
    REPLY_WAIT: "ms waited for them",
    ANY_REPLIES: "replies, those of bots too",
    ANY_WAIT: "ms waited for them",
    MADE: "offers to agents of a team",
    TAKEN: "of these answered",
    DECLINED: "of these declined",
    IN_VAIN: "of these abandoned by the customer while they rang",
    LOST: "of these taken by another agent first",
    CAME_LATE: "facts that came long after others of their partition had",
}
_BANDS = {
    ANSWERED: "answered by wait, at exit",
    ABANDONED: "abandoned by wait, at exit",
    FLOWED_OUT: "flowed out by wait, at exit; an error has no band",
    CALLBACK: "promised a callback by wait, at exit",
    HANDLE: "legs wrapped up by handle time",
}
_BUCKETS = {
    ANSWER_WAITS: "waits answered",
    ABANDON_WAITS: "waits abandoned",
    HANDLE_TIMES: "handle times",
    PROMISED_WAITS: "waits for answered callbacks",
    FIRST_WAITS: "waits for first replies",
    REPLY_WAITS: "waits for replies",
}
_SAID = {
    LEFT: "left the queue otherwise, by reason",
    BLOCKED: "turned away, by reason",
    TRANSFERRED: "legs passed on, by how",
    ATTEMPTS: "calls back, by result",
}
FAMILIES = (
    *(Family(begins, Form.ALONE, what) for begins, what in _COUNTS.items()),
    *(Family(begins, Form.BAND, what) for begins, what in _BANDS.items()),
    *(
        Family(begins, Form.BAND, f"{_BANDS[of]}, booked where it was offered", never_falls=False)
        for of, begins in OF_OFFERED.items()
    ),
    *(Family(begins, Form.BUCKET, what, in_totals=False) for begins, what in _BUCKETS.items()),
    *(Family(begins, Form.SAID, what) for begins, what in _SAID.items()),
    Family(
        _JUDGED, Form.JUDGED, "visits by how they stand to a target, where that is decided", never_falls=False
    ),
    Family(
        _MOVED,
        Form.JUDGED,
        "callbacks due under a later definition: as what they stand, less what their band says",
        never_falls=False,
    ),
    Family(_ENTERED, Form.CLOCK, "those who began less those who ended", never_falls=False),
    Family(_WEIGHTED, Form.CLOCK, "the same, each times its instant in ms", never_falls=False),
)
_BY_BEGINNING = {family.begins: family for family in FAMILIES}
#: Names in an integral's name come from sources: there is no end of them, and of totals nobody reads these.
_NAMED_BY_SOURCES = {
    begins: _BY_BEGINNING[begins]._replace(in_totals=False) for begins in (_ENTERED, _WEIGHTED)
}
_UNKNOWN = Family("", Form.ALONE, "what a later version stored")
#: The families that a form has, by how they begin.
BANDS, BUCKETS, SAID = (
    tuple(family.begins for family in FAMILIES if family.form is form)
    for form in (Form.BAND, Form.BUCKET, Form.SAID)
)
_DOTTED = {Form.SAID, Form.JUDGED, Form.CLOCK}
_MOST_LEARNT = 16_384


class Place(NamedTuple):
    """The family of a field, and what tells it from others of that: its name where it is alone."""

    family: Family
    key: Any


class _Places(dict[str, Place]):
    """The place of each field, learnt once: a board looks up as many as a million."""

    def __missing__(self, name: str) -> Place:
        if len(self) >= _MOST_LEARNT:
            self.clear()
        self[name] = place = _place(name)
        return place


PLACES = _Places()


def _place(name: str) -> Place:
    """Take a name apart; the only place that does."""
    if name in _COUNTS:
        return Place(_BY_BEGINNING[name], name)
    begins, dot, says = name.partition(".")
    if dot:
        if begins in _NAMED_BY_SOURCES and "." in says:
            return Place(_NAMED_BY_SOURCES[begins], says)
        family = _BY_BEGINNING.get(
            _JUDGED if begins[:1] == _JUDGED and begins[1:].isdigit() else begins, _UNKNOWN
        )
        return Place(family, says) if family.form in _DOTTED else Place(_UNKNOWN, name)
    if name[:2] in BUCKETS and name[2:].isdigit():
        return Place(_BY_BEGINNING[name[:2]], int(name[2:]))
    if name[:1] in BANDS and (name[1:] == "+" or name[1:].isdigit()):
        return Place(_BY_BEGINNING[name[:1]], inf if name[1:] == "+" else int(name[1:]))
    return Place(_UNKNOWN, name)


def bands(family: str, edges_ms: Iterable[int]) -> tuple[str, ...]:
    """The fields of a family, by upper edge, and the last above them."""
    return (*(f"{family}{edge}" for edge in edges_ms), f"{family}+")


def bucket(family: str, ms: int) -> str:
    """The field that a duration is counted in."""
    return f"{family}{bucket_of(ms)}"


def said(family: str, says: str) -> str:
    """The field of what a source said."""
    return f"{family}.{says}"


@lru_cache(maxsize=1024)
def judged(verdict: str, target_ms: int | None = None) -> str:
    """The field of visits that stand so to a target; None for the one in force."""
    return f"{_JUDGED}{'' if target_ms is None else target_ms}.{verdict}"


def moved(count: str) -> str:
    """The field of callbacks that came to stand as another count."""
    return f"{_MOVED}.{count}"


@lru_cache(maxsize=4096)
def clock(name: str) -> tuple[str, str]:
    """The two fields of an integral: who began less who ended, and that weighted with the instant."""
    return f"{_ENTERED}.{name}", f"{_WEIGHTED}.{name}"


def integrals(tally: Iterable[tuple[str, int]]) -> Iterable[tuple[str, int, bool]]:
    """The integrals among fields: name, amount, and whether it is weighted."""
    for field, amount in tally:
        if field[1:2] == "." and field[0] in _NAMED_BY_SOURCES:
            yield field[2:], amount, field[0] == _WEIGHTED
