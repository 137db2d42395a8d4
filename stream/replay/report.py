"""The report of a log: totals by queue, folded by the same code as live."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from stream.board.document import totals_document
from stream.domain.contact.contribution import Tag
from stream.domain.contact.entity import CONTACT
from stream.domain.contact.known import Contact
from stream.domain.definition import Definition, Definitions
from stream.domain.entity import NO_LIMIT
from stream.domain.fact import Event
from stream.domain.fold import Retention
from stream.domain.kpi import Counted, kpis, service_levels, total_kpis
from stream.domain.reading import Reading, read, together
from stream.domain.series import QueueSeries
from stream.domain.service_level import Counts, add_counts, add_shares, service_level
from stream.store.spill import Spill
from stream.worker.whole import WholeLog

#: In a log nothing is too late, and totals need no panes.
_TOTALS_ALONE = Retention(NO_LIMIT, NO_LIMIT, short_panes_ms=-NO_LIMIT, long_panes_ms=-NO_LIMIT)
_EXITS = {int(Tag.ANSWERED), int(Tag.ABANDONED), int(Tag.LEFT)}
_COUNTS = ("offered", "answered", "answered_in_target", "abandoned", "short_abandoned")


def report(events: Iterable[Event], definitions: Definitions) -> dict[str, Any]:
    """Totals by queue name, and of all queues under `all`; channels of one queue have separate rows."""
    of_contacts = (event for event in events if event.fact.kind in CONTACT.kinds)
    with Spill() as spill:
        log = WholeLog(definitions, spill, _TOTALS_ALONE)
        log.fold(of_contacts)
        waits = _longest(spill, definitions)
    totals = {
        QueueSeries.named(cell.series): read(tally)
        for cell, tally in log.cells.items()
        if cell.series[0] == "c"
    }
    names = _names(totals)
    rows = {names[series]: _row(series, totals[series], definitions, waits) for series in sorted(totals)}
    return {**rows, "all": _every(totals, definitions, waits)}


def _row(
    series: QueueSeries, total: Reading, definitions: Definitions, waits: dict[str, int]
) -> dict[str, Any]:
    values, out = total_kpis(total, _latest(definitions, series))
    return _document(totals_document(values), waits.get(series.name), service_levels(out))


def _every(
    totals: dict[QueueSeries, Reading], definitions: Definitions, waits: dict[str, int]
) -> dict[str, Any]:
    each = [(total, _latest(definitions, series)) for series, total in totals.items()]
    out = add_counts([Counts(), *(total_kpis(total, definition)[1] for total, definition in each)])
    level = add_shares(service_level(total_kpis(total, of)[1], of) for total, of in each)
    values = kpis(together(totals.values()), Counted(out, level), definitions.default)
    return _document(totals_document(values), max(waits.values(), default=None), service_levels(out))


def _latest(definitions: Definitions, series: QueueSeries) -> Definition:
    return definitions.timeline(series.queue, series.channel)[-1][1]


def _document(
    totals: dict[str, Any], longest_ms: int | None, levels: dict[str, float | None]
) -> dict[str, Any]:
    return {
        **{name: totals[name] for name in _COUNTS},
        "asa_seconds": totals["asa_seconds"],
        "aht_seconds": totals["aht_seconds"],
        "max_wait_seconds": None if longest_ms is None else longest_ms / 1000,
        "service_level": levels,
    }


def _longest(spill: Spill, definitions: Definitions) -> dict[str, int]:
    """The longest wait at exit by queue, in ms. A maximum cannot be subtracted, so panes cannot hold it."""
    longest: dict[str, int] = {}
    for _, facts in spill.all():
        for contribution in Contact(facts, definitions).contributions:
            if contribution.tag in _EXITS:
                longest[contribution.series] = max(longest.get(contribution.series, 0), contribution.x)
    return longest


def _names(totals: dict[QueueSeries, Reading]) -> dict[QueueSeries, str]:
    channels = Counter(series.queue for series in totals)
    return {
        series: series.queue
        if channels[series.queue] == 1 and series.queue != "all"
        else f"{series.queue} ({series.channel})"
        for series in totals
    }
