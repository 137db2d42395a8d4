"""What CONTRIBUTING.md tells how to add works as it stands there, and in no more lines than it says."""

import re
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from support.factories import ms, of

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.domain.agent.now import AgentsNow
from stream.domain.definition import Definition, definitions
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entity, Recomputed
from stream.domain.fact import Event, Fact
from stream.domain.fold import TOTAL, Cell, PartitionFold
from stream.domain.histogram import bucket_of
from stream.domain.kinds import Kind, Row, Slot
from stream.domain.kpi import total
from stream.domain.measures import sources
from stream.domain.measures.basis import waited
from stream.domain.measures.measure import Measure, Unit
from stream.domain.reading import read
from stream.domain.tally import add
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
MOST_LINES = 14


def block(what: str) -> str:
    """The Python under the heading that says how to add it."""
    found = re.search(rf"^## Adding an? {what}\n.*?```python\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def run(what: str, **names: Any) -> dict[str, Any]:
    space = dict(names)
    exec(compile(block(what), f"CONTRIBUTING.md, {what}", "exec"), space)  # noqa: S102 - our own document
    return space


@pytest.mark.parametrize("what", ["KPI", "entity", "source"])
def test_it_is_short(what: str) -> None:
    lines = [line for line in block(what).splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES


def test_the_kpi_is_reckoned_from_a_tally() -> None:
    row = run("KPI", Measure=Measure, Unit=Unit, waited=waited, sources=sources)["LONGEST"]
    waits = read({f"ah{bucket_of(1_000)}": 3, f"ah{bucket_of(25_000)}": 1, "a30000": 4})
    assert row.value(total(waits, Definition())) == pytest.approx(25, rel=0.01)
    assert row.value(total(read({}), Definition())) is None


def test_the_other_line_of_the_kpi_is_as_those_that_are_there() -> None:
    """Its SQL names a function of the audit, in the form of its neighbours."""
    (line,) = re.findall(r"`worth\('\w+', (at_rank\(waits, )100\)\)`", TEXT)
    assert f"{line}50)" in (ROOT / "stream" / "audit" / "contacts.sql").read_text()


def test_the_entity_is_folded_in_any_order() -> None:
    space = run(
        "entity", Row=Row, Slot=Slot, Recomputed=Recomputed, add=add, Entity=Entity, AgentsNow=AgentsNow
    )
    sent = int(space["LetterKind"].SENT)
    events = [event for n in (1, 2, 2) for event in of(f"l{n}", Fact(ms(n), sent, f"/post\t{n}", 0, "north"))]
    for order in permutations(events):
        fold = PartitionFold(definitions(), entities=ENTITIES.and_(space["Letters"]()))
        fold.fold(list(order), {})
        changes = fold.settle({})
        assert changes.cells[Cell(TOTAL, TOTAL, "z\tnorth")] == {"sent": 2}


def test_the_source_is_read_or_refused_and_what_it_says_can_be_published() -> None:
    names = {"Event": Event, "Fact": Fact, "Kind": Kind, "BadRecord": BadRecord, "RejectReason": RejectReason}
    decoder = run("source", **names)["QueueLogDecoder"]()
    events = decoder.decode(f"{ms(0)}|c-1|billing".encode())
    assert [*CanonicalDecoder().decode(encode(events[0]))] == events
    for wrong in (b"", b"\xff", b"a|b|c", b"1|2"):
        with pytest.raises(BadRecord, match="instant"):
            decoder.decode(wrong)
