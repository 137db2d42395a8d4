"""An explanation as the JSON document `pantau.explanation/1`."""

from typing import Any

from stream.domain.instant import instant_text
from stream.domain.service_level import Share
from stream.domain.wilson import wilson
from stream.explain.comparison import RuleRow
from stream.explain.explanation import ExplainedVisit, Explanation
from stream.explain.wording import definition_words

SCHEMA = "pantau.explanation/1"


def explanation_document(found: Explanation, *, limit: int) -> dict[str, Any]:
    """The explanation with at most `limit` visits and contacts; see docs/explanation.schema.json."""
    definition, ledger = found.definition, found.ledger
    return {
        "schema": SCHEMA,
        "queue": found.queue,
        "channel": found.channel,
        "display_name": found.display_name,
        "window": found.window,
        "from": instant_text(found.span.low_ms),
        "now": instant_text(found.now_ms),
        "definition": {
            "code": definition.code,
            "words": definition_words(definition),
            "goal_ratio": definition.goal_ratio,
            "target_seconds": definition.target_ms / 1000,
            "short_abandon_seconds": definition.short_abandon_ms / 1000,
        },
        "service_level": _share(found.level),
        "counts": {"contacts": found.sums, "board": found.panes, "difference": found.difference},
        "verdicts": found.verdicts,
        "visits": [_visit(visit) for visit in found.visits[:limit]],
        "rules": [_row(row) for row in found.rows],
        "ledger": {
            "queued": ledger.queued,
            "answered": ledger.answered,
            "abandoned": ledger.abandoned,
            "short_abandoned": ledger.short_abandoned,
            "left": ledger.left,
            "waiting": ledger.waiting,
            "scheduled": ledger.scheduled,
            "stuck": ledger.stuck,
            "reconciliation_difference": ledger.reconciliation_difference,
        },
        "panes": [
            {
                "from": instant_text(pane.start_ms),
                "difference": pane.fields,
                "contacts": pane.contacts[:limit],
            }
            for pane in found.differing
        ],
        "suspects": [suspect._asdict() for suspect in found.suspects[:limit]],
        "unreadable": found.unreadable[:limit],
        "settled": found.settled,
        "sound": found.sound,
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = wilson(*share) or (None, None)
    return {
        "met": share.met,
        "counted": share.of,
        "ratio": share.ratio,
        "low_ratio": low,
        "high_ratio": high,
    }


def _row(row: RuleRow) -> dict[str, Any]:
    shown = {"name": row.name, "preset": row.preset, "definition": row.code, "in_force": row.in_force}
    return {**shown, **_share(row.share)}


def _visit(visit: ExplainedVisit) -> dict[str, Any]:
    return {
        "contact": visit.contact,
        "visit": visit.number,
        "queued": instant_text(visit.queued_ms),
        "counted": None if visit.at_ms is None else instant_text(visit.at_ms),
        "wait_seconds": None if visit.wait_ms is None else visit.wait_ms / 1000,
        "outcome": visit.outcome,
        "verdict": visit.verdict.value,
        "reason": visit.reason,
        "definition": visit.code or None,
        "corrected": visit.corrected,
    }
