"""The fields of tallies, one row for each family. Only this module knows how the store spells them."""

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from stream.domain.histogram import bucket_of


class Form(Enum):
    """How the fields of a family differ."""

    ALONE = "the family has one field"
    BAND = "by the upper edge of a band in ms, + above the last"
    BUCKET = "by the bucket of a log-linear histogram"
    LABEL = "by a label from the source, after a dot"
    JUDGED = "by a target in ms, none for the one in force, and a verdict after a dot"
    CLOCK = "by the name of the measured state, after a dot"


class Family(NamedTuple):
    """A family of fields: the beginning of their names, and what they count.

    Running totals keep families with `in_totals`. Prometheus shows families with `never_falls` as counters,
    so their totals keep the highest value ever shown.
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
#: Prefix of a field in a running total: how far corrections left the total below its highest value.
BELOW = "^"
#: The clock integrals of agents in contact, by channel.
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
_LABELLED = {
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
    *(Family(begins, Form.LABEL, what) for begins, what in _LABELLED.items()),
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
#: Integrals named after a source's reasons are unbounded, and nobody reads their totals.
_NAMED_BY_SOURCES = {
    begins: _BY_BEGINNING[begins]._replace(in_totals=False) for begins in (_ENTERED, _WEIGHTED)
}
_UNKNOWN = Family("", Form.ALONE, "what a later version stored")
#: The families of each form, by the beginning of their names.
BANDS, BUCKETS, LABELLED = (
    tuple(family.begins for family in FAMILIES if family.form is form)
    for form in (Form.BAND, Form.BUCKET, Form.LABEL)
)
_DOTTED = {Form.LABEL, Form.JUDGED, Form.CLOCK}
_MOST_LEARNT = 16_384


class ParsedField(NamedTuple):
    """The family of a field, and its key within the family; the name itself for a family of one."""

    family: Family
    key: Any


class _Parsed(dict[str, ParsedField]):
    """Parsed fields by name, each parsed once: a board looks up as many as a million."""

    def __missing__(self, name: str) -> ParsedField:
        if len(self) >= _MOST_LEARNT:
            self.clear()
        self[name] = parsed = _parsed(name)
        return parsed


PARSED = _Parsed()


def _parsed(name: str) -> ParsedField:
    """Parse a field name; the only place that does."""
    if name in _COUNTS:
        return ParsedField(_BY_BEGINNING[name], name)
    begins, dot, says = name.partition(".")
    if dot:
        if begins in _NAMED_BY_SOURCES and "." in says:
            return ParsedField(_NAMED_BY_SOURCES[begins], says)
        family = _BY_BEGINNING.get(
            _JUDGED if begins[:1] == _JUDGED and begins[1:].isdigit() else begins, _UNKNOWN
        )
        return ParsedField(family, says) if family.form in _DOTTED else ParsedField(_UNKNOWN, name)
    if name[:2] in BUCKETS and name[2:].isdigit():
        return ParsedField(_BY_BEGINNING[name[:2]], int(name[2:]))
    if name[:1] in BANDS and (name[1:] == "+" or name[1:].isdigit()):
        return ParsedField(_BY_BEGINNING[name[:1]], inf if name[1:] == "+" else int(name[1:]))
    return ParsedField(_UNKNOWN, name)


def bands(family: str, edges_ms: Iterable[int]) -> tuple[str, ...]:
    """The fields of a family for these edges, and the one above the last edge."""
    return (*(f"{family}{edge}" for edge in edges_ms), f"{family}+")


def bucket(family: str, ms: int) -> str:
    """The field that counts a duration."""
    return f"{family}{bucket_of(ms)}"


def labelled(family: str, label: str) -> str:
    """The field of a label."""
    return f"{family}.{label}"


@lru_cache(maxsize=1024)
def judged(verdict: str, target_ms: int | None = None) -> str:
    """The field that counts visits with a verdict; `target_ms` None means the target in force."""
    return f"{_JUDGED}{'' if target_ms is None else target_ms}.{verdict}"


def moved(count: str) -> str:
    """The field that counts callbacks moved to another count."""
    return f"{_MOVED}.{count}"


@lru_cache(maxsize=4096)
def clock(name: str) -> tuple[str, str]:
    """The two fields of a clock integral: entries minus exits, and the same weighted with the instant."""
    return f"{_ENTERED}.{name}", f"{_WEIGHTED}.{name}"


def integrals(tally: Iterable[tuple[str, int]]) -> Iterable[tuple[str, int, bool]]:
    """The clock integrals among fields: name, amount, and whether it is the weighted field."""
    for field, amount in tally:
        if field[1:2] == "." and field[0] in _NAMED_BY_SOURCES:
            yield field[2:], amount, field[0] == _WEIGHTED
