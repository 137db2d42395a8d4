"""What single facts contribute: offers to a team, contacts turned away, attempts to call back."""

from collections import Counter
from itertools import permutations

import pytest
from support.factories import (
    abandoned,
    answered,
    attempted,
    blocked,
    callback,
    contact_ended,
    declined,
    left,
    ms,
    offered,
    queued,
)

from stream.domain.contact.contribution import Tag
from stream.domain.contact.offers import offers_and_attempts
from stream.domain.contact.visit import visits
from stream.domain.fact import Fact

pytestmark = pytest.mark.pure

NORTH = "a\tnorth"


def told(*facts: Fact) -> list[tuple[int, str, int, str]]:
    """What is booked: when, where, as what, and what it says."""
    found = offers_and_attempts(sorted(facts), visits(facts))
    return sorted((m.at_ms, m.series, m.tag, m.reason) for m in found)


def offers(*facts: Fact) -> Counter[str]:
    return Counter(says for _, _, tag, says in told(*facts) if tag == Tag.OFFER)


def test_an_offer_that_is_taken() -> None:
    #  0 queued   2 rings   5 answered
    assert told(queued(0), offered(2, team="north"), answered(5, "agent-1", team="north")) == [
        (ms(2), NORTH, Tag.OFFER, "made"),
        (ms(5), NORTH, Tag.OFFER, "answered"),
    ]


def test_an_offer_that_is_not_taken_counts_for_its_team_each_time() -> None:
    facts = [queued(0), offered(2, team="north"), declined(12, team="north")]
    facts += [offered(13, "agent-2", "north"), declined(23, "agent-2", "north")]
    facts += [offered(24, "agent-3", "south"), answered(26, "agent-3", team="south")]
    assert [(series, says) for _, series, _, says in told(*facts)] == [
        *((NORTH, says) for says in ("made", "declined", "made", "declined")),
        *(("a\tsouth", says) for says in ("made", "answered")),
    ]


def test_an_offer_to_nobodys_team_is_of_those_unassigned() -> None:
    assert told(queued(0), offered(2)) == [(ms(2), "a\tunassigned", Tag.OFFER, "made")]


def test_who_hangs_up_while_it_rings_is_nobodys_miss() -> None:
    assert told(queued(0), offered(2, team="north"), abandoned(9)) == [
        (ms(2), NORTH, Tag.OFFER, "made"),
        (ms(9), NORTH, Tag.OFFER, "abandoned"),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        [queued(0), abandoned(9)],
        [queued(0), offered(2), declined(5), abandoned(9)],
        [queued(0), offered(2), answered(5), abandoned(9)],
        [queued(0), offered(2), left(5), queued(6, "sales"), abandoned(9)],  # it rang for the visit before
        [queued(0), abandoned(9), offered(10)],
    ],
)
def test_when_nothing_rang_nobody_hung_up_on_it(facts: list[Fact]) -> None:
    assert offers(*facts)["abandoned"] == 0


def test_one_hangs_up_but_once() -> None:
    assert offers(queued(0), offered(2), abandoned(9), abandoned(9.5))["abandoned"] == 1


def test_where_no_offer_is_told_of_none_was_answered() -> None:
    assert told(queued(0), answered(5, team="north"), blocked(6)) == [
        (ms(6), "c\tbilling\tvoice", Tag.BLOCKED, "full")
    ]


def test_an_answer_of_no_team_is_no_offer_of_any() -> None:
    assert offers(queued(0), offered(2, team="north"), answered(5)) == {"made": 1}


def test_who_is_turned_away_counts_at_the_door() -> None:
    # Nobody was queued: no visit, no row of waiting, but demand.
    assert told(
        blocked(3, "closed", "sales", "chat"), blocked(4, "full", "sales", "chat"), contact_ended(5)
    ) == [
        (ms(3), "c\tsales\tchat", Tag.BLOCKED, "closed"),
        (ms(4), "c\tsales\tchat", Tag.BLOCKED, "full"),
    ]


def test_attempts_count_for_the_queue_of_the_callback() -> None:
    facts = [
        queued(0),
        left(5, "callback"),
        callback(6, 600, "sales"),
        attempted(601),
        attempted(700, "busy"),
    ]
    assert told(*facts) == [
        (ms(601), "c\tsales\tcallback", Tag.ATTEMPT, "no_answer"),
        (ms(700), "c\tsales\tcallback", Tag.ATTEMPT, "busy"),
    ]


def test_an_attempt_for_no_known_queue_counts_nowhere() -> None:
    assert told(attempted(5)) == []


def test_the_order_of_arrival_does_not_matter() -> None:
    facts = [queued(0), offered(2, team="north"), declined(4, team="north"), offered(5), abandoned(9)]
    assert {tuple(told(*order)) for order in permutations(facts)} == {tuple(told(*facts))}


def test_two_attempts_of_one_instant_are_two() -> None:
    found = offers_and_attempts([blocked(3), blocked(3)._replace(uid="another")], [])
    assert len(set(found)) == 2
