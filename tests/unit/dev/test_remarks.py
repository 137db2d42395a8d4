"""The remarks that the real faults send among their events are corrections and retractions of these."""

from collections import Counter

import pytest
from support.load import last_hours
from support.remarks import remarked
from support.truth import decoded, reported

from stream.domain.kinds import ABOUT_ANOTHER, Kind

pytestmark = pytest.mark.pure


def test_all_kinds_of_remarks_are_made_and_name_what_was_told() -> None:
    told = last_hours(6, 0.7, seed=3, hours=0.3)
    events = decoded(remarked(told, share=0.05, seed=1))
    counts = Counter(Kind(event.fact.kind).name for event in events if event.fact.kind in ABOUT_ANOTHER)
    assert min(counts.values()) > 20
    assert set(counts) == {"CONTACT_CORRECTED", "CONTACT_RETRACTED", "AGENT_CORRECTED", "AGENT_RETRACTED"}
    known = {(event.subject, event.fact.uid) for event in events}
    assert all((e.subject, e.fact.a) in known for e in events if e.fact.kind in ABOUT_ANOTHER)
    assert reported(events)["all"] != reported(decoded(told))["all"]
