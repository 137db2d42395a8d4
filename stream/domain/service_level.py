"""Service level from counts; see `ServiceLevelRule`, `Attribution` and `LeftPolicy`.

Service level is the number of visits that met the target over the number of visits that count. Within the
target a visit is answered, a short abandon, another abandon, flowed out, or promised a callback. A visit
decided late is a miss whatever its outcome; by exit, late visits are separated by outcome. Each visit is
held to the target and the limit in force when it began to wait. `as_now` and `left` apply one definition to
all instead.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stream.domain import fields
from stream.domain.definition import Attribution, Definition, LeftPolicy, ServiceLevelRule
from stream.domain.reading import Reading, count_of, up_to


class Counts(NamedTuple):
    """Visits by verdict. `late` counts misses whose outcome does not matter (`decided`)."""

    answered_in: int = 0
    short_abandoned: int = 0
    abandoned_in: int = 0
    flowed_out_in: int = 0
    callback_in: int = 0
    late: int = 0
    late_answered: int = 0
    late_abandoned: int = 0
    late_flowed_out: int = 0
    late_callback: int = 0


#: The verdicts, in the order of the first fields of `Counts`.
_VERDICTS = ("in", "short", "abandoned", "flowed_out", "callback", "late")


class Share(NamedTuple):
    """The number of visits that met the target, out of those that count."""

    met: int
    of: int

    @property
    def ratio(self) -> float | None:
        """`met / of`; None when nothing counts."""
        return ratio(self.met, self.of)


def ratio(part: int, whole: int) -> float | None:
    """The only division. No data is None, never 0 and never 100 %."""
    return part / whole if whole > 0 else None


def service_level(counts: Counts, definition: Definition) -> Share:
    """The visits that met the target and those that count, by the rule and policies of `definition`."""
    rule, c = definition.rule, counts
    met, of = c.answered_in, c.answered_in + c.late + c.late_answered
    if rule in _COUNT_SHORT:
        of += c.short_abandoned
    if rule in _COUNT_ABANDONED_IN:
        of += c.abandoned_in
    if rule is not ServiceLevelRule.ANSWERED_ONLY:
        of += c.late_abandoned
    if rule in _CREDIT_SHORT:
        met += c.short_abandoned
    if rule is ServiceLevelRule.CREDIT_IN_TARGET:
        met += c.abandoned_in
    for policy, left_in, late in (
        (definition.flowed_out, c.flowed_out_in, c.late_flowed_out),
        (definition.callback, c.callback_in, c.late_callback),
    ):
        if policy is not LeftPolicy.EXCLUDE:
            of += left_in + late
        if policy is LeftPolicy.MET_IN_TARGET:
            met += left_in
    return Share(met, of)


_COUNT_SHORT = {
    ServiceLevelRule.COUNT_ABANDONS,
    ServiceLevelRule.CREDIT_SHORT,
    ServiceLevelRule.CREDIT_IN_TARGET,
}
_COUNT_ABANDONED_IN = {*_COUNT_SHORT, ServiceLevelRule.DROP_SHORT}
_CREDIT_SHORT = {ServiceLevelRule.CREDIT_SHORT, ServiceLevelRule.CREDIT_IN_TARGET}


#: A part of a window, and the definition in force from its beginning to its end.
Part = tuple[Reading, Definition]


def counted_by(
    reading: Reading,
    definition: Definition,
    *,
    late_waiting: int = 0,
    parts: Iterable[Part] = (),
) -> Counts:
    """The visits of a window by the attribution of `definition`; see `decided`, `exited` and `offered`.

    `parts` is the window cut where the definition changed; empty if it never did.
    """
    if definition.booked is Attribution.DECIDED:
        return decided(reading.plain, late_waiting=late_waiting)
    if definition.booked is Attribution.EXITED:
        return exited(reading)
    return offered(parts or [(reading, definition)])


def decided(tally: Mapping[str, int], *, late_waiting: int = 0, target_ms: int | None = None) -> Counts:
    """The visits decided in the window of `tally`; `late_waiting` still wait past the target.

    `target_ms` selects one of several targets instead of the one in force when each visit was offered.
    """
    found = Counts(*(tally.get(fields.judged(verdict, target_ms), 0) for verdict in _VERDICTS))
    return found._replace(late=found.late + late_waiting)


def exited(reading: Reading) -> Counts:
    """The visits that left in a window or since the beginning, as judged at each exit."""
    tally = reading.plain
    answered_in, abandoned_in = tally.get(fields.IN_TARGET, 0), tally.get(fields.judged("abandoned"), 0)
    short = short_abandoned(tally)
    flowed_out_in, callback_in = (tally.get(fields.judged(left), 0) for left in ("flowed_out", "callback"))
    return Counts(
        answered_in,
        short,
        abandoned_in,
        flowed_out_in,
        callback_in,
        late_answered=count_of(reading.bands[fields.ANSWERED]) - answered_in,
        late_abandoned=count_of(reading.bands[fields.ABANDONED]) - short - abandoned_in,
        late_flowed_out=count_of(reading.bands[fields.FLOWED_OUT]) - flowed_out_in,
        late_callback=count_of(reading.bands[fields.CALLBACK]) - callback_in,
    )


def short_abandoned(tally: Mapping[str, int]) -> int:
    """Short abandons by exit; some are late where the limit exceeds the target."""
    return tally.get(fields.SHORT, 0) + tally.get(fields.LATE_SHORT, 0)


def offered(parts: Iterable[Part]) -> Counts:
    """The visits offered in the parts of a window that have left."""
    found = [Counts()]
    for reading, definition in parts:
        found += [left(reading, definition, Attribution.OFFERED), _moved(reading.plain)]
    return add_counts(found)


def _moved(tally: Mapping[str, int]) -> Counts:
    """Corrections for callbacks that began to wait under another definition than at their queue entry."""
    return Counts(*(tally.get(fields.moved(name), 0) for name in Counts._fields))


def as_now(reading: Reading, definition: Definition, *, late_waiting: int = 0) -> Counts:
    """The visits of a window, all held to the target and limit of `definition`.

    The target must be one of the queue's targets.
    """
    if definition.booked is not Attribution.DECIDED:
        return left(reading, definition)
    found = decided(reading.plain, late_waiting=late_waiting, target_ms=definition.target_ms)
    abandoned = found.short_abandoned + found.abandoned_in
    short = min(abandoned, up_to(reading.bands[fields.ABANDONED], definition.short_abandon_ms))
    return found._replace(short_abandoned=short, abandoned_in=abandoned - short)


def left(reading: Reading, definition: Definition, attribution: Attribution | None = None) -> Counts:
    """The visits that left in a window, or were offered in it and have left, by attribution.

    All are held to `definition`, whatever was in force.
    """
    of_offered = (attribution or definition.booked) is Attribution.OFFERED
    names = fields.OF_OFFERED.values() if of_offered else fields.OF_OFFERED
    answered, abandoned, flowed_out, callback = (reading.bands[name] for name in names)
    target_ms = definition.target_ms
    short = up_to(abandoned, definition.short_abandon_ms)
    abandoned_in = max(up_to(abandoned, target_ms), short)
    return Counts(
        answered_in=up_to(answered, target_ms),
        short_abandoned=short,
        abandoned_in=abandoned_in - short,
        flowed_out_in=up_to(flowed_out, target_ms),
        callback_in=up_to(callback, target_ms),
        late_answered=count_of(answered) - up_to(answered, target_ms),
        late_abandoned=count_of(abandoned) - abandoned_in,
        late_flowed_out=count_of(flowed_out) - up_to(flowed_out, target_ms),
        late_callback=count_of(callback) - up_to(callback, target_ms),
    )


def add_counts(every: Iterable[Counts]) -> Counts:
    """The sum of counts."""
    return Counts(*(sum(column) for column in zip(*every, strict=True)))


def add_shares(every: Iterable[Share]) -> Share:
    """The sum of shares: sum over sum, never a mean of ratios."""
    met = of = 0
    for share in every:
        met, of = met + share.met, of + share.of
    return Share(met, of)
