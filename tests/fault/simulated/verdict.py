"""Whether a run that has come to rest shows what its log says."""

from collections.abc import Iterator
from typing import Any

from fault.simulated.ledger import Truth, Violated, plain
from fault.simulated.recomputed import assert_recomputed, summed
from fault.simulated.server import Origin

from stream.board.document import document
from stream.board.model import EVERY_QUEUE, Model
from stream.board.snapshot import BoardBuilder
from stream.domain.agent.now import AgentsNow
from stream.domain.contact.now import ContactsNow
from stream.domain.definition import definitions
from stream.store.codec import live_of
from stream.store.memory_state import Version
from stream.store.partition import Partition

#: Of how late facts came, and how far the log has been read, a single fold knows nothing.
#: Whole boards, and a reading of the log that shares nothing with the core, are for so few of the seeds.
BOARD_EVERY = RECOMPUTED_EVERY = 16
_OF_THE_WAY = {
    "late_corrections",
    "completeness_ratio",
    "written_ms",
    "positions",
    "last_hour",
    "away",
    "behind_records",
}


def assert_converged(world: Any) -> None:
    """Hold store and board to the single fold of each partition; raises `Violated`."""
    begun = world.server.begun
    truths = {p: truth.since(begun.get(p, [Origin()])[0]) for p, truth in world.truths.items()}
    for partition, truth in truths.items():
        if not world.limited:
            world.changelogs.assert_kept(partition, world.truths[partition])
        if not truth.is_empty:
            _same_state(partition, world.server.store._states[partition].served, truth)
        missing = {(partition, offset) for offset in truth.refused} - world.ledger.letters
        if missing:
            raise Violated(f"refused without a letter: {sorted(missing)}")
    now_ms = world.wall_ms()
    wanted = _model(truths, now_ms)
    _same_model(world.model, wanted)
    if world.seed % BOARD_EVERY == 0:
        _same_board(world.model, wanted, now_ms)
    if world.seed % RECOMPUTED_EVERY == 1:
        served = (world.server.store._states[partition].served for partition in world.server.holdings)
        events = [event for truth in truths.values() for event in truth.events]
        stored = summed(cell for version in served for cell in version.cells.items())
        assert_recomputed(stored, events, definitions().wait_edges_ms)


def _same_state(partition: Partition, state: Version, truth: Truth) -> None:
    stored = {cell: plain(tally) for cell, tally in state.cells.items() if cell.series[0] != "l"}
    wanted = {cell: plain(tally) for cell, tally in truth.cells.items() if cell.series[0] != "l"}
    _same(f"cells of {tuple(partition)}", _filled(stored), _filled(wanted))
    _same(
        f"live state of {tuple(partition)}",
        {key: live_of(key, text) for key, text in state.live.items()},
        truth.live,
    )
    if state.watermark_ms != truth.watermark_ms:
        raise Violated(f"{tuple(partition)} has the watermark {state.watermark_ms}, not {truth.watermark_ms}")


def _filled(cells: dict[Any, Any]) -> dict[Any, Any]:
    return {cell: tally for cell, tally in cells.items() if tally}


def assert_adds_up(model: Model) -> None:
    """Whoever was offered waits or has left: whenever somebody looks."""
    for name, series in model.series.items():
        if name[0] == "c" and name != EVERY_QUEUE:
            reconciliation_difference = _unaccounted(series.total) - len(
                model.now(ContactsNow).waiting.get(name, ())
            )
            if reconciliation_difference:
                raise Violated(
                    f"the ledger of {name!r} has a reconciliation difference of {reconciliation_difference}"
                )
    wrong = {place: count for place, count in _legs(model).items() if count < 0}
    if wrong:
        raise Violated(f"legs of teams: {wrong}")


def _unaccounted(total: dict[str, int]) -> int:
    """Offered less what left the queue in any way: by the fields alone."""
    gone = (n for name, n in total.items() if name.startswith("left.") or _is_band(name))
    return total.get("offered", 0) - sum(gone)


def _is_band(name: str) -> bool:
    return name[0] in "ax" and (name[1:] == "+" or name[1:].isdigit())


def _model(truths: dict[Partition, Truth], now_ms: int) -> Model:
    model = Model()
    for partition, truth in truths.items():
        model.take(partition, truth.delta(), now_ms=now_ms)
    return model


def _same_model(found: Model, wanted: Model) -> None:
    """What the reader has put together from deltas is what a single fold gives."""
    _same("panes and totals", _series(found), _series(wanted))
    doing, to_do = found.now(ContactsNow), wanted.now(ContactsNow)
    for name in ("waiting", "talking", "unanswered"):
        places, due = getattr(doing, name), getattr(to_do, name)
        _same(name, {k: v for k, v in places.items() if v}, {k: v for k, v in due.items() if v})
    _same("agents", found.now(AgentsNow).agents, wanted.now(AgentsNow).agents)
    _same("legs", _legs(found), _legs(wanted))


def _legs(model: Model) -> dict[tuple[str, str], int]:
    legs = model.now(ContactsNow).legs.items()
    return {(team, channel): n for team, by in legs for channel, n in by.items() if n}


def _series(model: Model) -> dict[Any, Any]:
    tallies: dict[Any, Any] = {}
    for name, series in model.series.items():
        if name[0] != "l":
            tallies[name] = plain(series.total)
            for panes in (series.short, series.long):
                tallies |= {(name, panes.pane_ms, at): plain(tally) for at, tally in panes.panes.items()}
    return _filled(tallies)


def _same_board(found: Model, wanted: Model, now_ms: int) -> None:
    for name in {**found.series, **wanted.series}:  # whoever saw a name that was corrected away keeps its row
        for of in (found, wanted):
            of._series(name)
    shown, due = (
        document(BoardBuilder(of, definitions()).board(now_ms), tenant="simulated") for of in (found, wanted)
    )
    unlike = dict(_unlike(shown, due))
    if unlike:
        raise Violated(f"the board: {len(unlike)} differ (found, due): {dict([*unlike.items()][:4])}")


def _unlike(found: Any, due: Any, path: str = "") -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Where two documents differ, but for what only the way there decides."""
    if found == due:
        return
    if isinstance(found, dict) and isinstance(due, dict):
        for name in sorted({**found, **due}.keys() - _OF_THE_WAY):
            yield from _unlike(found.get(name), due.get(name), f"{path}/{name}")
    elif isinstance(found, list) and isinstance(due, list) and len(found) == len(due):
        for place, (one, other) in enumerate(zip(found, due, strict=True)):
            yield from _unlike(one, other, f"{path}/{place}")
    else:
        yield path, (found, due)


def _same(what: str, found: dict[Any, Any], wanted: dict[Any, Any]) -> None:
    if found != wanted:
        unlike = [key for key in {**found, **wanted} if found.get(key) != wanted.get(key)]
        shown = {key: (found.get(key), wanted.get(key)) for key in unlike[:4]}
        raise Violated(f"{what}: {len(unlike)} differ (found, due): {shown}")
