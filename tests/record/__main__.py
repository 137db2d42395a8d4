"""`python -m record --to DIR` writes a record; `--against DIR` says where this one is unlike it.

Run from the tests folder. A call log may be named by `PANTAU_CALL_LOG`; a missing one is left out, aloud.
"""

import filecmp
import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cases.running import LOG, WrittenStore, explained, read, settings_of, waited
from cases.story import stories
from support.audited import audited, taken, written
from support.scenario import Line

from stream.adapters.canonical import CanonicalDecoder, encode, topic_of
from stream.audit.board import terms_of
from stream.audit.recomputation import Audit
from stream.board.document import document
from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.snapshot import BoardBuilder
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.dev.simulator import DEMO, simulate
from stream.domain.fact import Event, fact_text
from stream.domain.instant import instant_ms
from stream.domain.limits import Held, Limits, Names
from stream.metrics.exposition import Exposition
from stream.settings import Settings
from stream.store.codec import cell_text, live_text

HERE = Path(__file__).parent
#: All that is kept only where settings ask for it.
OWN = HERE / "settings.toml"
CALL_LOG = HERE.parents[2] / "shared" / "data" / "anonymous_bank_1999-02_01-14.tsv"
DAY_MS = 86_400_000
#: Over midnight in the zone of the settings.
FROM_MS, HOURS = instant_ms("2026-11-20T14:00:00Z"), 5
CALL_DAYS, LOOKS = 5, 100
#: A recomputation takes a second however little there is: of stories, one in so many is given to the audit.
AUDITED_ONE_IN = 8
#: So few that each of them is reached.
FEW = Limits(queues=7, teams=3, reasons=2, agents=40)


class Log(NamedTuple):
    """Events in the order they are told, the settings they are read by, and when to look."""

    name: str
    events: list[Event]
    settings: Settings
    looks: Sequence[int]
    is_audited: bool = True


def main() -> None:
    """Write a record, or compare one."""
    asked = ArgumentParser(prog="record")
    which = asked.add_mutually_exclusive_group(required=True)
    which.add_argument("--to", type=Path, help="the folder to write to")
    which.add_argument("--against", type=Path, help="the folder that an earlier run wrote")
    given = asked.parse_args()
    if given.to:
        record(given.to)
        return
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder))
        unlike = _unlike(given.against, Path(folder))
    sys.exit("unlike: " + ", ".join(unlike) if unlike else 0)


def record(folder: Path) -> None:
    """Write all that Pantau makes of the logs to a folder."""
    for log in _logs():
        sys.stderr.write(f"{log.name}: {len(log.events)} events, {len(log.looks)} looks\n")
        (folder / log.name).mkdir(parents=True)
        for file, told in _told(log):
            (folder / log.name / file).write_text(told)


def _unlike(one: Path, other: Path) -> list[str]:
    files = {str(path.relative_to(at)) for at in (one, other) for path in at.rglob("*") if path.is_file()}
    _, *unlike = filecmp.cmpfiles(one, other, files, shallow=False)
    return sorted(file for found in unlike for file in found)


def _logs() -> Iterator[Log]:
    path = Path(os.environ.get("PANTAU_CALL_LOG", CALL_LOG))
    if path.is_file():
        calls = sorted(_calls(path), key=lambda event: (event.fact.at_ms, event.fact.uid))
        until_ms = calls[0].fact.at_ms + CALL_DAYS * DAY_MS
        calls = [event for event in calls if event.fact.at_ms < until_ms]
        yield Log("calls", calls, settings_of(None), _instants(calls))
    else:
        sys.stderr.write(f"left out: there is no call log at {path}\n")
    told = simulate(DEMO, seed=36, start_ms=FROM_MS, until_ms=FROM_MS + HOURS * 3_600_000)
    decode = CanonicalDecoder().decode
    day = [event for each in told if b'"pantau.heartbeat"' not in each.value for event in decode(each.value)]
    yield Log("day", day, settings_of(OWN), _instants(day))
    for number, story in enumerate(stories(HERE.parent / "cases" / "stories")):
        lines = [told for told in story.lines if told.document["type"] != "pantau.heartbeat"]
        looks = [story.last_ms - 60_000, *(look.now_ms for look in story.looks), story.last_ms + 7_200_000]
        settings = settings_of(story.settings or OWN)
        yield Log(f"story-{story.name}", read(lines), settings, looks, number % AUDITED_ONE_IN == 0)


