"""`python -m soak.compressed worker|exporter`: a process of ours whose state ages `SPEED` times as fast.

Retention and times to live are of minutes, and caches as much smaller, so that a run of minutes fills and
passes them all. The clock of an exporter is the file `CLOCK`, which tells the time of the newest event sent.
"""

import os
import sys
from pathlib import Path

from stream.board import model
from stream.domain.cache import Room
from stream.domain.fold import Retention
from stream.settings import Settings
from stream.store import keys
from stream.store.keys import Keys

SPEED = 20
_MINUTE_MS = 60_000
KEPT = Retention(
    contacts_ms=12 * _MINUTE_MS,
    agents_ms=20 * _MINUTE_MS,
    short_panes_ms=10 * _MINUTE_MS,
    long_panes_ms=20 * _MINUTE_MS,
)
#: As much longer than retention as a day is than fifteen.
_SLACK_RATIO = 16 / 15


def _compress() -> None:
    keys._SLACK_MS = 24 * _MINUTE_MS
    Settings.retention = lambda _: KEPT  # type: ignore[method-assign]
    Keys.entity_ttl_ms = lambda _, entity: round(  # type: ignore[method-assign]
        (KEPT.contacts_ms if entity[0] == "c" else KEPT.agents_ms) * _SLACK_RATIO / SPEED
    )
    pane_ttl_ms = Keys.cell_ttl_ms

    def cell_ttl_ms(of: Keys, cell: object) -> int:
        return round(pane_ttl_ms(of, cell) / SPEED)  # type: ignore[arg-type]

    Keys.cell_ttl_ms = cell_ttl_ms  # type: ignore[method-assign]
    keys._SHORT_BLOCK_MS, keys._LONG_BLOCK_MS = _MINUTE_MS, 3 * _MINUTE_MS
    model.HORIZON_MS = KEPT.long_panes_ms
    model.MINUTE_MS = KEPT.short_panes_ms // 61
    among = Room.among
    Room.among = lambda room, partitions: Room(*(most // SPEED for most in among(room, partitions)))  # type: ignore[method-assign]


def main() -> None:
    """Run the command that the arguments name."""
    _compress()
    clock = os.environ.get("CLOCK")
    if clock:
        from stream.web import live  # noqa: PLC0415 - it takes the horizon as it is imported

        live.now_ms = lambda: int(Path(clock).read_text() or 0)  # type: ignore[attr-defined]
    from stream.__main__ import main as pantau  # noqa: PLC0415 - as above

    sys.argv[0] = "pantau"
    pantau()


if __name__ == "__main__":
    main()
