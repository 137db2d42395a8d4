"""Why each visit counts as it does, by every attribution; corrections; what does not reconcile, and why."""

from dataclasses import replace

import pytest
from support.explaining import explained
from support.factories import abandoned, answered, fact, left, ms, queued
from support.scenario import Centre

from stream.domain.contact.now import ContactsNow
from stream.domain.definition import (
    Attribution,
    ClockStop,
    Definition,
    Definitions,
    LeftPolicy,
    ServiceLevelRule,
    definitions,
)
from stream.domain.fact import Fact, fact_text
from stream.domain.kinds import Kind
from stream.explain.explanation import ExplainedVisit, Explanation
from stream.explain.reconciliation import Suspect

pytestmark = pytest.mark.pure

DECIDED, EXITED, OFFERED = Attribution.DECIDED, Attribution.EXITED, Attribution.OFFERED
MISS_AT_TARGET = "a miss at 10:01:20, when the target passed"


def by(attribution: Attribution = DECIDED, **more: object) -> Definitions:
    return definitions(default=replace(Definition(attribution=attribution), **more))  # type: ignore[arg-type]


def only(found: Explanation) -> ExplainedVisit:
    (told,) = found.visits
    return told


def asked_of_one(rules: Definitions, *facts: Fact, at: float = 300) -> ExplainedVisit:
    """What is told of a contact that entered the queue a minute after ten."""
    centre = Centre(rules).tell("c1", queued(60), *facts).at(at)
    found = explained(centre, rules)
    assert found.sound
    return only(found)


# What became of a visit, and what is told of it: verdict, when it counts in seconds after ten, the reason.

ENDS = {
    "in time": (answered(72.3), DECIDED, "met", 72.3, "answered within 12.3 s: met"),
    "at the target": (answered(80), DECIDED, "met", 80, "answered within 20 s: met"),
    "late": (answered(105), DECIDED, "miss", 80, f"answered late after 45 s: {MISS_AT_TARGET}"),
    "short": (abandoned(63), DECIDED, "left_out", 63, "abandoned after 3 s, a short abandon: left out"),
    "gave up": (abandoned(72), DECIDED, "miss", 72, "abandoned after 12 s: a miss"),
    "gave up late": (abandoned(90), DECIDED, "miss", 80, f"abandoned after 30 s: {MISS_AT_TARGET}"),
    "flowed": (left(68), DECIDED, "left_out", 68, "flowed out (overflow) after 8 s: left out"),
    "flowed late": (left(90), DECIDED, "miss", 80, f"flowed out (overflow) after 30 s: {MISS_AT_TARGET}"),
    "callback": (left(68, "callback"), DECIDED, "left_out", 68, "promised a callback after 8 s: left out"),
    "error": (left(68, "error"), DECIDED, "left_out", 68, "left with an error after 8 s: left out"),
    "in time, exited": (answered(72.3), EXITED, "met", 72.3, "answered within 12.3 s: met"),
    "late, exited": (answered(105), EXITED, "miss", 105, "answered late after 45 s: a miss"),
    "short, exited": (
        abandoned(63),
        EXITED,
        "left_out",
        63,
        "abandoned after 3 s, a short abandon: left out",
    ),
    "gave up late, exited": (abandoned(90), EXITED, "miss", 90, "abandoned after 30 s: a miss"),
    "flowed late, exited": (left(90), EXITED, "left_out", 90, "flowed out (overflow) after 30 s: left out"),
    "in time, offered": (answered(72.3), OFFERED, "met", 60, "answered within 12.3 s: met"),
    "late, offered": (answered(105), OFFERED, "miss", 60, "answered late after 45 s: a miss"),
    "error, offered": (left(68, "error"), OFFERED, "left_out", 60, "left with an error after 8 s: left out"),
}


@pytest.mark.parametrize("name", ENDS)
def test_an_end_has_its_verdict_its_instant_and_its_reason(name: str) -> None:
    end, attribution, verdict, at, reason = ENDS[name]
    told = asked_of_one(by(attribution), end)
    assert (told.verdict.value, told.at_ms, told.reason) == (verdict, ms(at), reason)
    assert (told.contact, told.queued_ms, told.wait_ms) == ("c1", ms(60), end.at_ms - ms(60))


WAITS = {
    "not yet": (DECIDED, 71, "open", "still waiting after 11 s: a miss after 10:01:20"),
    "at the target": (DECIDED, 80, "open", "still waiting after 20 s: a miss after 10:01:20"),
    "already": (DECIDED, 91, "miss", "still waiting after 31 s: already a miss since 10:01:20"),
    "exited": (EXITED, 91, "open", "still waiting after 31 s: counts once it leaves the queue"),
    "offered": (OFFERED, 91, "open", "still waiting after 31 s: counts once it leaves the queue"),
}


@pytest.mark.parametrize("name", WAITS)
def test_who_still_waits_is_told(name: str) -> None:
    attribution, at, verdict, reason = WAITS[name]
    told = asked_of_one(by(attribution), at=at)
    assert (told.verdict.value, told.reason) == (verdict, reason)
    assert told.at_ms == (ms(80) if verdict == "miss" else None)


