"""The table of kinds of events: what goes by kinds reads it, and nothing else tells what they say."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from stream.adapters.payload import slots_of
from stream.adapters.schema import TOPIC_TYPES, types_of
from stream.domain.entities import ENTITIES
from stream.domain.fact import Fact, class_of
from stream.domain.kinds import AGENTS, QUEUES, REASONS, SNAPSHOTS, TEAMS, Kind
from stream.domain.limits import Limits

pytestmark = pytest.mark.pure

STREAM = Path(__file__).parents[3] / "stream"
#: By place: where facts are made of the places of storage.
MADE_BY_PLACE = {"fact.py"}
BY_PLACE = re.compile(
    r"\b(fact|event\.fact|state|entry|link|offer)\.(number|a|b|c)\b|\b(fact|event|entry|link)\[\d"
)


def test_nothing_reads_a_fact_by_place() -> None:
    found = [
        f"{path.relative_to(STREAM)}: {line.strip()}"
        for path in STREAM.rglob("*.py")
        if path.name not in MADE_BY_PLACE
        for line in path.read_text().splitlines()
        if BY_PLACE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("kind", Kind)
def test_a_fact_has_the_slots_of_its_kind_and_no_others(kind: Kind) -> None:
    fact = Fact(1, int(kind), "/s\t1", 7, "a", "b", "c")
    told = {slot.name for slot in kind.slots if slot}
    every = {slot.name for each in Kind for slot in each.slots if slot}
    assert type(fact) is class_of(kind)
    assert {name for name in every if hasattr(fact, name)} == told
    places = [getattr(fact, slot.name) for slot in kind.slots if slot]
    assert places == [held for slot, held in zip(kind.slots, (7, "a", "b", "c"), strict=True) if slot]


def test_every_slot_is_known_to_the_types() -> None:
    """One that is not is `Any` to nobody: it is an error wherever it is read."""
    text = (STREAM / "domain" / "fact.py").read_text()
    declared = set(
        re.findall(r"^        (\w+): (?:int|str)$", text.partition("def __new__")[0], re.MULTILINE)
    )
    assert declared == {slot.name for kind in Kind for slot in kind.slots if slot}


def test_a_fact_that_is_made_another_kind_has_its_slots() -> None:
    entry = Fact(1, Kind.VISIT_QUEUED, "u", 1, "billing", "voice")
    assert entry._replace(kind=int(Kind.VISIT_LEFT)).reason == "billing"


def test_what_is_no_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of fact: 99"):
        Fact(1, 99, "u")


def test_every_type_is_published_on_the_topic_of_its_entity() -> None:
    assert set(TOPIC_TYPES) == {entity.topic for entity in ENTITIES}
    for entity in ENTITIES:
        of_kinds = {kind.type for kind in Kind if kind.entity == entity.name}
        snapshots = {type_ for type_, whose in SNAPSHOTS.items() if whose == entity.name}
        assert types_of(entity.topic).keys() == of_kinds | snapshots | {"pantau.heartbeat"}


def test_names_are_limited_by_what_limits_there_are() -> None:
    limits = {limit for kind in Kind for limit, _ in kind.names}
    assert limits == {QUEUES, TEAMS, REASONS, AGENTS}
    assert limits <= Limits().by_kind().keys()
    for kind in Kind:
        told = {slot.name for slot in kind.slots if slot}
        assert {slot for _, slots in kind.names for slot in slots} <= told, kind


def test_the_audit_takes_names_from_the_same_types() -> None:
    """Its SQL is written by hand; a kind that brings names is named there."""
    sql = files("stream.audit").joinpath("names.sql").read_text().partition("CREATE TABLE crowded")[0]
    named = {kind.type for kind in Kind if kind.names}
    quoted = set(re.findall(r"'([a-z_]+\.[a-z_]+)'", sql)) | {t for t in named if t.startswith("leg.")}
    assert "LIKE 'leg.%'" in sql
    assert quoted - {"event.corrected"} == named


def test_what_no_data_tells_is_nothing() -> None:
    assert slots_of("agent.heartbeat", {"team": "north"}) == (Kind.AGENT_HEARTBEAT, (0, "", "", ""))
