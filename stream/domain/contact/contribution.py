"""Contributions of a contact to the panes, each with the instant at which it is booked.

A visit is decided once, at its exit or at `queued + target`, whichever comes first. A visit that exits later
is a miss at the target instant. While it still waits, the reader counts that miss from live state.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

from stream.domain.contact.conversation import Conversation
from stream.domain.contact.leg import Leg
from stream.domain.contact.visit import Visit
from stream.domain.definition import ClockStop, Definition, Definitions
from stream.domain.fields import ABANDONED, ANSWERED, CALLBACK, FLOWED_OUT, OF_OFFERED
from stream.domain.kinds import Kind
from stream.domain.series import (
    agent_series,
    contact_series,
    joined_series,
    repeat_visit_series,
    unanswered_series,
)

_ANSWERED = int(Kind.VISIT_ANSWERED)
_ABANDONED = int(Kind.VISIT_ABANDONED)


class Tag(IntEnum):
    """The event that a contribution counts. Comments give x, y and z of the contribution."""

    OFFERED = 0
    ANSWERED = 1  # wait_ms, within target
    ABANDONED = 2  # wait_ms, within target, short
    LEFT = 3  # wait_ms, within target; `reason` says why
    LATE = 4  # passed its target at this instant, whatever the outcome
    HANDLED = 5  # talk_ms, hold_ms, acw_ms; `reason` is the agent
    BY_ENTRY = 6  # wait_ms of an exit, booked at the queue entry; `reason` is the letter of its bands
    DECIDED = 7  # another target; `reason` is the verdict
    PROMISED = 8  # ms from the first queue entry to the answered callback
    TRANSFERRED = 9  # which leg of its visit, `reason` says how
    LEG_BEGAN = 10  # which of its visit, `reason` is the channel
    LEG_ENDED = 11
    MOVED = 16  # 1 or -1; `reason` is the field of `Counts` that a callback moves to or from
    # From one fact each, whose identity is `uid`; `reason` is its label.
    OFFER = 12
    BLOCKED = 13
    ATTEMPT = 14
    REPLY = 15  # wait_ms, which clock


# Looking up enum members is slow, and these are used for every contact of every batch.
_OFFERED, _LATE, _HANDLED, _BY_ENTRY = int(Tag.OFFERED), int(Tag.LATE), int(Tag.HANDLED), int(Tag.BY_ENTRY)
_LEG_BEGAN, _LEG_ENDED = int(Tag.LEG_BEGAN), int(Tag.LEG_ENDED)


_tuple: Any = tuple.__new__  # makes named tuples in half the time; every visit makes several


class Contribution(NamedTuple):
    """One contribution of one visit. Equal contributions are the same contribution."""

    at_ms: int
    series: str
    number: int
    tag: int
    x: int = 0
    y: int = 0
    z: int = 0
    reason: str = ""
    uid: str = ""


class Live(NamedTuple):
    """What a contact is doing now: waiting in the queue of `series`, or talking after it.

    A scheduled callback waits from its due time. `team` is the team of the talking agent. Agents who joined a
    talk are on another series, because the contact counts once.
    """

    waiting: bool
    series: str
    since_ms: int
    team: str = ""


def contributions(found: Iterable[Visit], definitions: Definitions) -> list[Contribution]:
    """The contributions of the visits of one contact, by `definitions`."""
    result: list[Contribution] = []
    entered = [visit for visit in found if visit.queued_ms >= 0]
    if len(entered) > 1:
        entered.sort(key=_entry)
    for visit in entered:
        series = _series(visit)
        result.append(
            _tuple(Contribution, (visit.queued_ms, series, visit.number, _OFFERED, 0, 0, 0, "", ""))
        )
        if visit.exit_kind >= 0:
            _exit(result, visit, series, definition_of(visit, definitions))
            if visit.channel == "callback":
                _promised(result, visit, series, entered)
                _moved(result, visit, series, definitions)
    if len(entered) > 1:
        # Counting contacts once would need to know what an earlier batch counted. Instead every repeat visit
        # is booked a second time, on a series that is subtracted: queues minus repeat visits leaves the first
        # visits.
        later = {visit.number for visit in entered[1:]}
        series = repeat_visit_series(entered[0].channel)
        result += [m._replace(series=series) for m in result if m.number in later and m.tag in _ONCE]
    return result


def stop_clocks(found: Iterable[Visit], definitions: Definitions) -> None:
    """End waits when an agent accepted, for definitions that say so, but not before the queue entry."""
    for visit in found:
        if (
            0 <= visit.queued_ms <= visit.accepted_ms <= visit.connected_ms
            and definition_of(visit, definitions).clock_stop is ClockStop.ACCEPTED
        ):
            visit.exit_ms = visit.accepted_ms


def definition_of(visit: Visit, definitions: Definitions) -> Definition:
    """The definition of a visit: the one in force when it began to wait.

    A visit that ended before it began to wait, such as a callback given up before it was due, uses the
    definition in force when it left. So no visit is booked by a definition that is later than its facts.
    """
    at_ms = visit.begun_ms
    if at_ms > visit.queued_ms and visit.exit_ms >= 0:
        at_ms = min(at_ms, max(visit.queued_ms, visit.exit_ms, visit.connected_ms))
    return definitions.of(visit.queue, visit.channel, at_ms)


def _entry(visit: Visit) -> tuple[int, int]:
    return visit.queued_ms, visit.number


def _exit(result: list[Contribution], visit: Visit, series: str, definition: Definition) -> None:
    wait_ms, number = visit.wait_ms, visit.number
    within = wait_ms <= definition.target_ms
    short = definition.short_abandon_ms > 0 and wait_ms <= definition.short_abandon_ms
    tag, letter = _EXITS[visit.exit_kind]
    if visit.exit_kind == _LEFT:
        letter = _LEFT_LETTERS.get(visit.reason, OF_OFFERED[FLOWED_OUT])
    result.append(
        _tuple(Contribution, (visit.exit_ms, series, number, tag, wait_ms, within, short, visit.reason, ""))
    )
    # Attribution by entry needs the outcome at the queue entry, which is known only now: it is booked back
    # there.
    if letter:
        result.append(
            _tuple(Contribution, (visit.queued_ms, series, number, _BY_ENTRY, wait_ms, 0, 0, letter, ""))
        )
    if not within:
        result.append(Contribution(visit.begun_ms + definition.target_ms, series, number, _LATE))
    # Every further target decides the visit by itself: in time at the exit, else late when that target
    # passed.
    for target_ms in definition.all_targets_ms:
        in_time = wait_ms <= target_ms
        verdict = _verdict(visit, short=short) if in_time else "late"
        at_ms = visit.exit_ms if in_time else visit.begun_ms + target_ms
        result.append(Contribution(at_ms, series, number, int(Tag.DECIDED), target_ms, 0, 0, verdict))
    if visit.exit_kind == _ANSWERED:
        _leg(result, visit, series)


def _verdict(visit: Visit, *, short: bool) -> str:
    if visit.exit_kind == _ANSWERED:
        return "in"
    if visit.exit_kind == _ABANDONED:
        return "short" if short else "abandoned"
    return left_verdict(visit.reason)


def left_verdict(reason: str) -> str:
    """The verdict of a visit that left otherwise in time: callback, error or flowed_out."""
    return reason if reason in {"callback", "error"} else "flowed_out"


def _leg(result: list[Contribution], visit: Visit, series: str) -> None:
    number = visit.number
    for place, leg in enumerate(visit.legs()):
        if leg.wrapped_up_ms >= 0:
            result.append(_handled(leg, number, series))
        if leg.transfer:
            transferred = int(Tag.TRANSFERRED)
            result.append(Contribution(leg.ended_ms, series, number, transferred, place, reason=leg.transfer))
        if leg.team:
            team = agent_series(leg.team)
            result.append(
                Contribution(leg.connected_ms, team, number, _LEG_BEGAN, place, reason=visit.channel)
            )
            if not leg.talks:
                result.append(
                    Contribution(leg.over_ms, team, number, _LEG_ENDED, place, reason=visit.channel)
                )


def _handled(leg: Leg, number: int, series: str) -> Contribution:
    ended_ms = leg.ended_ms if leg.ended_ms >= 0 else leg.wrapped_up_ms
    leg_ms = max(0, ended_ms - leg.connected_ms)
    hold_ms = min(leg.hold_ms, leg_ms)
    acw_ms = max(0, leg.wrapped_up_ms - ended_ms)
    return Contribution(
        leg.wrapped_up_ms, series, number, _HANDLED, leg_ms - hold_ms, hold_ms, acw_ms, leg.agent
    )


def _promised(result: list[Contribution], visit: Visit, series: str, entered: list[Visit]) -> None:
    """Book the wait of an answered callback since the queue entry that led to it."""
    if visit.exit_kind != _ANSWERED:
        return
    asked = [v for v in entered if v.reason == "callback" and v.queued_ms <= visit.queued_ms]
    asked_ms = asked[-1].queued_ms if asked else visit.asked_ms
    if asked_ms >= 0:
        waited_ms = max(0, visit.exit_ms - asked_ms)
        result.append(Contribution(visit.exit_ms, series, visit.number, int(Tag.PROMISED), waited_ms))


def _moved(result: list[Contribution], visit: Visit, series: str, definitions: Definitions) -> None:
    """Correct the counts by entry of a callback that fell due under another definition than at its promise.

    Its wait band is booked at the queue entry, where readers apply the definition in force then. The
    difference to the right count is booked beside it.
    """
    there = definitions.of(visit.queue, visit.channel, visit.queued_ms)
    was, now = _stands(visit, there), _stands(visit, definition_of(visit, definitions))
    if was != now:
        for count, name in ((-1, was), (1, now)):
            result.append(
                Contribution(visit.queued_ms, series, visit.number, int(Tag.MOVED), count, reason=name)
            )


def _stands(visit: Visit, definition: Definition) -> str:
    """The field of `Counts` for a visit that has left; "" for an error."""
    short = 0 < definition.short_abandon_ms >= visit.wait_ms
    verdict = _verdict(visit, short=short)
    if verdict == "error":
        return ""
    if verdict == "short":
        return "short_abandoned"
    name = {"in": "answered"}.get(verdict, verdict)
    return f"{name}_in" if visit.wait_ms <= definition.target_ms else f"late_{name}"


def replies(found: Conversation) -> list[Contribution]:
    """The contributions of the replies of a conversation, each when it was written."""
    return [
        Contribution(
            reply.at_ms, reply.series, 0, int(Tag.REPLY), reply.wait_ms, int(reply.kind), uid=reply.uid
        )
        for reply in found.replies
    ]


def unanswered(found: Conversation) -> tuple[Live, ...]:
    """The live state of a customer's message that waits for an answer of a person, if there is one."""
    if found.open is None:
        return ()
    return (Live(waiting=False, series=unanswered_series(found.open.series), since_ms=found.open.since_ms),)


