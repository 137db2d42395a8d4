"""What the board and /metrics must show, computed again from the events themselves."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from support.pantau import Exporter, Samples
from support.processes import wait_until

from stream.adapters.canonical import CanonicalDecoder
from stream.board.document import document
from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.dev.simulator import SimulatedEvent
from stream.domain.cache import Room
from stream.domain.definition import Definitions
from stream.domain.fact import Event
from stream.domain.fold import PartitionFold
from stream.replay.report import report
from stream.settings import Settings
from stream.store.delta import Delta
from stream.store.partition import Partition

#: What a report and the board both tell of a queue.
SHARED = (
    "offered",
    "answered",
    "answered_in_target",
    "abandoned",
    "short_abandoned",
    "asa_seconds",
    "aht_seconds",
    "service_level",
)
_COUNTERS = {
    "pantau_queue_contacts_offered_total": "offered",
    "pantau_queue_contacts_answered_total": "answered",
    "pantau_queue_contacts_answered_within_threshold_total": "answered_in_target",
    "pantau_queue_contacts_abandoned_total": "abandoned",
    "pantau_queue_contacts_abandoned_short_total": "short_abandoned",
    "pantau_queue_answer_wait_seconds_count": "answered",
    "pantau_queue_abandon_wait_seconds_count": "abandoned",
}

#: What tells of the way that events took, and not of what happened.
_OF_THE_WAY = ("/completeness_ratio", "/late_corrections")
_ABSENT = "absent"

Totals = dict[str, dict[str, Any]]

# The call log of the "Anonymous Bank", counted straight from its rows.
ROWS = 17_456
LEFT_OUT = {"phantom": 143, "hung_up_in_menu": 1_023}
#: Of each queue: offered, answered, abandoned.
COUNTED = {
    "all": (16_290, 14_405, 1_885),
    "PS": (10_444, 9_707, 737),
    "NW": (3_951, 2_916, 1_035),
    "NE": (1_229, 1_165, 64),
    "TT": (439, 421, 18),
    "IN": (136, 114, 22),
    "PE": (91, 82, 9),
}
#: Of all queues together, as a report names it.
ALL: dict[str, Any] = {
    "answered_in_target": 9_163,
    "short_abandoned": 161,
    "asa_seconds": 34.40534536619229,
    "aht_seconds": 166.85616105518918,
    "max_wait_seconds": 730.0,
    "service_level": {
        "count_abandons": 0.5624923265807243,
        "drop_short": 0.5681071362142724,
        "drop_in_target": 0.585907027303536,
        "credit_short": 0.5723756906077349,
        "credit_in_target": 0.6024554941682013,
        "answered_only": 0.6360985768830267,
    },
}
ABANDONED_IN_TARGET = 651
ABANDONED_RATIO_WITHOUT_SHORT = 0.10688821377642756
WAIT_OF_THE_ANSWERED_SECONDS = 495_609
WAIT_OF_THE_ABANDONED_SECONDS = 108_111
HANDLE_SECONDS = 2_403_563


def decoded(events: Iterable[SimulatedEvent]) -> list[Event]:
    """What simulated records hold."""
    decoder = CanonicalDecoder()
    return [event for record in events for event in decoder.decode(record.value)]


def reported(events: Iterable[Event]) -> Totals:
    """The report of `events` under the default settings."""
    return told(report(events, definitions_in_force()))


def definitions_in_force() -> Definitions:
    """The definitions that processes without a settings file use."""
    return Settings().definitions()


def told(queues: Mapping[str, Mapping[str, Any]]) -> Totals:
    """What a report tells that the board tells too."""
    return {name: {field: row[field] for field in SHARED} for name, row in queues.items()}


def shown(board: Mapping[str, Any]) -> Totals:
    """What the board shows that a report tells too."""
    rows = [*board["queues"], board["all"]]
    return {row["queue"]: {field: row["totals"][field] for field in SHARED} for row in rows}


def await_totals(exporter: Exporter, expected: Totals) -> None:
    """Wait until the board, which follows the store by half a second, shows exactly these totals."""
    wait_until(lambda: shown(exporter.board()) == expected, seconds=5)
    assert shown(exporter.board()) == expected


def assert_metrics(samples: Samples, expected: Totals) -> None:
    """Hold the counters and histograms of /metrics to exactly these totals, for every queue and in sum."""
    for queue, row in expected.items():
        found = {name: summed(samples, name, queue) for name in _COUNTERS}
        assert found == {name: row[field] for name, field in _COUNTERS.items()}, (queue, found, row)
        waited = summed(samples, "pantau_queue_answer_wait_seconds_sum", queue)
        assert waited == _product(row["asa_seconds"], row["answered"]), queue
        handled = summed(samples, "pantau_queue_handle_seconds_count", queue)
        handle = summed(samples, "pantau_queue_handle_seconds_sum", queue)
        assert handle == _product(row["aht_seconds"], handled), queue
        in_target = summed(samples, "pantau_queue_answer_wait_seconds_bucket", queue, le="20.0")
        assert in_target == row["answered_in_target"], queue


def assert_no_counter_lacks(samples: Samples, expected: Totals) -> None:
    """Hold the counters of /metrics to at least these totals: what was corrected away stays in them."""
    for queue, row in expected.items():
        found = {name: summed(samples, name, queue) for name in _COUNTERS}
        assert all(found[name] >= row[field] for name, field in _COUNTERS.items()), (queue, found, row)


def assert_totals(exporter: Exporter, events: Iterable[Event]) -> None:
    """Hold totals, counters and histograms to the report of these events."""
    expected = reported(events)
    await_totals(exporter, expected)
    # /metrics withholds counters while a partition is read for the first time, and the exporter learns of one
    # partition after the other that its reading is over.
    wait_until(lambda: any(name in _COUNTERS for name, _ in exporter.metrics()), seconds=5)
    assert_metrics(exporter.metrics(), expected)


def assert_recomputed(exporter: Exporter, events: Sequence[Event]) -> None:
    """Hold them to the report, and the whole board to one from a single fold."""
    assert_totals(exporter, events)
    # Totals tell nothing of the agents, whose partitions the board may read a moment later.
    wait_until(lambda: not unlike(exporter.board(), events), seconds=5)
    differing = unlike(exporter.board(), events)
    assert not differing, differing


def summed(samples: Samples, name: str, queue: str, **labels: str) -> float:
    """Sum a series over the queues, or over the one queue, rounded to the milliseconds it is made of."""
    wanted = labels.items() if queue == "all" else {**labels, "queue": queue}.items()
    return round(
        sum(value for (sample, has), value in samples.items() if sample == name and set(wanted) <= set(has)),
        3,
    )


def recomputed_board(events: Iterable[Event], *, now_ms: int) -> dict[str, Any]:
    """The whole document at `now_ms`, from one fold of all events, without any server."""
    fold = PartitionFold(definitions_in_force(), room=Room(*(1 << 40 for _ in Room())))
    fold.fold(list(events), {})
    changes = fold.settle({})
    everything = Delta(
        cursor=1,
        full=True,
        position=0,
        watermark_ms=fold.watermark_ms,
        written_ms=now_ms,
        cells=dict(fold.cells()),
        live={entity: state for entity, state in changes.live.items() if state is not None},
    )
    settings = Settings()
    model = Model()
    model.take(Partition("all", 0), everything, now_ms=now_ms)
    board = BoardBuilder(model, settings.definitions(), settings.timetable()).board(now_ms)
    return document(board, tenant=settings.file.tenant)


def flat(document: Any, path: str = "") -> dict[str, Any]:
    """Every value of a JSON document by its path, so that a failure tells which one differs."""
    match document:
        case dict():
            parts = [(f"{path}/{name}", value) for name, value in document.items()]
        case list():
            parts = [(f"{path}/{place}", value) for place, value in enumerate(document)]
        case _:
            return {path: document}
    return {name: value for at, part in parts for name, value in flat(part, at).items()}


def unlike(board: Mapping[str, Any], events: Iterable[Event]) -> dict[str, tuple[Any, Any]]:
    """Where a board differs from one recomputed in a single fold, which knows nothing of partitions."""
    own = recomputed_board(events, now_ms=board["now_ms"])
    told = {"positions": {}, "settings": None, "last_hour": None, "away": [], "behind_records": 0}
    found, wanted = (flat({**shown, **told}) for shown in (board, own))
    pairs = {path: (found.get(path, _ABSENT), wanted.get(path, _ABSENT)) for path in {**found, **wanted}}
    return {
        path: (shows, should)
        for path, (shows, should) in pairs.items()
        if shows != should and not path.endswith(_OF_THE_WAY)
    }


def _product(mean: float | None, count: float) -> float:
    return 0.0 if mean is None else round(mean * count, 3)
