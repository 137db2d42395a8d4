"""Definitions and times in words."""

from zoneinfo import ZoneInfo

import pytest
from support.factories import ms

from stream.domain.definition import Attribution, ClockStop, Definition, LeftPolicy, ServiceLevelRule
from stream.explain.wording import clock_text, definition_words, seconds_text

pytestmark = pytest.mark.pure


def test_a_definition_is_told_in_sentences() -> None:
    assert definition_words(Definition()) == (
        "The promise is 80% within 20 s. A visit counts when it leaves the queue, or as a miss once it has "
        "waited 20 s, whatever its outcome. Abandons within 5 s are left out; the others are misses. "
        "Visits that flowed out are left out. Promised callbacks are left out."
    )
    other = Definition(
        target_ms=45_500,
        rule=ServiceLevelRule.CREDIT_IN_TARGET,
        attribution=Attribution.OFFERED,
        flowed_out=LeftPolicy.MISS,
        callback=LeftPolicy.MET_IN_TARGET,
    )
    assert definition_words(other) == (
        "The promise is 80% within 45.5 s. A visit counts at its queue entry, once it has left. "
        "Abandons within 45.5 s count as met; later ones are misses. Visits that flowed out are misses. "
        "Promised callbacks are met within 45.5 s, else misses."
    )


def test_a_wait_that_ends_with_the_acceptance_is_told() -> None:
    said = "A wait ends when an agent accepts"
    assert said in definition_words(Definition(clock_stop=ClockStop.ACCEPTED))
    assert said not in definition_words(Definition())


def test_no_limit_is_told() -> None:
    words = definition_words(Definition(short_abandon_ms=0))
    assert "there is no short-abandon limit" in words


@pytest.mark.parametrize("rule", ServiceLevelRule)
@pytest.mark.parametrize("attribution", Attribution)
def test_every_definition_has_words(rule: ServiceLevelRule, attribution: Attribution) -> None:
    words = definition_words(Definition(rule=rule, attribution=attribution))
    assert "{" not in words
    assert words.count(".") == 5


@pytest.mark.parametrize(
    ("ms_", "text"), [(0, "0 s"), (50, "0.05 s"), (12_345, "12.345 s"), (3_600_000, "3600 s")]
)
def test_durations_are_exact(ms_: int, text: str) -> None:
    assert seconds_text(ms_) == text


def test_times_of_day_are_those_of_the_zone() -> None:
    assert clock_text(ms(1), ZoneInfo("Asia/Jakarta")) == "17:00:01"
