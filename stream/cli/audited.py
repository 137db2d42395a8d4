"""The output of `pantau audit`."""

from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.audit.comparison import AT_MOST, Difference
from stream.audit.recomputation import FigureKey
from stream.audit.round import MOST_EXPLAINED, Outcome

#: The width of a table that is not printed to a terminal.
_WIDTH = 140
_MOST_NAMED = 2


def summary(outcome: Outcome) -> str:
    """One line: how many figures are equal, and how many are within their bounds."""
    found = outcome.comparison
    within = f", {found.within:,} within their bounds" if found.within else ""
    where = f"{len(found.queues)} queues and {len(found.windows)} windows"
    return f"{found.equal:,} figures of {where} equal{within}, from {outcome.records:,} records"


def notes(outcome: Outcome) -> Iterator[str]:
    """Lines about records refused or left out, and figures only bounded or not compared."""
    if outcome.settings:
        yield outcome.settings
    if outcome.refused:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(outcome.refused.items()))
        yield f"refused by workers and audit: {reasons}"
    out = outcome.left_out
    if out:
        kinds = ", ".join(
            f"{line.records:,} {line.kind}{' by dead letters' if line.from_dead_letters else ''}"
            for line in out
        )
        yield f"{sum(line.records for line in out):,} records left out because of [limits]: {kinds}"
    if outcome.unreadable:
        yield f"unreadable stored values, which are missing: {outcome.unreadable:,}; run `pantau rebuild`"
    if outcome.comparison.within:
        bounded = ", ".join(f"{name} ({reason})" for name, reason in AT_MOST.items())
        yield f"only an upper bound is known: {bounded}"
    names: dict[str, list[str]] = {}
    for name, reason in sorted(outcome.comparison.not_audited.items()):
        names.setdefault(reason, []).append(name)
    text = "; ".join(f"{', '.join(fields)} ({reason})" for reason, fields in names.items())
    yield f"not audited: {text or 'nothing'}"


def show(outcome: Outcome) -> None:
    """Print an outcome for people; faults come last, next to the prompt."""
    console = Console(highlight=False, soft_wrap=True)
    if outcome.differences:
        _table(outcome)
    for line in notes(outcome):
        console.print(escape(line))
    if outcome.differences:
        for name, queues, why in outcome.suspects:
            console.print(escape(f"contact {name} ({queues or 'no queue'}): {why}"))
        console.print(f"[red]{len(outcome.differences):,} figures differ[/]; {escape(summary(outcome))}")
    else:
        console.print(escape(summary(outcome)))


def _table(outcome: Outcome) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("figure", "log says", "board says", "difference"):
        table.add_column(heading, justify="left" if heading == "figure" else "right", overflow="fold")
    table.add_column("contacts", overflow="fold")
    figures = outcome.figures
    for first, *others in figures[:MOST_EXPLAINED]:
        elsewhere = f" and {len(others)} more" if others else ""
        table.add_row(
            escape(label(first.place) + elsewhere),
            _value(first.log, first.known, at_most=first.place.name in AT_MOST),
            _value(first.board, first.shown),
            _gap(first),
            escape(_names(*outcome.behind[first.place])),
        )
    console.print(table)
    if len(figures) > MOST_EXPLAINED:
        console.print(
            f"and {len(figures) - MOST_EXPLAINED:,} more figures; --queue selects a queue, --json prints all"
        )


def label(place: FigureKey) -> str:
    """The name of a figure for people."""
    where = f"{place.queue} ({place.channel})" if place.channel else place.queue
    return " ".join(part for part in (where or place.scope, place.window, place.name) if part)


def as_document(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    found = outcome.comparison
    return {
        "now_ms": outcome.now_ms,
        "records": outcome.records,
        "seconds": round(outcome.seconds, 3),
        "equal": found.equal,
        "within": found.within,
        "queues": len(found.queues),
        "windows": len(found.windows),
        "differences": [
            {
                **difference.place._asdict(),
                "log": difference.log,
                "board": difference.board,
                **_behind(outcome, difference),
            }
            for difference in outcome.differences
        ],
        "suspects": [
            {"contact": name, "queues": queues, "why": why} for name, queues, why in outcome.suspects
        ],
        "refused": dict(sorted(outcome.refused.items())),
        "left_out": [line._asdict() for line in outcome.left_out],
        "unreadable": outcome.unreadable,
        "not_audited": dict(sorted(found.not_audited.items())),
        "settings": outcome.settings,
    }


def _behind(outcome: Outcome, difference: Difference) -> dict[str, Any]:
    names, count = outcome.behind.get(difference.place, ([], 0))
    return {"contacts": names, "contacts_counted": count}


def _names(names: list[str], count: int) -> str:
    names, more = names[:_MOST_NAMED], count - min(_MOST_NAMED, len(names))
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")


def _value(value: float | None, is_there: bool, *, at_most: bool = False) -> str:  # noqa: FBT001 - of a cell
    if not is_there:
        return "nothing"
    if value is None:
        return "–"
    return f"{'at most ' if at_most else ''}{value:,.{0 if value % 1 == 0 else 4}f}"


def _gap(difference: Difference) -> str:
    if difference.log is None or difference.board is None:
        return ""
    return f"{difference.board - difference.log:+,.6g}"
