"""The board as the JSON document `pantau.board/1`."""

from dataclasses import asdict
from typing import Any

from stream.board.last_hour import LastHour
from stream.board.path import Path
from stream.board.rows import TOTALS, Board, QueueBoard
from stream.board.staff import StaffBoard
from stream.domain.agent.state import SHOWN_STATES
from stream.domain.instant import instant_text
from stream.domain.kpi import Kpis, service_levels
from stream.domain.measures.measure import Place
from stream.domain.staffing import Staffing
from stream.domain.status import level_status
from stream.store.partition import partition_text

SCHEMA = "pantau.board/1"


def document(board: Board, *, tenant: str) -> dict[str, Any]:
    """The whole board; see docs/board.schema.json."""
    age_ms = board.age_ms
    return {
        "schema": SCHEMA,
        "now": instant_text(board.now_ms),
        "now_ms": board.now_ms,
        "time_zone": board.time_zone,
        "tenant": tenant,
        "state": board.freshness.value,
        "age_seconds": None if age_ms is None else age_ms / 1000,
        "watermark_ms": board.watermark_ms or None,
        "rebuilding": None if board.rebuilding is None else asdict(board.rebuilding),
        "unreadable": board.unreadable,
        "positions": {partition_text(partition): at for partition, at in sorted(board.positions.items())},
        "heartbeat": _heartbeat(board),
        "last_hour": _last_hour(board.last_hour),
        "settings": None if board.agreement is None else asdict(board.agreement),
        "away": _away(board.path, board.now_ms),
        "behind_records": board.path.behind,
        "held_up": [
            {"what": held.hold.value, "partitions": held.partitions, "seconds": held.seconds}
            for held in board.holding
        ],
        "queues": [queue_document(queue) for queue in board.queues],
        "all": {**queue_document(board.all), "contacts": _contacts(board.all.contacts)},
        "agents": [
            {"team": team.team, "display_name": team.display_name, "site": team.site, **_staff(team)}
            for team in board.staff.teams
        ],
        "sites": [{"site": site.site, **_staff(site)} for site in board.staff.sites],
        "staff": _staff(board.staff.all),
    }


def _heartbeat(board: Board) -> dict[str, Any] | None:
    """The age of the worst partition's latest heartbeat, and the partitions without; None without any."""
    worst_ms = board.heartbeat.worst_ms
    if worst_ms is None:
        return None
    missing = [partition_text(partition) for partition in board.heartbeat.missing]
    return {"age_seconds": max(0, board.now_ms - worst_ms) / 1000, "missing": missing}


def _last_hour(found: LastHour) -> dict[str, Any]:
    """The odd records of the last hour; `latest` is in the form that `pantau dead-letters show` accepts."""
    return {
        "refused": found.refused,
        "misplaced": found.misplaced,
        "unknown": found.unknown,
        "sorts": [
            {
                "topic": sort.topic,
                "kind": sort.kind,
                "name": sort.name,
                "records": sort.records,
                "latest": f"{partition_text(sort.latest[0])}:{sort.latest[1]}",
            }
            for sort in found.sorts
        ],
    }


def _away(path: Path, now_ms: int) -> list[dict[str, Any]]:
    """The links that are away between the sources and the board, and for how long."""
    return [
        {
            "what": away.link.value,
            "seconds": None if away.since_ms is None else max(0, now_ms - away.since_ms) / 1000,
            "since_ms": away.since_ms,
            "partitions": away.partitions,
            "sources": list(away.sources),
        }
        for away in path.away
    ]


def queue_document(board: QueueBoard) -> dict[str, Any]:
    """The document of one queue."""
    definition = board.definition
    totals = totals_document(board.totals)
    totals["service_level"] = service_levels(board.out)
    totals |= _by_target(board, TOTALS)
    return {
        "queue": board.queue,
        "channel": board.channel,
        "display_name": board.display_name,
        "definition": definition.code,
        "goal_ratio": definition.goal_ratio,
        "status": {
            "name": board.status.status.value,
            "severity": board.status.status.severity,
            "reason": board.status.reason,
        },
        "target_seconds": definition.target_ms / 1000,
        "short_abandon_seconds": definition.short_abandon_ms / 1000,
        "now": {**board.now.shown(Place.NOW), "agents": _agents(board.now.agents)},
        "windows": {name: _window(board, name, kpis) for name, kpis in board.windows.items()},
        "totals": totals,
    }


def _window(board: QueueBoard, name: str, kpis: Kpis) -> dict[str, Any]:
    """The document of one window."""
    interval = board.intervals[name]
    return {
        "from_ms": interval.from_ms,
        "to_ms": interval.to_ms,
        "completeness_ratio": interval.completeness_ratio,
        **kpis.by_name(),
        "service_level_status": level_status(kpis, board.definition.goal_ratio, board.tolerance).value,
        **_by_target(board, name),
    }


def _by_target(board: QueueBoard, window: str) -> dict[str, Any]:
    """The service level by each target in seconds, for a queue with several targets."""
    found = board.by_target.get(window, {})
    if not found:
        return {}
    by_target = {f"{target_ms / 1000:g}": share.ratio for target_ms, share in found.items()}
    return {"service_level_by_target": by_target}


def _contacts(contacts: dict[str, Kpis]) -> dict[str, Any]:
    """KPIs that count each contact once, by its first visit."""
    return {name: kpis.shown(Place.CONTACTS) for name, kpis in contacts.items()}


def totals_document(kpis: Kpis) -> dict[str, Any]:
    """Counts and means since the beginning; only windows have percentiles."""
    return kpis.shown(Place.TOTALS)


def _staff(board: StaffBoard) -> dict[str, Any]:
    windows = {name: _staffing(found) for name, found in board.windows.items()}
    return {"agents": _agents(board.agents), "windows": windows}


def _staffing(found: Staffing) -> dict[str, Any]:
    """The document of agents in a window. Reasons come from sources, so they are values, not field names."""
    reasons = [{"reason": reason, "seconds": seconds} for reason, seconds in found.not_ready.items()]
    return {**found.by_name(), "not_ready": reasons}


def _agents(counts: dict[str, int]) -> dict[str, int]:
    return {state: counts.get(state, 0) for state in SHOWN_STATES}
