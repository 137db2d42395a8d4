"""`pantau audit FILE --to` reads a file as of then: what came later is in neither of both sides."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from support.factories import T0
from typer.testing import CliRunner

from stream.cli import app
from stream.dev.simulator import scaled, simulate
from stream.domain.instant import instant_text

pytestmark = [pytest.mark.pure, pytest.mark.long]

MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    events = simulate(scaled(3, 0.5), seed=1, start_ms=T0, until_ms=T0 + 30 * MINUTE_MS)
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_bytes(b"".join(event.value + b"\n" for event in islice(events, 20_000)))
    return path


def audited(log: Path, to_ms: int) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["audit", str(log), "--json", "--to", instant_text(to_ms)])
    assert done.exit_code == 0, (done.exception, done.output[:2_000])
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("minutes", [10, 17.12345, 45])
def test_all_windows_are_equal_as_of_any_instant(log: Path, minutes: float) -> None:
    to_ms = T0 + round(minutes * MINUTE_MS)
    outcome = audited(log, to_ms)
    assert (outcome["differences"], outcome["now_ms"]) == ([], to_ms)
    assert outcome["equal"] > 500
    lines = log.read_text().splitlines()
    assert outcome["records"] == sum(json.loads(line)["time"] <= instant_text(to_ms) for line in lines)


def test_an_instant_before_all_events_leaves_none(log: Path) -> None:
    done = CliRunner().invoke(app, ["audit", str(log), "--to", instant_text(T0 - 1)])
    assert done.exit_code == 1
    assert "has no canonical event up to " in str(done.exception)
    assert " later, the first in line 1; " in str(done.exception)
