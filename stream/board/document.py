"""A board as the JSON document `pantau.board/1`."""

from dataclasses import fields
from typing import Any

from stream.board.snapshot import Board, QueueBoard, TeamBoard
from stream.board.stretch import Stretch
from stream.domain.agent import STATES
from stream.domain.instant import instant_text
from stream.domain.kpi import Kpis, service_levels

SCHEMA = "pantau.board/1"
_KPIS = tuple(field.name for field in fields(Kpis))


def document(board: Board, *, tenant: str) -> dict[str, Any]:
    """The whole board; see docs/board.schema.json."""
    age_ms = board.age_ms
    return {
        "schema": SCHEMA,
        "now": instant_text(board.now_ms),
        "now_ms": board.now_ms,
        "tenant": tenant,
        "state": board.freshness.value,
        "age_seconds": None if age_ms is None else age_ms / 1000,
        "watermark_ms": board.watermark_ms or None,
        "queues": [_queue(queue) for queue in board.queues],
        "all": _queue(board.all),
        "agents": [_team(team) for team in board.teams],
    }


def _queue(board: QueueBoard) -> dict[str, Any]:
    definition = board.definition
    totals = totals_document(board.totals)
    totals["service_level"] = service_levels(board.out)
    return {
        "queue": board.queue,
        "channel": board.channel,
        "definition": definition.code,
        "goal_ratio": definition.goal_ratio,
        "target_seconds": definition.target_ms / 1000,
        "short_abandon_seconds": definition.short_abandon_ms / 1000,
        "now": {
            "waiting": board.now.waiting,
            "waiting_over_target": board.now.waiting_over_target,
            "longest_wait_seconds": board.now.longest_wait_seconds,
            "active": board.now.active,
            "agents": _agents(board.now.agents),
            "open": board.now.open,
        },
        "windows": {name: _window(kpis, board.stretches[name]) for name, kpis in board.windows.items()},
        "totals": totals,
    }


def _window(kpis: Kpis, stretch: Stretch) -> dict[str, Any]:
    return {
        "from_ms": stretch.from_ms,
        "to_ms": stretch.to_ms,
        "completeness_ratio": stretch.completeness_ratio,
        **{name: getattr(kpis, name) for name in _KPIS},
    }


def totals_document(kpis: Kpis) -> dict[str, Any]:
    """Counts and means since the beginning; percentiles are kept for windows only."""
    return {
        "offered": kpis.offered,
        "answered": kpis.answered,
        "answered_in_target": kpis.answered_in_target,
        "abandoned": kpis.abandoned,
        "short_abandoned": kpis.short_abandoned,
        "left": kpis.left,
        "handled": kpis.handled,
        "asa_seconds": kpis.asa_seconds,
        "aht_seconds": kpis.aht_seconds,
    }


def _team(board: TeamBoard) -> dict[str, Any]:
    return {"team": board.team, "agents": _agents(board.agents), "occupancy_ratio": board.occupancy}


def _agents(counts: dict[str, int]) -> dict[str, int]:
    return {state: counts.get(state, 0) for state in STATES}