def test_a_callback_that_is_not_due_waits_from_then_on() -> None:
    entry = fact(Kind.VISIT_QUEUED, 60, text=("billing", "callback", str(ms(600))))
    rules = definitions()
    found = explained(Centre(rules).tell("c1", entry).at(300), rules, channel="callback")
    assert only(found).reason == "a callback due at 10:10:00: waits from then on"
    assert (found.ledger.waiting, found.ledger.scheduled, found.ledger.reconciliation_difference) == (0, 1, 0)


POLICIES = {
    "credited short": ({"rule": ServiceLevelRule.CREDIT_SHORT}, abandoned(63), "met"),
    "counted short": ({"rule": ServiceLevelRule.COUNT_ABANDONS}, abandoned(63), "miss"),
    "credited": ({"rule": ServiceLevelRule.CREDIT_IN_TARGET}, abandoned(72), "met"),
    "dropped": ({"rule": ServiceLevelRule.DROP_IN_TARGET}, abandoned(72), "left_out"),
    "answered only": ({"rule": ServiceLevelRule.ANSWERED_ONLY}, abandoned(90), "left_out"),
    "flowed out is a miss": ({"flowed_out": LeftPolicy.MISS}, left(68), "miss"),
    "flowed out in time": ({"flowed_out": LeftPolicy.MET_IN_TARGET}, left(68), "met"),
    "callback is met": ({"callback": LeftPolicy.MET_IN_TARGET}, left(68, "callback"), "met"),
}


@pytest.mark.parametrize("name", POLICIES)
def test_rules_and_policies_make_the_verdict(name: str) -> None:
    more, end, verdict = POLICIES[name]
    assert asked_of_one(by(DECIDED, **more), end).verdict.value == verdict


def test_a_visit_is_read_by_the_definition_of_its_queue_entry() -> None:
    steps = ((0, Definition(target_ms=20_000)), (ms(100), Definition(target_ms=60_000)))
    rules = definitions({("billing", ""): steps})
    centre = Centre(rules).tell("old", queued(60), answered(105)).tell("new", queued(110), answered(155))
    found = explained(centre.at(300), rules)
    assert {(told.contact, told.verdict.value, told.code) for told in found.visits} == {
        ("old", "miss", "SL(20s, drop_short 5s, decided)"),
        ("new", "met", "SL(60s, drop_short 5s, decided)"),
    }
    assert found.definition.target_ms == 60_000
    assert found.sound


@pytest.mark.parametrize("attribution", ["exited", "offered"])
def test_what_has_left_is_read_by_the_definition_it_began_to_wait_under(attribution: str) -> None:
    by = Attribution(attribution)
    steps = ((0, Definition(20_000, attribution=by)), (ms(120), Definition(60_000, 2_000, attribution=by)))
    rules = definitions({("billing", ""): steps})
    centre = Centre(rules).tell("old", queued(60), answered(105)).tell("new", queued(130), answered(175))
    centre.tell("short", queued(70), abandoned(74)).tell("gone", queued(140), abandoned(144))
    found = explained(centre.at(300), rules)
    assert {told.contact: (told.verdict.value, told.code) for told in found.visits} == {
        "old": ("miss", f"SL(20s, drop_short 5s, {by})"),
        "short": ("left_out", f"SL(20s, drop_short 5s, {by})"),
        "new": ("met", f"SL(60s, drop_short 2s, {by})"),
        "gone": ("miss", f"SL(60s, drop_short 2s, {by})"),
    }
    assert found.sound
    assert (found.sums["answered_in_target"], found.sums["short_abandoned"]) == (1, 1)


def test_a_wait_that_ended_with_the_acceptance_is_told_so() -> None:
    rules = by(clock_stop=ClockStop.ACCEPTED)
    told = asked_of_one(rules, answered(85, accepted=78))
    assert (told.reason, told.at_ms) == ("accepted within 18 s: met", ms(78))
    assert told.code == "SL(20s, drop_short 5s, clock_stop accepted, decided)"
    assert asked_of_one(by(), answered(85, accepted=78)).reason == (
        f"answered late after 25 s: {MISS_AT_TARGET}"
    )


def test_a_wait_is_told_by_the_clock_it_began_under() -> None:
    later = Definition(clock_stop=ClockStop.ACCEPTED, attribution=EXITED)
    steps = ((0, Definition(attribution=EXITED)), (ms(120), later))
    told = asked_of_one(definitions({("billing", ""): steps}), answered(85, accepted=78))
    assert (told.reason, told.code) == ("answered late after 25 s: a miss", "SL(20s, drop_short 5s, exited)")


def test_what_counts_in_another_window_is_not_told() -> None:
    rules = definitions()
    centre = Centre(rules).tell("c1", queued(0), answered(200)).tell("c2", queued(190), answered(195))
    found = explained(centre.at(240), rules, window="1m")
    assert [told.contact for told in found.visits] == ["c2"]
    assert (found.sums["answered"], found.level) == (2, (1, 1))