def live(found: Iterable[Visit]) -> tuple[Live, ...]:
    """The live state of a contact: the queues it waits in, and its talks."""
    doing: list[Live] = []
    for visit in found:
        if visit.queued_ms < 0:
            continue
        if visit.exit_kind < 0:
            doing.append(Live(waiting=True, series=_series(visit), since_ms=visit.begun_ms))
        elif visit.exit_kind == _ANSWERED and (visit.joined or visit.talks):
            series = _series(visit)
            for leg in visit.legs():
                if leg.talks:
                    doing.append(Live(False, series, leg.connected_ms, leg.team))  # noqa: FBT003 - a tuple
                    series = joined_series(_series(visit))
    return tuple(doing)


def _series(visit: Visit) -> str:
    return contact_series(visit.queue, visit.channel)


_LEFT = int(Kind.VISIT_LEFT)
_EXITS = {
    _ANSWERED: (int(Tag.ANSWERED), OF_OFFERED[ANSWERED]),
    _ABANDONED: (int(Tag.ABANDONED), OF_OFFERED[ABANDONED]),
    _LEFT: (int(Tag.LEFT), ""),
}
#: Wait bands of visits that left otherwise. An error is nobody's miss and has none.
_LEFT_LETTERS = {"callback": OF_OFFERED[CALLBACK], "error": ""}
#: What counts once for each contact, at its first visit.
_ONCE = {int(tag) for tag in (Tag.OFFERED, Tag.ANSWERED, Tag.ABANDONED, Tag.LEFT, Tag.LATE)}
