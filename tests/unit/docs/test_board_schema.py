"""What a board is published to be, against a board."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from stream.adapters.canonical import CanonicalDecoder
from stream.board.document import document
from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.dev.simulator import DEMO, simulate
from stream.domain.definition import definitions
from stream.domain.fold import PartitionFold
from stream.domain.instant import instant_ms
from stream.store.delta import Delta
from stream.store.partition import Partition

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "board.schema.json").read_text())
START_MS = instant_ms("2026-11-20T09:00:00Z")
OTHER_WINDOWS = {"1m", "15m", "30m", "60m", "today", "interval_15m", "interval_30m", "interval_30m_last"}
END_MS = START_MS + 10 * 60_000


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date-time"]))


def board(model: Model) -> dict[str, Any]:
    made = document(BoardBuilder(model, definitions()).board(END_MS), tenant="default")
    return dict(json.loads(json.dumps(made)))


@pytest.fixture(scope="module")
def simulated() -> dict[str, Any]:
    decode = CanonicalDecoder().decode
    raw = simulate(DEMO, seed=1, start_ms=START_MS, until_ms=END_MS)
    events = [event for record in raw for event in decode(record.value)]
    fold = PartitionFold(definitions())
    fold.fold(events, {})
    changes = fold.settle({})
    model = Model()
    delta = Delta(1, full=True, position=0, watermark_ms=fold.watermark_ms, written_ms=fold.watermark_ms)
    delta.cells.update(fold.cells())
    delta.live.update(changes.live)
    model.take(Partition("pantau.contacts", 0), delta, now_ms=END_MS)
    return board(model)


def test_a_busy_board_is_as_published(simulated: dict[str, Any], schema: Draft202012Validator) -> None:
    assert simulated["all"]["totals"]["answered"] > 100
    assert simulated["all"]["now"]["active"] > 0
    assert any(team["windows"]["5m"]["occupancy_ratio"] for team in simulated["agents"])
    schema.validate(simulated)


def test_an_empty_board_is_as_published(schema: Draft202012Validator) -> None:
    empty = board(Model())
    assert empty["state"] == "empty"
    assert empty["age_seconds"] is None
    schema.validate(empty)


def test_nothing_more_and_nothing_less_is_allowed(
    simulated: dict[str, Any], schema: Draft202012Validator
) -> None:
    small = {name: value[:1] if isinstance(value, list) else value for name, value in simulated.items()}
    count = 0
    for inside in objects(small):
        if inside is small["positions"]:
            continue  # its names are partitions
        inside["unexpected"] = 1
        assert not schema.is_valid(small)
        del inside["unexpected"]
        for name in list(inside)[:1]:
            value = inside.pop(name)
            assert not schema.is_valid(small), f"{name} may be missing"
            inside[name] = value
        count += 1
    assert count > 10
    schema.validate(small)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """One object of each shape: the first of every list stands for all, and one of all windows."""
    if isinstance(value, dict):
        yield value
        for name, inner in list(value.items()):
            if name not in OTHER_WINDOWS:
                yield from objects(inner)
    elif isinstance(value, list) and value:
        yield from objects(value[0])
