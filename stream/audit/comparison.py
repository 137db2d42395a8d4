"""Compares a board document with a recomputation, figure by figure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stream.audit.recomputation import FigureKey

#: Ratios divide equal sums; the last bits may differ between SQL and Python, or by cancellation (Wilson).
TOLERANCE = 1e-12
_TOTALS = "totals"
_OF_AGENTS = {"team", "site"}
#: Figures for which the log gives only an upper bound, and why.
AT_MOST = {"late_corrections": "the log does not show the batches of records"}
_FROM_THE_BEGINNING = {"reconciliation_difference", *AT_MOST}

Figures = dict[FigureKey, float | None]
ReadFigures = Mapping[FigureKey, float | None]
Choice = Callable[[FigureKey], bool]


class Difference(NamedTuple):
    """A figure that differs. `known` and `shown` say whether the log and the board have it at all."""

    place: FigureKey
    log: float | None
    board: float | None
    known: bool
    shown: bool


@dataclass(slots=True)
class Comparison:
    """The result of a comparison. `not_audited` has fields that were not compared, with the reason.

    `within` counts figures within the upper bound from the log.
    """

    differences: list[Difference] = field(default_factory=list)
    equal: int = 0
    within: int = 0
    not_audited: dict[str, str] = field(default_factory=dict)
    queues: set[tuple[str, str]] = field(default_factory=set)
    windows: set[str] = field(default_factory=set)


def shown_figures(board: Mapping[str, Any]) -> Figures:
    """Every figure of a board document, without texts and without repeated settings (goal, target)."""
    return dict(_shown(board))


def compare(log: ReadFigures, board: Figures, wanted: Choice) -> Comparison:
    """Compare every wanted figure of the board with the log, in both directions.

    A team with only zeros may be missing on one side: a board forgets it when its last pane expires.
    """
    found, forgotten = Comparison(), _rows(board) ^ _rows(log)
    for figures in (log, board):
        forgotten -= {(place.scope, place.queue) for place, value in figures.items() if value}
    for place in filter(wanted, sorted({*log, *board})):
        if (place.scope, place.queue) not in forgotten:
            _hold(found, place, log, board)
    return found


def _rows(figures: ReadFigures) -> set[tuple[str, str]]:
    return {(place.scope, place.queue) for place in figures if place.scope in _OF_AGENTS}


def in_full(log: ReadFigures, board: Figures, wanted: Choice) -> Comparison:
    """Compare when the log has lost its beginning: counts since the beginning cannot be recomputed."""

    def counts_from_the_beginning(place: FigureKey) -> bool:
        return place.window == _TOTALS or place.name in _FROM_THE_BEGINNING

    found = compare(log, board, lambda place: wanted(place) and not counts_from_the_beginning(place))
    lost = dict.fromkeys([_TOTALS, *_FROM_THE_BEGINNING], "Kafka no longer has the first records")
    found.not_audited |= lost
    return found


def differs(log: float | None, board: float | None) -> bool:
    """Whether two values differ; whole numbers must be equal exactly."""
    if log is None or board is None:
        return log is not board
    return (
        abs(log - board) > TOLERANCE * max(1, abs(log), abs(board)) if log % 1 or board % 1 else log != board
    )


def _contradicts(place: FigureKey, log: float | None, board: float | None) -> bool:
    if place.name in AT_MOST and log is not None and board is not None:
        return not 0 <= board <= log
    return differs(log, board)


def _hold(found: Comparison, place: FigureKey, log: ReadFigures, board: Figures) -> None:
    known, shown = place in log, place in board
    if not (known and shown) or _contradicts(place, log[place], board[place]):
        found.differences.append(Difference(place, log.get(place), board.get(place), known, shown))
    elif place.name in AT_MOST:
        found.within += 1
    else:
        found.equal += 1
    if place.scope == "queue":
        found.queues.add((place.queue, place.channel))
    if place.window not in {"", "now", _TOTALS}:
        found.windows.add(place.window)


def _shown(board: Mapping[str, Any]) -> Iterator[tuple[FigureKey, float | None]]:
    for name in ("watermark_ms", "age_seconds"):
        yield FigureKey("board", "", "", "", name), board[name]
    for row in board["queues"]:
        yield from _row("queue", row["queue"], row["channel"], row)
    yield from _row("all", "", "", board["all"])
    for window, values in board["all"]["contacts"].items():
        yield from _flat(("contacts", "", "", window), "", values.items())
    for scope, rows in (("team", board["agents"]), ("site", board["sites"])):
        for row in rows:
            yield from _staff(scope, row[scope], row)
    yield from _staff("staff", "", board["staff"])


def _row(
    scope: str, queue: str, channel: str, row: Mapping[str, Any]
) -> Iterator[tuple[FigureKey, float | None]]:
    for window, values in (("now", row["now"]), (_TOTALS, row["totals"]), *row["windows"].items()):
        yield from _flat((scope, queue, channel, window), "", values.items())


def _staff(scope: str, name: str, row: Mapping[str, Any]) -> Iterator[tuple[FigureKey, float | None]]:
    yield from _flat((scope, name, "", "now"), "agents.", row["agents"].items())
    for window, values in row["windows"].items():
        reasons = {entry["reason"]: entry["seconds"] for entry in values["not_ready"]}
        yield from _flat((scope, name, "", window), "", [*values.items(), ("not_ready", reasons)])


def _flat(
    place: tuple[str, str, str, str], prefix: str, values: Iterable[tuple[str, Any]]
) -> Iterator[tuple[FigureKey, float | None]]:
    for name, value in values:
        if isinstance(value, Mapping):
            yield from _flat(place, f"{prefix}{name}.", value.items())
        elif not isinstance(value, str | list):
            yield FigureKey(*place, f"{prefix}{name}"), None if value is None else float(value)
