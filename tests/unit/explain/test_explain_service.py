"""A question to a store that goes on being written: the answer is of one instant, or says that it is not."""

from collections.abc import AsyncIterator, Sequence

import pytest
from support.explaining import fold_into
from support.factories import answered, ms, of, queued
from support.scenario import Centre, Line

from stream.domain.definition import definitions
from stream.domain.entity import Entity
from stream.domain.fact import Event, Fact
from stream.domain.naming import Naming
from stream.domain.timetable import Timetable
from stream.errors import BadSettings
from stream.explain.document import explanation_document
from stream.explain.service import ExplainService
from stream.store.checkpoint import Loaded
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.unreadable import Unreadable

pytestmark = pytest.mark.pure

HERE, THERE = Partition("pantau.contacts", 0), Partition("pantau.contacts", 1)


def service(store: MemoryStore, told: list[int] | None = None) -> ExplainService:
    advance = (told if told is not None else []).append
    return ExplainService(store, definitions(), Timetable(), {}, clock=lambda: ms(300), advance=advance)


class Moving(MemoryStore):
    """A store in which a worker folds the next batch whenever facts are loaded to be explained."""

    def __init__(self, batches: Sequence[list[Event]]) -> None:
        super().__init__()
        self.batches = list(batches)
        self._line = Line(self, HERE, definitions())
        self._folding = False
        self.fold()

    def fold(self) -> None:
        self._folding = True
        if self.batches:
            self._line.batch(self.batches.pop(0))
        self._folding = False

    async def load(self, partition: Partition, **wanted: object) -> Loaded:  # type: ignore[override]
        loaded = await super().load(partition, **wanted)  # type: ignore[arg-type]
        if not self._folding and partition == HERE:
            self.fold()
        return loaded

    async def known(
        self, partition: Partition, entity: Entity
    ) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        async for found in super().known(partition, entity):
            yield found
        self.fold()  # comes after the look: it must be found by its live state


async def test_contacts_of_all_partitions_are_looked_at_and_counted() -> None:
    store, told = MemoryStore(), list[int]()
    await fold_into(store, of("c1", queued(60), answered(70)), partition=HERE)
    others = [*of("c2", queued(60), answered(105)), *of("c3", queued(60, "sales"))]
    await fold_into(store, others, partition=THERE)
    found = await service(store, told).explain("billing", None, "30m")
    assert {visit.contact for visit in found.visits} == {"c1", "c2"}
    assert (found.sound, found.settled, found.channel) == (True, True, "voice")
    assert told[-1] == 3


async def test_what_moves_while_it_is_read_is_read_again() -> None:
    store = Moving(
        [
            of("c1", queued(60), answered(70)),
            of("c2", queued(100)),
            [*of("c2", answered(110)), *of("c3", queued(120), answered(121))],
        ]
    )
    found = await service(store).explain("billing", "voice", "30m")
    assert store.batches == []
    assert {visit.contact: visit.verdict.value for visit in found.visits} == dict.fromkeys(
        ("c1", "c2", "c3"), "met"
    )
    assert (found.sound, found.settled) == (True, True)


async def test_a_queue_that_never_holds_still_is_said_to_move() -> None:
    found = await service(Moving([of(f"c{n}", queued(60)) for n in range(60)])).explain(
        "billing", "voice", "30m"
    )
    assert not found.settled


async def test_a_queue_without_a_contact_is_explained_where_settings_or_agents_name_it() -> None:
    store = Centre().agent("ana", "available", queues=("vip",)).at(5)
    store.board()
    naming = Naming({"preset": ("voice",)}, {("preset", "voice"): "Presets"})
    asked = ExplainService(store.store, definitions(), Timetable(), {}, clock=lambda: ms(300), naming=naming)
    for queue, title in (("preset", "Presets"), ("vip", "")):
        found = await asked.explain(queue, None, "30m")
        assert (found.queue, found.channel, found.display_name) == (queue, "voice", title)
        assert set(found.sums.values()) == {0}
        assert found.sound
        assert explanation_document(found, limit=1)["display_name"] == title
    with pytest.raises(BadSettings, match="there is no queue 'billing'; give one of preset, vip"):
        await asked.explain("billing", None, "30m")


async def test_what_does_not_exist_is_refused_with_what_does() -> None:
    store = MemoryStore()
    with pytest.raises(BadSettings, match="no contact was read yet"):
        await service(store).explain("billing", None, "30m")
    await fold_into(store, [*of("c1", queued(60)), *of("c2", queued(60, "billing", "chat"))])
    with pytest.raises(BadSettings, match="'biling'; give one of billing"):
        await service(store).explain("biling", None, "30m")
    with pytest.raises(BadSettings, match="in several channels; give --channel, one of chat, voice"):
        await service(store).explain("billing", None, "30m")
    with pytest.raises(BadSettings, match="not in channel 'fax'; give --channel, one of chat, voice"):
        await service(store).explain("billing", "fax", "30m")
    with pytest.raises(BadSettings, match="no window '7m'; give one of 1m, 5m"):
        await service(store).explain("billing", "chat", "7m")


async def test_contacts_that_cannot_be_read_are_left_out_and_named() -> None:
    store = MemoryStore()
    await fold_into(store, [*of("c1", queued(60), answered(70)), *of("c\udcff", queued(60, "sales"))])
    facts = store._states[HERE].written.facts
    facts["c\tc1"] = dict.fromkeys(facts["c\tc1"], "junk")
    found = await service(store).explain("billing", None, "30m")
    assert found.unreadable == ["c1", "c\\udcff"]
    assert (found.visits, found.sound) == ([], False)
