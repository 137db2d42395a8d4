"""The audit's SQL is written by hand, and tells every measure of the board and nothing else."""

from pathlib import Path

import pytest
from support.audited import LOG, plain_terms, taken, written
from support.factories import answered, of, queued, state

from stream.audit.recomputation import Audit
from stream.board.rows import QueueNow
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Measured, Place
from stream.domain.staffing import Staffing

pytestmark = pytest.mark.pure

#: What is told of a window beside its measures, and of totals.
INTERVAL, RULES = {"from_ms", "to_ms", "completeness_ratio"}, {"service_level"}
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    """The names of all figures by scope and place; of those told in parts, what comes before the dot."""
    events = [
        *of(
            "ana",
            state(0, "not_ready", team="day", reason="lunch"),
            state(1, "talking", team="day", queues=("billing",), slots={"voice": 1}),
        ),
        *of("c1", queued(2), answered(5, team="day")),
    ]
    found: dict[tuple[str, str], set[str]] = {}
    with Audit(Path(tmp_path_factory.mktemp("audit")) / "database") as audit:
        taken(audit, written(events))
        newest_ms = max(event.fact.at_ms for event in events)
        audit.recompute(
            plain_terms(contacts_ms=HOUR_MS, agents_ms=HOUR_MS),
            now_ms=newest_ms + 1,
            positions={LOG: len(events)},
        )
        for place, _ in audit.figures():
            where = place.window if place.window in {"now", "totals"} else "window"
            found.setdefault((place.scope, where), set()).add(place.name.partition(".")[0])
    return found


def names(of: type[Measured], place: Place) -> set[str]:
    return {row.name for row in of.rows if place in row.where}


@pytest.mark.parametrize("scope", ["queue", "all"])
def test_of_queues(told: dict[tuple[str, str], set[str]], scope: str) -> None:
    assert told[scope, "window"] == names(Kpis, Place.WINDOW) | INTERVAL
    assert told[scope, "totals"] == names(Kpis, Place.TOTALS) | RULES
    assert told[scope, "now"] == names(QueueNow, Place.NOW)


@pytest.mark.parametrize("scope", ["team", "site", "staff"])
def test_of_agents(told: dict[tuple[str, str], set[str]], scope: str) -> None:
    assert told[scope, "window"] == names(Staffing, Place.WINDOW)


@pytest.mark.parametrize("where", ["window", "totals"])
def test_of_contacts(told: dict[tuple[str, str], set[str]], where: str) -> None:
    assert told["contacts", where] == names(Kpis, Place.CONTACTS)
