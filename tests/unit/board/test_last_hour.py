import pytest
from support.factories import AGENTS, CONTACTS, T0, ms

from stream.board.last_hour import LastHour, OddRecords, last_hour
from stream.board.model import Model
from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import MISPLACED, UNKNOWN, Odd, Oddities, Sort
from stream.store.delta import Delta
from stream.store.partition import Partition

pytestmark = pytest.mark.pure

NOW = T0 // MINUTE_MS
OTHER = Partition("pantau.contacts", 1)
SCHEMA, JSON = Sort("schema", "/pbx"), Sort("json", "")


def test_nothing_odd_is_nothing() -> None:
    assert last_hour({CONTACTS: {}}, T0) == LastHour()


def test_partitions_are_added_and_the_latest_place_is_told() -> None:
    parts: dict[Partition, Oddities] = {
        CONTACTS: {NOW: {SCHEMA: Odd(2, 70)}, NOW - 1: {SCHEMA: Odd(3, 60), JSON: Odd(1, 61)}},
        OTHER: {NOW: {SCHEMA: Odd(1, 9)}},
        AGENTS: {NOW: {SCHEMA: Odd(1, 4), Sort(MISPLACED, "/pbx"): Odd(8, 6)}},
    }
    found = last_hour(parts, T0)
    assert (found.refused, found.misplaced, found.unknown) == (8, 8, 0)
    assert found.sorts == (
        OddRecords("pantau.agents", MISPLACED, "/pbx", 8, (AGENTS, 6)),
        OddRecords("pantau.contacts", "schema", "/pbx", 6, (CONTACTS, 70)),
        OddRecords("pantau.agents", "schema", "/pbx", 1, (AGENTS, 4)),
        OddRecords("pantau.contacts", "json", "", 1, (CONTACTS, 61)),
    )


def test_what_came_in_an_hour_ago_is_past() -> None:
    parts: dict[Partition, Oddities] = {CONTACTS: {NOW: {JSON: Odd(4, 1)}}}
    assert last_hour(parts, T0 + 59 * MINUTE_MS).refused == 4
    assert last_hour(parts, T0 + 60 * MINUTE_MS) == LastHour()


def test_an_unknown_type_is_not_refused_and_the_list_is_bounded() -> None:
    many = {Sort(UNKNOWN, f"x.{n:03}"): Odd(1 + (n == 70), n) for n in range(100)}
    found = last_hour({CONTACTS: {NOW: many}}, T0)
    assert (found.refused, found.unknown, len(found.sorts)) == (0, 101, 50)
    assert (found.sorts[0].name, found.sorts[1].name) == ("x.070", "x.000")


def test_a_model_keeps_what_it_was_told_until_it_is_told_anew() -> None:
    model = Model()

    def take(oddities: Oddities | None) -> int:
        delta = Delta(1, full=False, position=1, watermark_ms=0, written_ms=0, oddities=oddities)
        model.take(CONTACTS, delta, now_ms=T0)
        return model.last_hour(ms(30)).refused

    told: list[Oddities | None] = [{NOW: {JSON: Odd(4, 1)}}, None, {NOW: {JSON: Odd(5, 2)}}, {}]
    assert [take(each) for each in told] == [4, 4, 5, 0]
    assert model.last_hour(ms(7200)).refused == 0
