"""`pantau audit`."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from stream.audit.board import FILE
from stream.audit.recomputation import Audit
from stream.audit.records import write
from stream.audit.round import Auditor, FigureFilter, Outcome, audit_file
from stream.audit.spool import Spool
from stream.cli.audited import as_document, show
from stream.cli.instants import Instant
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.connectors.catalogue import Adapter, decoder
from stream.domain.fact import Event
from stream.errors import BrokerRefused, PantauError
from stream.metrics.own import AuditMetrics
from stream.replay.source import Source
from stream.settings import Settings, load_settings
from stream.store.opening import is_refusal, opened
from stream.web.auth import Auth
from stream.web.binding import bound
from stream.web.listening import listen_beside
from stream.web.plain import application

_CANONICAL = "canonical"
_NOTHING = (
    "nothing to audit: the board has no records; check the topics with `pantau check`, start a worker, and "
    "send events"
)

_File = Annotated[Path | None, typer.Argument(help="A log file, as for replay, instead of Kafka and Redis.")]
_Format = Annotated[Adapter, typer.Option(help="The format of the file.")]
_From = Annotated[
    Instant | None,
    typer.Option(
        "--from", parser=Instant.of, help="Compare only windows that begin at this time or later, RFC 3339."
    ),
]
_To = Annotated[
    Instant | None,
    typer.Option(
        parser=Instant.of,
        help="Compare only windows that end by this time, RFC 3339; a file is read up to it.",
    ),
]
_Queue = Annotated[str | None, typer.Option(help="Compare only this queue.")]
_Exporter = Annotated[
    str | None, typer.Option(help="Audit the board of this exporter instead of the one in Redis.")
]
_Watch = Annotated[bool, typer.Option("--watch", help="Repeat the audit until Ctrl-C.")]
_Every = Annotated[float, typer.Option(min=1, max=86_400, help="Seconds between audits with --watch.")]
_Host = Annotated[str, typer.Option(help="Address of the metrics of --watch.")]
_Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port of the metrics of --watch.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per audit.")]


def audit(
    file: _File = None,
    adapter: _Format = Adapter(_CANONICAL),
    from_: _From = None,
    to: _To = None,
    queue: _Queue = None,
    exporter: _Exporter = None,
    watch: _Watch = False,
    every: _Every = 60,
    host: _Host = "127.0.0.1",
    port: _Port = 9466,
    as_json: _Json = False,
) -> None:
    """Recompute every figure of the board from the raw log in SQL, and compare.

    The audit reads the log from Kafka up to the positions of the board. With a file, it audits the fold of
    that file. It exits 1 if a figure differs and names the contacts behind it. Records refused by limits are
    left out and counted. Figures that are not recomputed are listed. The SQL shares only the grammar and the
    order of records with the fold: docs/adr/0018. It also exits 1 if there is nothing to audit: no record, or
    a file without an event.
    """
    if file is not None and (exporter is not None or watch):
        raise typer.BadParameter(
            "a file has no exporter and does not change; leave out --exporter and --watch"
        )
    wanted = FigureFilter(queue, from_, to)
    settings = load_settings()
    with (
        tempfile.TemporaryDirectory(prefix="pantau-audit-") as folder,
        Audit(Path(folder) / "database") as found,
    ):
        if file is not None:
            outcome = asyncio.run(
                _of_file(found, settings, _source(file, adapter, to, settings.own_names()), wanted)
            )
            _print(outcome, as_json=as_json)
        elif watch:
            metrics = _served(settings, host, port)
            asyncio.run(_watch(found, settings, exporter, wanted, every, metrics, as_json=as_json))
            return
        else:
            outcome = asyncio.run(_once(found, settings, exporter, wanted))
            if not outcome.records:
                raise PantauError(_NOTHING)
            _print(outcome, as_json=as_json)
    if outcome.differences:
        raise typer.Exit(1)


def _source(file: Path, adapter: Adapter, to: Instant | None, own_names: frozenset[str]) -> Source:
    of_file = decoder(adapter.value, own_names=own_names)
    return Source(file, of_file) if to is None else Source(file, of_file, until_ms=to)


def _served(settings: Settings, host: str, port: int) -> AuditMetrics:
    metrics, auth = AuditMetrics(), Auth.of(settings, host)
    sockets = bound("the audit", host, port, ("--host", "--port"))
    auth.warn("the audit", host)
    listen_beside(application(metrics.registry, auth), sockets, settings.exporter_tls())
    return metrics


def _print(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(as_document(outcome), ensure_ascii=False))
    else:
        show(outcome)


async def _of_file(audit: Audit, settings: Settings, source: Source, wanted: FigureFilter) -> Outcome:
    with progress() as display:
        _show_steps(audit, display)
        with audit.spool() as spool:
            task = display.add_task("reading", total=source.size_bytes, rate="bytes")
            events = _copied(source, lambda n: display.advance(task, n), spool)
            return await audit_file(audit, events, settings, spool, wanted)


def _show_steps(audit: Audit, display: Progress) -> None:
    """Show the progress of a recomputation below that of reading."""
    tasks: list[TaskID] = []

    def advance(done: int, steps: int) -> None:
        if not tasks:
            tasks.append(display.add_task("recomputing", total=steps, rate="steps"))
        display.update(tasks[0], completed=done)

    audit.advance = advance


def _copied(source: Source, advance: Callable[[int], None], spool: Spool) -> Iterator[Event]:
    """The events of a file, written to the spool as they pass; refusals are counted at the end."""
    for offset, event in enumerate(source.events(advance)):
        write(spool, (*FILE, offset), None, [event])
        spool.records += 1
        yield event
    spool.refused += source.refused
    spool.records += source.refused.total()


async def _once(audit: Audit, settings: Settings, exporter: str | None, wanted: FigureFilter) -> Outcome:
    async with opened(settings.redis_access(), settings.retention()) as store:
        with progress() as display:
            _show_steps(audit, display)
            return await Auditor(audit, settings, store, exporter).run(now_ms, wanted, _shown(display))


def _shown(display: Progress) -> Callable[[int], Callable[[int], None]]:
    def begin(records: int) -> Callable[[int], None]:
        task = display.add_task("reading", total=records, rate="records")
        return lambda n: display.advance(task, n)

    return begin


async def _watch(
    audit: Audit,
    settings: Settings,
    exporter: str | None,
    wanted: FigureFilter,
    every: float,
    metrics: AuditMetrics,
    *,
    as_json: bool,
) -> None:
    async with opened(settings.redis_access(), settings.retention()) as store:
        auditor, has_audited = Auditor(audit, settings, store, exporter), False
        while True:
            try:
                outcome = await auditor.run(now_ms, wanted, lambda _: lambda _: None)
                has_audited = True
            except PantauError as failure:
                if not has_audited and (isinstance(failure, BrokerRefused) or is_refusal(failure)):
                    raise
                typer.echo(f"pantau: {failure}", err=True)
            else:
                metrics.audited(
                    figures=outcome.comparison.equal + len(outcome.differences),
                    differences=len(outcome.differences),
                    records=outcome.records,
                    seconds=outcome.seconds,
                    at_ms=outcome.now_ms,
                )
                _print(outcome, as_json=as_json)
            await asyncio.sleep(every)