def _calls(path: Path) -> Iterator[Event]:
    decode = AnonymousBankDecoder().decode
    for row in path.read_bytes().splitlines():
        yield from decode(row)


def _instants(events: Sequence[Event]) -> list[int]:
    low, high = events[0].fact.at_ms, max(event.fact.at_ms for event in events)
    return [low + (high - low) * n // LOOKS for n in range(1, LOOKS + 1)]


def _told(log: Log) -> Iterator[tuple[str, str]]:
    """The files written of a log: what is shown at each look, what is kept, and what is told."""
    settings, rules, end_ms = log.settings, log.settings.definitions(), log.looks[-1]
    store, model = WrittenStore(retention=settings.retention()), Model()
    reader, line = Reader(store, model), Line(store, LOG, rules, retention=settings.retention())
    read_by = (rules, settings.timetable(), settings.stuck_after_ms(), settings.staffing())
    builder = BoardBuilder(model, *read_by, naming=settings.naming())
    exposition = Exposition("t", rules.wait_edges_ms, settings.file.in_force)
    left, shown = log.events, {}
    for number, now_ms in enumerate(log.looks):
        for batch in _batches([event for event in left if event.fact.at_ms <= now_ms], 500):
            line.batch(batch)
        left = [event for event in left if event.fact.at_ms > now_ms]
        waited(reader.refresh(now_ms))
        board = builder.board(now_ms)
        shown = document(board, tenant="t")
        yield f"board-{number:03}.json", _text(shown)
        yield f"metrics-{number:03}.txt", "".join(sorted(exposition.text(board).splitlines(keepends=True)))
    for n, row in enumerate(shown["queues"][:4]):
        yield f"explained-{n}.json", _text(explained(store, settings, end_ms, row["queue"], row["channel"]))
    events = [event for event in log.events if event.fact.at_ms <= end_ms]
    if log.is_audited:
        yield "audited.txt", _recomputed(events, settings, shown)
    kept = waited(store.delta(LOG, 0, since_ms=0))
    yield "cells.txt", _lines(f"{cell_text(cell)} {_text(tally)}" for cell, tally in kept.cells.items())
    yield "live.txt", _lines(f"{name} {live and live_text(live)}" for name, live in kept.live.items())
    yield (
        "records.txt",
        _digest(_text([topic_of(event), json.loads(encode(event))]).encode() for event in events),
    )
    yield "facts.txt", _digest(fact_text(event.fact).encode() for event in events)
    yield "limited.txt", "\n".join(_limited(events))


def _recomputed(events: list[Event], settings: Settings, shown: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder, Audit(Path(folder) / "audit") as audit:
        taken(audit, written(events))
        found = audited(audit, shown, terms_of(settings))
        figures = _lines(f"{' '.join(place)} {value}" for place, value in audit.figures())
        return f"{figures}\n{found.equal} equal\n{found.differences}\n"


def _limited(events: list[Event]) -> Iterator[str]:
    """Which events bring names that are too many, and the names that are let in."""
    for by_agent in (False, True):
        held = Held()
        names = Names(FEW, held, by_agent=by_agent)
        for batch in _batches(events, 100):
            refused, new = names.refused(batch)
            held.take(new, {})
            yield f"{by_agent} {sorted(refused.items())} {new}"


def _batches(events: list[Event], size: int) -> Iterator[list[Event]]:
    return (events[low : low + size] for low in range(0, len(events), size))


def _digest(parts: Iterable[bytes]) -> str:
    return sha256(b"\n".join(parts)).hexdigest() + "\n"


def _lines(told: Iterable[str]) -> str:
    return "\n".join(sorted(told)) + "\n"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, indent=1)


if __name__ == "__main__":
    main()