# Corrections.


def about(kind: Kind, other: Fact, instead: Fact | None = None) -> Fact:
    return fact(kind, 200, text=(other.uid, "", "" if instead is None else fact_text(instead)))


def test_a_correction_is_told() -> None:
    end = answered(105)
    told = asked_of_one(definitions(), end, about(Kind.CONTACT_CORRECTED, end, answered(72)))
    assert (told.verdict.value, told.corrected) == ("met", True)
    assert told.reason == "answered within 12 s: met (corrected)"


def test_a_retracted_visit_is_told_and_counts_nowhere() -> None:
    entry, rules = queued(60), definitions()
    centre = Centre(rules).tell("c1", entry, answered(70), about(Kind.CONTACT_RETRACTED, entry))
    centre.tell("c2", queued(100), answered(101)).at(300)
    found = explained(centre, rules)
    [told] = [told for told in found.visits if told.contact == "c1"]
    assert (found.level, found.sums["offered"], found.sound) == ((1, 1), 1, True)
    assert (told.verdict.value, told.outcome, told.corrected) == ("left_out", "retracted", True)
    assert told.reason == "retracted, or corrected to another queue: left out"


def test_a_visit_that_no_correction_touched_is_not_called_corrected() -> None:
    rules, second = definitions(), queued(100, visit=2)
    end = answered(105, visit=2)
    facts = (queued(60, visit=1), left(70, visit=1), second, end)
    centre = Centre(rules).tell("c1", *facts, about(Kind.CONTACT_RETRACTED, end)).at(110)
    assert {(t.number, t.corrected) for t in explained(centre, rules).visits} == {(1, False), (2, True)}


# Other rules.


def test_the_six_rules_and_the_presets_of_one_example() -> None:
    #   answered in time, late; abandoned short, in target, late; flown out in target
    rules = definitions()
    ends = (answered(70), answered(105), abandoned(63), abandoned(72), abandoned(90), left(68))
    centre = Centre(rules)
    for n, end in enumerate(ends):
        centre.tell(f"c{n}", queued(60), end)
    found = explained(centre.at(300), rules)
    decided = {r.name: tuple(r.share) for r in found.rows if not r.preset and "decided" in r.code}
    assert decided == {
        "count_abandons": (1, 5),
        "drop_short": (1, 4),
        "drop_in_target": (1, 3),
        "credit_short": (2, 5),
        "credit_in_target": (3, 5),
    }
    exited = {r.name: tuple(r.share) for r in found.rows if not r.preset and "exited" in r.code}
    assert exited == {**decided, "answered_only": (1, 2)}
    presets = {r.name: tuple(r.share) for r in found.rows if r.preset}
    assert presets["amazon"] == (3, 6)
    assert presets["cisco_ignored"] == (1, 3)
    assert presets["asterisk2"] == (3, 5)
    assert len(presets) == 10
    assert [r.code for r in found.rows if r.in_force] == ["SL(20s, drop_short 5s, decided)"]
    assert found.rows[0].bounds == pytest.approx((0.0362, 0.6245), abs=1e-4)


def test_where_nothing_counts_there_is_no_ratio() -> None:
    rules = definitions()
    found = explained(Centre(rules).at(0).queued("c1").at(10), rules)
    assert {(row.share.ratio, row.bounds) for row in found.rows} == {(None, None)}


# The books.


def unbalanced(centre: Centre) -> Explanation:
    found = explained(centre, definitions())
    assert not found.sound
    return found


def test_who_waits_by_facts_alone_is_named_behind_a_difference() -> None:
    centre = Centre().at(0).queued("c1").queued("c2").at(10)
    centre.board()
    del centre.model.now(ContactsNow).waiting["c\tbilling\tvoice"]["c\tc1", 0]
    found = unbalanced(centre)
    assert found.ledger.reconciliation_difference == 1
    assert found.suspects == [Suspect("c1", "waits by its facts, but not in live state")]


def test_who_waits_in_live_state_alone_is_named_behind_a_difference() -> None:
    centre = Centre().at(0).queued("c1").at(10).answered("c1").at(20)
    centre.board()
    centre.model.now(ContactsNow).waiting["c\tbilling\tvoice"]["c\tc1", 0] = ms(0)
    found = unbalanced(centre)
    assert found.ledger.reconciliation_difference == -1
    assert found.suspects == [Suspect("c1", "waits in live state, but not by its facts")]


def test_a_pane_that_holds_too_much_is_named_with_its_contacts() -> None:
    centre = Centre().tell("c1", queued(60), answered(65)).tell("c2", queued(100), answered(105)).at(300)
    centre.board()
    centre.model.series["c\tbilling\tvoice"].short.put(ms(60), 9, {"a5000": 1})
    found = unbalanced(centre)
    assert found.difference["answered"] == 1
    [pane] = found.differing
    assert (pane.start_ms, pane.fields, pane.contacts) == (ms(60), {"a5000": 1}, ["c1"])
