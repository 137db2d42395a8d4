"""A board document beside a recomputation, figure by figure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stream.audit.recomputation import Place

#: Ratios are equal sums divided; the last bits may differ by who divides, or subtracts near 0 (Wilson).
TOLERANCE = 1e-12
_TOTALS = "totals"
_OF_AGENTS = {"team", "site"}
#: Figures of which the log tells no more than the most that they can be, and why.
AT_MOST = {"late_corrections": "the log does not tell how records fell into batches"}
_FROM_THE_BEGINNING = {"reconciliation_difference", *AT_MOST}

Figures = dict[Place, float | None]


class Difference(NamedTuple):
    """A figure that log and board tell otherwise. `known`, `shown`: whether they tell it at all."""

    place: Place
    log: float | None
    board: float | None
    known: bool
    shown: bool


@dataclass(slots=True)
class Comparison:
    """What was compared and what was not: `not_audited` names fields, with the reason.

    `within`: figures that are no more than the log says they can be.
    """

    differences: list[Difference] = field(default_factory=list)
    equal: int = 0
    within: int = 0
    not_audited: dict[str, str] = field(default_factory=dict)
    queues: set[tuple[str, str]] = field(default_factory=set)
    windows: set[str] = field(default_factory=set)


def shown_figures(board: Mapping[str, Any]) -> Figures:
    """Every figure of a board document: no word, and nothing that only repeats settings (goal, target)."""
    return dict(_shown(board))


def compare(log: Mapping[Place, float | None], board: Figures, wanted: Callable[[Place], bool]) -> Comparison:
    """Hold every wanted figure of the board to the log, and the other way round.

    A team of which there is nothing to tell may be left out: a board forgets it when its last pane goes.
    """
    found, forgotten = Comparison(), _rows(board) ^ _rows(log)
    for figures in (log, board):
        forgotten -= {(place.scope, place.queue) for place, value in figures.items() if value}
    for place in filter(wanted, sorted({*log, *board})):
        if (place.scope, place.queue) not in forgotten:
            _hold(found, place, log, board)
    return found


def _rows(figures: Mapping[Place, float | None]) -> set[tuple[str, str]]:
    return {(place.scope, place.queue) for place in figures if place.scope in _OF_AGENTS}


def in_full(log: Mapping[Place, float | None], board: Figures, wanted: Callable[[Place], bool]) -> Comparison:
    """Compare where the log has lost its beginning: what counts from there on cannot be recomputed."""

    def counts_from_the_beginning(place: Place) -> bool:
        return place.window == _TOTALS or place.name in _FROM_THE_BEGINNING

    found = compare(log, board, lambda place: wanted(place) and not counts_from_the_beginning(place))
    lost = dict.fromkeys([_TOTALS, *_FROM_THE_BEGINNING], "Kafka no longer keeps the first records")
    found.not_audited |= lost
    return found


def differs(log: float | None, board: float | None) -> bool:
    """Whether two values are not the same; whole numbers must be exactly."""
    if log is None or board is None:
        return log is not board
    return (
        abs(log - board) > TOLERANCE * max(1, abs(log), abs(board)) if log % 1 or board % 1 else log != board
    )


def _contradicts(place: Place, log: float | None, board: float | None) -> bool:
    if place.name in AT_MOST and log is not None and board is not None:
        return not 0 <= board <= log
    return differs(log, board)


def _hold(found: Comparison, place: Place, log: Mapping[Place, float | None], board: Figures) -> None:
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


def _shown(board: Mapping[str, Any]) -> Iterator[tuple[Place, float | None]]:
    for name in ("watermark_ms", "age_seconds"):
        yield Place("board", "", "", "", name), board[name]
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
) -> Iterator[tuple[Place, float | None]]:
    for window, values in (("now", row["now"]), (_TOTALS, row["totals"]), *row["windows"].items()):
        yield from _flat((scope, queue, channel, window), "", values.items())


def _staff(scope: str, name: str, row: Mapping[str, Any]) -> Iterator[tuple[Place, float | None]]:
    yield from _flat((scope, name, "", "now"), "agents.", row["agents"].items())
    for window, values in row["windows"].items():
        reasons = {entry["reason"]: entry["seconds"] for entry in values["not_ready"]}
        yield from _flat((scope, name, "", window), "", [*values.items(), ("not_ready", reasons)])


def _flat(
    place: tuple[str, str, str, str], prefix: str, values: Iterable[tuple[str, Any]]
) -> Iterator[tuple[Place, float | None]]:
    for name, value in values:
        if isinstance(value, Mapping):
            yield from _flat(place, f"{prefix}{name}.", value.items())
        elif not isinstance(value, str | list):
            yield Place(*place, f"{prefix}{name}"), None if value is None else float(value)
