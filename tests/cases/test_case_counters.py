"""What a counter says after a correction: it stands where it was, and the documents say so.

prometheus-community/elasticsearch_exporter#327 and pdreker/fritz_exporter#208 tell of counters that fall, so
that rates jump. Twenty contacts end unanswered; of fifteen the answer comes late, one never was.
"""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cases.running import board, folded, settings_of
from cases.story import stories
from support.factories import answered, contact_ended, queued, retracted
from support.scenario import Centre

from stream.metrics.exposition import Exposition
from stream.settings import FileSettings

pytestmark = pytest.mark.pure

METRICS_PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
STORIES = Path(__file__).with_name("stories")
FILE = FileSettings()


def counted(centre: Centre) -> dict[str, float]:
    """Every sample of every counter and histogram of the queue."""
    rules = centre._builder._definitions
    text = Exposition(FILE.tenant, rules.wait_edges_ms, FILE.in_force).text(centre.board())
    found = re.findall(r"^(pantau_queue_\w+(?:_total|_count|_sum|_bucket)\{.*\}) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def of(found: dict[str, float], name: str) -> list[float]:
    return [value for series, value in found.items() if series.startswith(f"{name}{{")]


def totals(centre: Centre) -> tuple[int, int, int]:
    shown = centre.queue().totals
    return shown.offered, shown.answered, shown.abandoned


def test_no_counter_falls_and_the_board_says_what_is_true() -> None:
    centre = Centre().at(0)
    for n in range(20):
        centre.tell(f"k{n}", queued(0), contact_ended(30))
    steps = [counted(centre.at(60))]
    assert totals(centre) == (20, 0, 20)
    for n in range(15):
        centre.tell(f"k{n}", answered(10, "ana"))
    steps.append(counted(centre.at(70)))
    assert totals(centre) == (20, 15, 5)
    centre.tell("k19", retracted(75, queued(0)))
    steps.append(counted(centre.at(80)))
    assert totals(centre) == (19, 15, 4)
    for before, after in pairwise(steps):
        assert before.keys() <= after.keys()
        assert {name: value for name, value in before.items() if after[name] < value} == {}
    assert of(steps[-1], "pantau_queue_contacts_offered_total") == [20]
    assert of(steps[-1], "pantau_queue_contacts_answered_total") == [15]
    assert of(steps[-1], "pantau_queue_contacts_abandoned_total") == [20]


def test_a_counter_goes_on_once_its_count_has_caught_up() -> None:
    """Waits are the same: a bucket of a histogram catches up by itself."""
    centre = Centre().at(0)
    for n in range(3):
        centre.tell(f"k{n}", queued(0), contact_ended(30))
    counted(centre.at(60))
    centre.tell("k0", answered(10, "ana"))
    assert of(counted(centre.at(70)), "pantau_queue_contacts_abandoned_total") == [3]
    centre.tell("n1", queued(71), contact_ended(101))
    assert of(counted(centre.at(110)), "pantau_queue_contacts_abandoned_total") == [3]
    centre.tell("n2", queued(71), contact_ended(101))
    assert of(counted(centre.at(120)), "pantau_queue_contacts_abandoned_total") == [4]


def test_the_page_of_metrics_says_what_a_counter_is_after_a_correction() -> None:
    text = " ".join(METRICS_PAGE.read_text().split())
    assert re.search(r"Counters never fall\.", text)


@pytest.mark.parametrize(
    ("story", "queue"), [("queue_that_settings_name", "preset"), ("queue_that_nobody_calls", "never_called")]
)
def test_a_queue_without_a_contact_has_counters_at_zero(
    story: str, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them the first contact of every queue is lost to `increase`."""
    monkeypatch.setattr("stream.audit.board.document", lambda shown, tenant: shown)  # noqa: ARG005 - as it is called
    (told,) = [found for found in stories(STORIES) if found.name == story]
    settings = settings_of(told.settings)
    shown: Any = board(folded(told.lines, settings), settings, told.last_ms)
    text = Exposition("t", settings.definitions().wait_edges_ms, settings.file.in_force).text(shown)
    for name in ("offered_total", "answered_total", "abandoned_total"):
        series = rf'^pantau_queue_contacts_{name}\{{tenant="t",queue="{queue}",media="voice"\}} 0$'
        assert re.search(series, text, re.MULTILINE), name
