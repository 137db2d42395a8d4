"""An explanation for people: tables in a terminal."""

from datetime import tzinfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.domain.contact.outcome import Verdict
from stream.domain.service_level import Share
from stream.domain.wilson import wilson
from stream.explain.comparison import RuleRow
from stream.explain.explanation import ExplainedVisit, Explanation
from stream.explain.wording import clock_text, definition_words

_WIDTH = 120  # so that reasons and codes stay on one line, in a pipe or a narrow terminal
_STYLES = {Verdict.MISS: "red", Verdict.MET: "green", Verdict.OPEN: "yellow", Verdict.OUT: "dim"}
_NONE = "–"


def show(found: Explanation, zone: tzinfo, limit: int) -> None:
    """Print an explanation, with at most `limit` visits, times in `zone`."""
    console = Console(width=max(Console().width, _WIDTH), highlight=False)
    begun, ended = clock_text(found.span.low_ms, zone), clock_text(found.now_ms, zone)
    called = f"{escape(found.display_name)}, " if found.display_name else ""
    console.print(
        f"{called}[bold]{escape(found.queue)}[/] ({escape(found.channel)}), {found.window}: "
        f"from {begun} to {ended}, {zone}"
    )
    console.print(f"[bold]{found.definition.code}[/]  {definition_words(found.definition)}")
    console.print(f"[bold]Service level {_level(found.level)}[/]")
    console.print(_counts(found))
    console.print(_visits(found.visits[:limit], zone))
    if len(found.visits) > limit:
        console.print(f"… and {len(found.visits) - limit:,} more; --limit lists more")
    console.print(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in found.verdicts.items()))
    console.print(_rules(found.rows))
    console.print(_ledger(found))
    _reconciliation(console, found, zone, limit)


def _level(share: Share) -> str:
    if share.ratio is None:
        return f"{_NONE}: no visit counts"
    return f"{share.ratio:.2%} ({_bounds(share)} at 95 %): {share.met:,} of {share.of:,} met the target"


def _bounds(share: Share) -> str:
    bounds = wilson(*share)
    return _NONE if bounds is None else f"{bounds[0]:.1%} to {bounds[1]:.1%}"


def _table(title: str, *headings: str, right: int = 0) -> Table:
    """A table whose last `right` columns hold numbers."""
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, collapse_padding=True)
    for n, heading in enumerate(headings):
        table.add_column(heading, justify="right" if n >= len(headings) - right else "left", overflow="fold")
    return table


def _counts(found: Explanation) -> Table:
    table = _table("Counts", "visits", "from contacts", "on the board", "difference", right=3)
    for name, off in found.difference.items():
        style = "bold red" if off else None
        cells = (f"{found.sums[name]:,}", f"{found.panes[name]:,}", f"{off:+,}" if off else "0")
        table.add_row(name.replace("_", " "), *cells, style=style)
    return table


def _visits(visits: list[ExplainedVisit], zone: tzinfo) -> Table:
    table = _table("Visits", "contact", "queued", "counted", "verdict", "why")
    for visit in visits:
        counted = _NONE if visit.at_ms is None else clock_text(visit.at_ms, zone)
        table.add_row(
            escape(visit.contact if visit.number <= 1 else f"{visit.contact}, visit {visit.number}"),
            clock_text(visit.queued_ms, zone),
            counted,
            visit.verdict.value.replace("_", " "),
            escape(visit.reason),
            style=_STYLES[visit.verdict],
        )
    return table


def _rules(rows: list[RuleRow]) -> Table:
    headings = ("rule", "code", "met", "of", "ratio", "95 % interval")
    table = _table("The same visits by other rules and presets (*: in force)", *headings, right=4)
    for row in rows:
        met, of, ratio = row.share.met, row.share.of, row.share.ratio
        name = f"{'* ' if row.in_force else ''}{'preset ' if row.preset else ''}{row.name}"
        cells = (f"{met:,}", f"{of:,}", _NONE if ratio is None else f"{ratio:.2%}", _bounds(row.share))
        table.add_row(name, row.code, *cells, style="bold" if row.in_force else None)
    return table


def _ledger(found: Explanation) -> str:
    ledger = found.ledger
    left = "".join(f" + {n:,} left ({escape(reason)})" for reason, n in ledger.left.items())
    style = "bold red" if ledger.reconciliation_difference else "bold green"
    return (
        f"[bold]Ledger[/], since the beginning: {ledger.queued:,} queued = {ledger.answered:,} answered + "
        f"{ledger.abandoned:,} abandoned + {ledger.short_abandoned:,} short abandons{left} + "
        f"{ledger.waiting:,} waiting + {ledger.scheduled:,} scheduled + {ledger.stuck:,} stuck, "
        f"[{style}]difference {ledger.reconciliation_difference:,}[/]"
    )


def _reconciliation(console: Console, found: Explanation, zone: tzinfo, limit: int) -> None:
    """Print whether the number reconciles, and possible causes if it does not."""
    if found.sound:
        console.print("[green]The board and the contacts agree, and the ledger adds up.[/]")
    else:
        console.print("[bold red]The number does not reconcile.[/]")
    if not found.settled:
        console.print("[yellow]The queue kept changing during the read: run the command again.[/]")
    for pane in found.differing:
        held = ", ".join(f"{escape(name)} {n:+,}" for name, n in pane.fields.items())
        who = ", ".join(map(escape, pane.contacts[:limit])) or "no contact with stored facts"
        start = clock_text(pane.start_ms, zone)
        console.print(f"[red]The pane of {start} differs from its contacts by {held}: {who}[/]")
    for suspect in found.suspects[:limit]:
        console.print(f"[red]Contact {escape(suspect.contact)} {suspect.why}[/]")
    if found.unreadable:
        names = ", ".join(f"{name!a}" for name in found.unreadable[:limit])
        console.print(
            f"[red]Unreadable contacts of all queues, left out: {len(found.unreadable):,}: "
            f"{escape(names)}; run `pantau rebuild`[/]"
        )
    if found.ledger.reconciliation_difference and not found.suspects:
        console.print("[red]No contact with stored facts explains the difference.[/]")
