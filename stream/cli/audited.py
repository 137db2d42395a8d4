"""How `pantau audit` tells what it found."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.audit.comparison import Difference
from stream.audit.recomputation import Place
from stream.audit.round import MOST_EXPLAINED, Outcome

_WIDTH = 110


def summary(outcome: Outcome) -> str:
    """One line: how many figures are equal."""
    found = outcome.comparison
    return (
        f"{found.equal:,} figures of {len(found.queues)} queues and {len(found.windows)} windows equal, "
        f"from {outcome.records:,} records"
    )


def untold(outcome: Outcome) -> str:
    """One line: what was not compared, and why."""
    names: dict[str, list[str]] = {}
    for name, reason in sorted(outcome.comparison.not_audited.items()):
        names.setdefault(reason, []).append(name)
    told = "; ".join(f"{', '.join(fields)} ({reason})" for reason, fields in names.items())
    return f"not audited: {told or 'nothing'}"


def show(outcome: Outcome) -> None:
    """Print an outcome for people."""
    console = Console(highlight=False, soft_wrap=True)
    if not outcome.differences:
        console.print(escape(summary(outcome)))
    else:
        _differences(outcome)
    console.print(escape(untold(outcome)))


def _differences(outcome: Outcome) -> None:
    console = Console(width=max(Console().width, _WIDTH), highlight=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("figure", "log says", "board says", "difference"):
        table.add_column(heading, justify="left" if heading == "figure" else "right", overflow="fold")
    table.add_column("contacts", overflow="fold")
    for difference in outcome.differences[:MOST_EXPLAINED]:
        table.add_row(
            escape(label(difference.place)),
            _value(difference.log, difference.known),
            _value(difference.board, difference.shown),
            _gap(difference),
            escape(_names(*outcome.behind[difference.place])),
        )
    console.print(table)
    more = len(outcome.differences) - MOST_EXPLAINED
    told = [f"and {more:,} more"] if more > 0 else []
    told += [f"contact {name} (of {queues or 'no queue'}): {why}" for name, queues, why in outcome.suspects]
    told.append(f"[red]{len(outcome.differences):,} figures differ[/]; {escape(summary(outcome))}")
    for line in told[:-1]:
        console.print(escape(line))
    console.print(told[-1])


def label(place: Place) -> str:
    """A figure by its place, as a person would look for it."""
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
        "not_audited": dict(sorted(found.not_audited.items())),
    }


def _behind(outcome: Outcome, difference: Difference) -> dict[str, Any]:
    names, count = outcome.behind.get(difference.place, ([], 0))
    return {"contacts": names, "contacts_counted": count}


def _names(names: list[str], count: int) -> str:
    more = count - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")


def _value(value: float | None, is_there: bool) -> str:  # noqa: FBT001 - the two halves of a cell
    if not is_there:
        return "nothing"
    return "–" if value is None else f"{value:,.12g}"


def _gap(difference: Difference) -> str:
    if difference.log is None or difference.board is None:
        return ""
    return f"{difference.board - difference.log:+,.6g}"
