"""A board as the JSON document `pantau.board/1`."""

from dataclasses import asdict
from typing import Any

from stream.board.snapshot import Board, QueueBoard
from stream.board.staff import StaffBoard
from stream.domain.agent import SHOWN_STATES
from stream.domain.instant import instant_text
from stream.domain.kpi import Kpis, service_levels
from stream.domain.staffing import Staffing

SCHEMA = "pantau.board/1"


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
        "agents": [
            {"team": team.team, "display_name": team.display_name, "site": team.site, **_staff(team)}
            for team in board.staff.teams
        ],
        "sites": [{"site": site.site, **_staff(site)} for site in board.staff.sites],
        "staff": _staff(board.staff.all),
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
            "longest_talk_seconds": board.now.longest_talk_seconds,
            "mean_talk_seconds": board.now.mean_talk_seconds,
            "agents": _agents(board.now.agents),
            "busy_ratio": board.now.busy_ratio,
        },
        "windows": {name: asdict(kpis) for name, kpis in board.windows.items()},
        "totals": totals,
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


def _staff(board: StaffBoard) -> dict[str, Any]:
    windows = {name: _staffing(found) for name, found in board.windows.items()}
    return {"agents": _agents(board.agents), "windows": windows}


def _staffing(found: Staffing) -> dict[str, Any]:
    """Reasons come from sources, so they are values and no names of fields."""
    shown = asdict(found)
    reasons = shown.pop("not_ready_seconds")
    shown["not_ready"] = [{"reason": reason, "seconds": seconds} for reason, seconds in reasons.items()]
    return shown


def _agents(counts: dict[str, int]) -> dict[str, int]:
    return {state: counts.get(state, 0) for state in SHOWN_STATES}
