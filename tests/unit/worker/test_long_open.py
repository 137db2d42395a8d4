"""What a changelog keeps of what has been open for long, and what of it comes back as it was."""

from collections.abc import Sequence
from functools import partial

import pytest
from support.factories import (
    T0,
    abandoned,
    answered,
    corrected,
    heartbeat,
    ms,
    of,
    queued,
    schedule,
    state,
    state_corrected,
)

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.entities import ENTITIES
from stream.domain.fact import Fact
from stream.domain.fold import Retention
from stream.store.checkpoint import Loaded
from stream.worker.long_open import entity_of, entries_of, events_of, forgotten, kept

pytestmark = pytest.mark.pure

HOURS = 3600


def kept_of(entity: str, facts: Sequence[Fact], *, hours: float, was_kept: bool = False) -> list[Fact]:
    """The facts that are kept so many hours after the beginning."""
    of = ENTITIES.of_key(entity)
    assert of is not None
    return kept(of, facts, now_ms=ms(hours * HOURS), retention=Retention(), was_kept=was_kept)


# Contacts.


def test_a_contact_is_kept_once_its_first_fact_is_a_day_old_and_then_whole() -> None:
    facts = [answered(20 * HOURS), queued(0, channel="email")]
    assert kept_of("c\tc1", facts, hours=23.9) == []
    assert kept_of("c\tc1", facts, hours=24) == sorted(facts)


def test_a_contact_that_was_kept_stays_until_it_is_forgotten() -> None:
    ended = [queued(0, channel="email"), abandoned(23 * HOURS)]
    assert kept_of("c\tc1", ended, hours=14 * 24, was_kept=True) == ended
    assert kept_of("c\tc1", [], hours=30, was_kept=True) == []


@pytest.mark.parametrize("days", [2, 14, 400])
def test_however_long_it_is_open_it_is_kept(days: int) -> None:
    facts = [queued(0, channel="email")]
    assert kept_of("c\tc1", facts, hours=24 * days) == facts


# Agents.


def test_an_agent_is_kept_once_a_state_has_lasted_a_day() -> None:
    facts = [state(0, "available"), state(HOURS, "not_ready")]
    assert kept_of("a\ta1", facts, hours=24.5) == []
    assert kept_of("a\ta1", facts, hours=25) == facts


def test_an_agent_is_kept_while_a_state_that_lasted_is_within_retention() -> None:
    facts = [state(0, "not_ready"), state(30 * HOURS, "available"), state(31 * HOURS, "talking")]
    assert kept_of("a\ta1", facts, hours=32) == facts
    assert kept_of("a\ta1", facts, hours=79.9, was_kept=True) == facts  # talking lasts by now, too
    done = [*facts, state(32 * HOURS, "logged_out")]
    assert kept_of("a\ta1", done, hours=79.9, was_kept=True) == done
    assert kept_of("a\ta1", done, hours=80.1, was_kept=True) == []


def test_who_has_logged_out_is_not_kept() -> None:
    facts = [state(0, "available"), state(9 * HOURS, "logged_out")]
    assert kept_of("a\ta1", facts, hours=60) == []


def test_heartbeats_are_not_kept_and_a_schedule_is() -> None:
    plan = schedule(0, 9, at=0)
    facts = [state(0, "available"), heartbeat(5 * HOURS)._replace(uid="\theard"), plan]
    assert kept_of("a\ta1", facts, hours=30) == sorted([facts[0], plan])


def test_a_state_that_a_correction_gave_is_kept_with_it() -> None:
    wrong, right = state(0, "available", uid="s1"), state(0, "not_ready")
    facts = [wrong, state_corrected("s1", right, 20 * HOURS)]
    assert kept_of("a\ta1", facts, hours=30) == facts


def test_nothing_is_kept_of_an_agent_of_whom_nothing_is_known() -> None:
    assert kept_of("a\ta1", [], hours=30, was_kept=True) == []


# What is removed.


def gone(entity: str, there: Sequence[Fact], known: Sequence[Fact], *, hours: float) -> int:
    """How many of the entries `there` are removed by a store that has read so many hours."""
    decoder, now_ms = CanonicalDecoder(), ms(hours * HOURS)
    entries = entries_of(entity, there, decoder, now_ms) or {}
    loaded = Loaded(facts={entity: list(known)} if known else {}, watermark_ms=now_ms)
    of = ENTITIES.of_key(entity)
    assert of is not None
    kept_ms = Retention().of(of)
    return len(forgotten(entity, entries, loaded, lambda e: events_of(e, decoder, now_ms), kept_ms))


@pytest.mark.parametrize(("entity", "retention"), [("c\tc1", 15 * 24), ("a\ta1", 50)])
def test_what_is_not_known_is_removed_once_it_is_older_than_what_is_kept(entity: str, retention: int) -> None:
    first, last = (
        (queued(0), abandoned(9)) if entity[0] == "c" else (state(0, "talking"), state(9, "not_ready"))
    )
    assert gone(entity, [first, last], [], hours=retention) == 0
    assert gone(entity, [first, last], [], hours=retention + 0.01) == 2
    assert gone(entity, [first, last], [first], hours=retention) == 0  # the store has yet to read on


def test_what_is_known_and_not_wanted_is_removed_at_once() -> None:
    facts = [state(0, "available"), state(9 * HOURS, "logged_out")]
    assert gone("a\ta1", facts, facts, hours=10) == 2


def test_what_cannot_be_read_is_removed() -> None:
    loaded = Loaded(watermark_ms=ms(0))
    entries = {"a\ta1\t/test\tx": b"{"}
    read = partial(events_of, decoder=CanonicalDecoder(), now_ms=ms(0))
    assert forgotten("a\ta1", entries, loaded, read, 0) == entries


# Entries.


def test_entries_are_keyed_by_entity_and_identity_and_read_back_as_they_were() -> None:
    events = of("c1", queued(0), corrected(5, queued(0), queued(0, "sales")))
    decoder = CanonicalDecoder()
    entries = entries_of("c\tc1", [event.fact for event in events], decoder, ms(30 * HOURS)) or {}
    assert [*entries] == [f"c\tc1\t{event.fact.uid}" for event in events]
    assert {entity_of(key) for key in entries} == {"c\tc1"}
    assert [*events_of(entries, decoder, ms(30 * HOURS))] == events


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
def test_what_would_not_be_read_back_the_same_is_not_kept(unread: Fact) -> None:
    assert entries_of("c\tc1", [answered(3), unread], CanonicalDecoder(), ms(HOURS)) is None


def test_nothing_to_keep_is_not_left_out() -> None:
    assert entries_of("c\tc1", [], CanonicalDecoder(), T0) == {}


def test_an_entry_that_cannot_be_read_is_passed_over() -> None:
    good = entries_of("c\tc1", [queued(0)], CanonicalDecoder(), ms(30 * HOURS)) or {}
    entries = {"c\tc0\t/test\tx": b"{", **good, "c\tc2\t/test\ty": b'{"type": "strange"}'}
    assert len([*events_of(entries, CanonicalDecoder(), ms(30 * HOURS))]) == 1
