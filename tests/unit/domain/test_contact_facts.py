"""How many facts of one contact are read, and what that costs."""

from collections.abc import Sequence

import pytest
from support.factories import answered, contact_ended, fact, queued

from stream.domain.definition import definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import Changes, PartitionFold
from stream.domain.kinds import Kind
from stream.domain.limits import CONTACT_FACTS, Limits

pytestmark = pytest.mark.pure

MOST = 5


class Partition:
    """Folds batches, and knows what is stored."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Fact]] = {}
        self.forget()

    def forget(self) -> None:
        self.fold = PartitionFold(definitions(), limits=Limits(contact_facts=MOST))

    def take(self, facts: Sequence[Fact], contact: str = "c1") -> Changes:
        events = [Event(contact, fact) for fact in facts]
        missing = self.fold.missing_entities(events)
        loaded = {name: list(self.stored[name].values()) for name in missing if name in self.stored}
        self.fold.fold(events, loaded)
        changes = self.fold.settle({})
        for name, new in changes.facts.items():
            self.stored.setdefault(name, {}).update({fact.uid: fact for fact in new})
        return changes


def message(n: int) -> Fact:
    return fact(Kind.MESSAGE_SENT, 10 + n, text=("", "customer"), uid=f"m{n}")


def test_what_comes_beyond_is_refused_by_its_place_and_everything_else_is_read() -> None:
    partition = Partition()
    partition.take([queued(0), *(message(n) for n in range(MOST + 2))])
    assert partition.fold.refused == {MOST: CONTACT_FACTS, MOST + 1: CONTACT_FACTS, MOST + 2: CONTACT_FACTS}
    assert len(partition.stored["c\tc1"]) == MOST
    partition.take([queued(0), answered(5)], "c2")
    assert partition.fold.refused == {}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("length", [1, 3, 20])
def test_it_does_not_depend_on_batches_or_on_what_is_in_memory(length: int, restarts: bool) -> None:  # noqa: FBT001
    facts = [queued(0), *(message(n % 9) for n in range(18)), contact_ended(99)]
    partition, refused = Partition(), []
    for at in range(0, len(facts), length):
        partition.take(facts[at : at + length])
        refused += [at + n for n in partition.fold.refused]
        if restarts:
            partition.forget()
    assert refused == [*range(5, 10), *range(14, 20)]
    assert set(partition.stored["c\tc1"]) == {fact.uid for fact in facts[:MOST]}


def test_what_is_told_again_or_anew_is_none_too_many() -> None:
    partition = Partition()
    partition.take([queued(0), *(message(n) for n in range(MOST - 1))])
    partition.take([message(0), message(1)._replace(b="agent")])
    assert partition.fold.refused == {}
