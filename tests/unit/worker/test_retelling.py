"""What is told again of what has been open for long, and what of it comes back as it was."""

from collections.abc import Sequence

import pytest
from support.factories import (
    T0,
    answered,
    corrected,
    heartbeat,
    ms,
    of,
    queued,
    schedule,
    state,
    state_corrected,
    state_retracted,
)

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.agent import AgentLive
from stream.domain.fact import Event, Fact
from stream.domain.fold import Retention
from stream.domain.moment import Live
from stream.worker.retelling import MARGIN_MS, events_of, is_open, records_of

pytestmark = pytest.mark.pure

KEPT = Retention()
HOURS = 3600
WAITING = (Live(waiting=True, series="c\tbilling\temail", since_ms=T0),)


def told(entity: str, facts: Sequence[Fact], *, hours: float) -> list[Fact] | None:
    """The facts that are told again so many hours after the beginning."""
    events = events_of(entity, facts, now_ms=ms(hours * HOURS), retention=KEPT)
    assert events is None or {event.subject for event in events} <= {entity.partition("\t")[2]}
    return None if events is None else [event.fact for event in events]


@pytest.mark.parametrize(
    ("live", "open_"),
    [
        (WAITING, True),
        (AgentLive("talking", T0, "north", (), 1), True),
        (AgentLive("not_ready", T0, "north", (), 1), True),
        (AgentLive("logged_out", T0, "north", (), 1), False),
    ],
)
def test_contacts_are_open_and_agents_who_are_logged_in(
    live: tuple[Live, ...] | AgentLive, *, open_: bool
) -> None:
    assert is_open(live) is open_


# Contacts.


def test_a_contact_is_told_again_once_its_first_fact_is_a_day_old_and_then_whole() -> None:
    facts = [answered(20 * HOURS), queued(0, channel="email")]
    assert told("c\tc1", facts, hours=23.9) == []
    assert told("c\tc1", facts, hours=24) == sorted(facts)


def test_a_contact_beyond_retention_is_left_out_whole() -> None:
    facts = [queued(0, channel="email"), answered(20 * HOURS)]
    last = (KEPT.contacts_ms - MARGIN_MS) / 3_600_000
    assert told("c\tc1", facts, hours=last) == facts
    assert told("c\tc1", facts, hours=last + 0.001) is None


def test_a_contact_whose_facts_are_gone_is_left_out() -> None:
    assert told("c\tc1", [], hours=30) is None


def test_a_name_may_hold_a_tab_of_its_own_kind() -> None:
    (event,) = events_of("c\tc\tx", [queued(0)], now_ms=ms(30 * HOURS), retention=KEPT) or []
    assert event.subject == "c\tx"


# Agents.


def test_an_agent_is_told_again_once_the_state_that_lasts_is_a_day_old() -> None:
    facts = [state(0, "available"), state(HOURS, "not_ready")]
    assert told("a\ta1", facts, hours=24.5) == []
    assert told("a\ta1", facts, hours=25) == facts


def test_heartbeats_are_not_told_again() -> None:
    facts = [state(0, "available"), heartbeat(5 * HOURS)._replace(uid="\theard")]
    assert told("a\ta1", facts, hours=30) == facts[:1]


def test_of_an_agent_what_lies_beyond_retention_is_left_out_and_the_rest_is_told() -> None:
    before, lasting, plan = state(0, "available"), state(10 * HOURS, "not_ready"), schedule(0, 9, at=0)
    assert told("a\ta1", [before, lasting, plan], hours=50) == [lasting]


def test_an_agent_whose_state_began_beyond_retention_is_left_out() -> None:
    assert told("a\ta1", [state(0, "not_ready")], hours=49) == [state(0, "not_ready")]
    assert told("a\ta1", [state(0, "not_ready")], hours=49.1) is None
    assert told("a\ta1", [], hours=30) is None


def test_a_state_that_a_correction_gave_is_told_by_the_correction() -> None:
    wrong, right = state(0, "available", uid="s1"), state(0, "not_ready")
    correction = state_corrected("s1", right, 20 * HOURS)
    assert told("a\ta1", [wrong, correction], hours=30) == [wrong, correction]
    assert told("a\ta1", [wrong, correction], hours=60) == [correction]


def test_where_only_a_fact_beyond_retention_was_retracted_the_rest_is_as_it_was() -> None:
    wrong, lasting = state(0, "talking", uid="s1"), state(2 * HOURS, "available")
    retraction = state_retracted("s1", 12 * HOURS)
    assert told("a\ta1", [wrong, lasting, retraction], hours=50) == [lasting, retraction]


# Records.


def test_records_are_keyed_by_their_subject_and_read_back_as_they_were() -> None:
    events = of("c1", queued(0), corrected(5, queued(0), queued(0, "sales")))
    records = records_of(events, CanonicalDecoder(), ms(30 * HOURS)) or []
    assert [key for key, _ in records] == ["c1", "c1"]
    assert [event for _, value in records for event in CanonicalDecoder().decode(value)] == events


@pytest.mark.parametrize(
    "unread",
    [
        queued(0)._replace(a="x" * 65),  # a name longer than the schema has it
        queued(0)._replace(uid="/test\t+49 170 1234567"),
        queued(0)._replace(uid="\theard"),
        queued(9 * HOURS),  # after it is received
        queued(0)._replace(b="telex"),
        queued(0)._replace(c=str(T0 + 7), b="callback", number=-1),
    ],
)
def test_what_would_not_be_read_back_the_same_is_not_told(unread: Fact) -> None:
    events = [Event("c1", answered(3)), Event("c1", unread)]
    assert records_of(events, CanonicalDecoder(), ms(HOURS)) is None


def test_nothing_to_tell_is_not_left_out() -> None:
    assert records_of([], CanonicalDecoder(), T0) == []
