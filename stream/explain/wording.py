"""Verdicts and definitions in words for supervisors."""

from datetime import UTC, datetime, tzinfo

from stream.domain.contact.outcome import Verdict, outcome, standing
from stream.domain.contact.visit import Visit
from stream.domain.definition import Attribution, ClockStop, Definition, LeftPolicy, ServiceLevelRule

_ABANDONS = {
    ServiceLevelRule.COUNT_ABANDONS: "Every abandon is a miss, however early.",
    ServiceLevelRule.DROP_SHORT: "Abandons {short} are left out; the others are misses.",
    ServiceLevelRule.DROP_IN_TARGET: "Abandons within {target} are left out; later ones are misses.",
    ServiceLevelRule.CREDIT_SHORT: "Abandons {short} count as met; the others are misses.",
    ServiceLevelRule.CREDIT_IN_TARGET: "Abandons within {target} count as met; later ones are misses.",
    ServiceLevelRule.ANSWERED_ONLY: "Only answered visits count; abandons are left out.",
}
_WHEN = {
    Attribution.DECIDED: "A visit counts when it leaves the queue, or as a miss once it has waited {target}, "
    "whatever its outcome.",
    Attribution.EXITED: "A visit counts when it leaves the queue.",
    Attribution.OFFERED: "A visit counts at its queue entry, once it has left.",
}
_LEFT = {
    LeftPolicy.EXCLUDE: "left out",
    LeftPolicy.MISS: "misses",
    LeftPolicy.MET_IN_TARGET: "met within {target}, else misses",
}
_ACCEPTED = "A wait ends when an agent accepts, if the source reports it."
_VERDICTS = {Verdict.MET: "met", Verdict.MISS: "a miss", Verdict.OUT: "left out"}


def definition_words(definition: Definition) -> str:
    """A definition in sentences."""
    target = seconds_text(definition.target_ms)
    short = f"within {seconds_text(definition.short_abandon_ms)}"
    if not definition.short_abandon_ms:
        short = "with no wait (there is no short-abandon limit)"
    sentences = [
        f"The promise is {definition.goal_ratio:.0%} within {target}.",
        *([_ACCEPTED] if definition.clock_stop is ClockStop.ACCEPTED else []),
        _WHEN[definition.booked],
        _ABANDONS[definition.rule],
        f"Visits that flowed out are {_LEFT[definition.flowed_out]}.",
        f"Promised callbacks are {_LEFT[definition.callback]}.",
    ]
    return " ".join(sentences).format(target=target, short=short)


def reason_words(  # noqa: PLR0913 - what a reason depends on
    visit: Visit, verdict: Verdict, name: str, definition: Definition, *, now_ms: int, zone: tzinfo
) -> str:
    """Why a visit has its verdict by `definition`; `name` is its standing."""
    if visit.exit_kind < 0:
        return _waiting(visit, verdict, definition, now_ms, zone)
    return f"{_what(visit, name, definition)}: {_verdict(visit, verdict, name, definition, zone)}"


def _waiting(visit: Visit, verdict: Verdict, definition: Definition, now_ms: int, zone: tzinfo) -> str:
    if visit.begun_ms > now_ms:
        return f"a callback due at {clock_text(visit.begun_ms, zone)}: waits from then on"
    waited = f"still waiting after {seconds_text(now_ms - visit.begun_ms)}"
    at_ms = standing(visit, definition, now_ms).at_ms
    if verdict is Verdict.MISS:
        return f"{waited}: already a miss since {clock_text(at_ms, zone)}"
    if definition.booked is Attribution.DECIDED:
        return f"{waited}: a miss after {clock_text(at_ms, zone)}"
    return f"{waited}: counts once it leaves the queue"


def _what(visit: Visit, name: str, definition: Definition) -> str:
    wait = seconds_text(visit.wait_ms)
    found, within = outcome(visit), visit.wait_ms <= definition.target_ms
    if found == "answered":
        what = "accepted" if visit.exit_ms < visit.connected_ms else "answered"
        return f"{what} within {wait}" if within else f"{what} late after {wait}"
    if found == "abandoned":
        return f"abandoned after {wait}{', a short abandon' if name == 'short_abandoned' else ''}"
    if found == "callback":
        return f"promised a callback after {wait}"
    if found == "error":
        return f"left with an error after {wait}"
    return f"flowed out ({visit.reason}) after {wait}"


def _verdict(visit: Visit, verdict: Verdict, name: str, definition: Definition, zone: tzinfo) -> str:
    if name == "late":
        passed_ms = visit.begun_ms + definition.target_ms
        return f"a miss at {clock_text(passed_ms, zone)}, when the target passed"
    return _VERDICTS[verdict]


def seconds_text(ms: int) -> str:
    """A duration, exact: `20 s`, `12.345 s`."""
    return f"{max(0, ms) / 1000:.10g} s"


def clock_text(at_ms: int, zone: tzinfo) -> str:
    """The time of day of an instant in a zone."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone):%H:%M:%S}"
