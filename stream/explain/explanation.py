"""Explains the numbers of one queue in one window, visit by visit. Pure: all inputs are arguments."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import NamedTuple

from stream.board.model import Model
from stream.board.rows import QueueBoard
from stream.domain.contact.now import ContactsNow
from stream.domain.contact.outcome import Standing, Verdict, counts_of, outcome, read_by, standing, verdict
from stream.domain.contact.posting import Poster
from stream.domain.contact.visit import Visit
from stream.domain.definition import Attribution, Definition, Definitions
from stream.domain.kpi import Kpis
from stream.domain.series import contact_series
from stream.domain.service_level import Share, service_level
from stream.explain.comparison import RuleRow, comparison
from stream.explain.history import ContactHistory, PaneRange
from stream.explain.reconciliation import (
    Ledger,
    PaneDifference,
    Suspect,
    ledger_of,
    pane_differences,
    suspects,
)
from stream.explain.wording import reason_words


class ExplainedVisit(NamedTuple):
    """One visit: its verdict and the reason. It counts at `at_ms`; None while undecided."""

    contact: str
    number: int
    queued_ms: int
    at_ms: int | None
    wait_ms: int | None
    outcome: str
    verdict: Verdict
    reason: str
    code: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """A queue in a window. `sums` come from the contacts, `panes` from the board.

    `settled`: both are from one instant, because the queue did not change during the read. `unreadable` lists
    contacts of any queue whose stored facts could not be read; they are left out.
    """

    queue: str
    channel: str
    window: str
    span: PaneRange
    now_ms: int
    definition: Definition
    level: Share
    sums: dict[str, int]
    panes: dict[str, int]
    visits: list[ExplainedVisit]
    rows: list[RuleRow]
    ledger: Ledger
    differing: list[PaneDifference]
    suspects: list[Suspect]
    settled: bool = True
    unreadable: list[str] = field(default_factory=list)
    display_name: str = ""

    @property
    def verdicts(self) -> dict[str, int]:
        """The number of visits by verdict."""
        return {verdict.value: sum(visit.verdict is verdict for visit in self.visits) for verdict in Verdict}

    @property
    def difference(self) -> dict[str, int]:
        """The counts of the panes minus those of the contacts; all 0 unless something is wrong."""
        return {name: self.panes[name] - count for name, count in self.sums.items()}

    @property
    def sound(self) -> bool:
        """Whether panes and contacts agree and the ledger adds up."""
        return not (any(self.difference.values()) or self.differing or self.ledger.reconciliation_difference)


class Asked(NamedTuple):
    """The question: a window of the row of a queue, with times in a zone."""

    row: QueueBoard
    window: str
    now_ms: int
    zone: tzinfo


def explain(
    histories: Sequence[ContactHistory], model: Model, asked: Asked, definitions: Definitions
) -> Explanation:
    """Explain a row built from `model`; `histories` has at least the contacts that concern it."""
    row, now_ms, definition = asked.row, asked.now_ms, asked.row.definition
    name = contact_series(row.queue, row.channel or "")
    series = model.of(name)
    interval = row.intervals[asked.window]
    panes = series.short if interval.short_panes else series.long
    moved = model.window(series, asked.window, interval)
    span = PaneRange(moved.low_ms, moved.high_ms)
    waiting = model.now(ContactsNow).waiting.get(name, {})
    own = [v for history in histories for v in _own(history.visits, row)]
    explained = sorted(
        (t for history in histories for t in _explained(history, asked, span, definitions)), key=_order
    )
    level = service_level(
        counts_of(_standing(v, definition, definitions, now_ms, span).name for v in own), definition
    )
    return Explanation(
        queue=row.queue,
        channel=row.channel or "",
        display_name=row.display_name,
        window=asked.window,
        span=span,
        now_ms=now_ms,
        definition=definition,
        level=level,
        sums=_sums(own, definition, definitions, span, level),
        panes=_shown(row.windows[asked.window]),
        visits=explained,
        rows=comparison(own, definition, definitions, span, now_ms),
        ledger=ledger_of(row, len(waiting)),
        differing=pane_differences(histories, name, span, panes, Poster(definitions.wait_edges_ms)),
        suspects=suspects(histories, name, waiting),
    )


def _own(found: Sequence[Visit], row: QueueBoard) -> list[Visit]:
    return [v for v in found if v.queued_ms >= 0 and (v.queue, v.channel) == (row.queue, row.channel)]


def _standing(
    visit: Visit, definition: Definition, definitions: Definitions, now_ms: int, span: PaneRange
) -> Standing:
    """The standing of a visit in a window; without a name if it counts elsewhere."""
    found = standing(visit, read_by(visit, definition, definitions), now_ms)
    return found if span.has(found.at_ms) else Standing(found.at_ms, "")


def _sums(
    own: list[Visit], definition: Definition, definitions: Definitions, span: PaneRange, level: Share
) -> dict[str, int]:
    out = [v for v in own if v.exit_kind >= 0 and span.has(v.exit_ms)]
    exits = Counter(outcome(v) for v in out)
    exited = replace(definition, attribution=Attribution.EXITED)
    stand = Counter(standing(v, read_by(v, exited, definitions), v.exit_ms).name for v in out)
    return {
        "offered": sum(span.has(v.queued_ms) for v in own),
        "answered": exits["answered"],
        "answered_in_target": stand["answered_in"],
        "abandoned": exits["abandoned"],
        "short_abandoned": stand["short_abandoned"],
        "left": len(out) - exits["answered"] - exits["abandoned"],
        "met": level.met,
        "counted": level.of,
    }


def _shown(kpis: Kpis) -> dict[str, int]:
    """The same counts from the panes."""
    return {
        "offered": kpis.offered,
        "answered": kpis.answered,
        "answered_in_target": kpis.answered_in_target,
        "abandoned": kpis.abandoned,
        "short_abandoned": kpis.short_abandoned,
        "left": kpis.left,
        "met": round((kpis.service_level_ratio or 0) * kpis.service_level_counted),
        "counted": kpis.service_level_counted,
    }


def _explained(
    history: ContactHistory, asked: Asked, span: PaneRange, definitions: Definitions
) -> list[ExplainedVisit]:
    row = asked.row
    explained = [
        _tell(history, visit, asked, read_by(visit, row.definition, definitions))
        for visit in _own(history.visits, row)
        if _concerned(visit, read_by(visit, row.definition, definitions), asked.now_ms, span)
    ]
    return explained + [
        _gone(history.name, visit)
        for visit in _own(history.withdrawn(), row)
        if span.has(visit.queued_ms) or span.has(visit.exit_ms)
    ]


def _concerned(visit: Visit, definition: Definition, now_ms: int, span: PaneRange) -> bool:
    """Whether a visit counts in the window, or is open in it."""
    stands = standing(visit, definition, now_ms)
    if visit.exit_kind >= 0 or stands.name:
        return span.has(stands.at_ms)
    return span.has(now_ms) and (definition.booked is not Attribution.OFFERED or span.has(visit.queued_ms))


def _tell(history: ContactHistory, visit: Visit, asked: Asked, definition: Definition) -> ExplainedVisit:
    stands = standing(visit, definition, asked.now_ms)
    found = verdict(visit, stands.name, definition)
    reason = reason_words(visit, found, stands.name, definition, now_ms=asked.now_ms, zone=asked.zone)
    corrected = history.corrected(visit)
    return ExplainedVisit(
        contact=history.name,
        number=visit.number,
        queued_ms=visit.queued_ms,
        at_ms=None if found is Verdict.OPEN else stands.at_ms,
        wait_ms=visit.wait_ms if visit.exit_kind >= 0 else max(0, asked.now_ms - visit.begun_ms),
        outcome=outcome(visit),
        verdict=found,
        reason=f"{reason} (corrected)" if corrected else reason,
        code=definition.code,
        corrected=corrected,
    )


def _gone(contact: str, visit: Visit) -> ExplainedVisit:
    reason = "retracted, or corrected to another queue: left out"
    return ExplainedVisit(
        contact,
        visit.number,
        visit.queued_ms,
        None,
        None,
        "retracted",
        Verdict.OUT,
        reason,
        "",
        corrected=True,
    )


def _order(visit: ExplainedVisit) -> tuple[int, int, str, int]:
    """Sort key: misses first, then the newest."""
    return _FIRST.index(visit.verdict), -(visit.at_ms or visit.queued_ms), visit.contact, visit.number


_FIRST = (Verdict.MISS, Verdict.OPEN, Verdict.OUT, Verdict.MET)
