"""The board's side of the comparison: its figures, its records and its settings.

The only module of the audit that may read the state that workers stored.
"""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from stream.audit.terms import Row, Terms
from stream.board.document import document
from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.rows import Freshness
from stream.board.snapshot import BoardBuilder
from stream.domain.civil import Clock
from stream.domain.contact.entity import CONTACT
from stream.domain.definition import Definition, Definitions, Timeline
from stream.domain.entity import id_of
from stream.domain.fact import Event
from stream.domain.fold import Changes, Retention
from stream.domain.limits import Limits
from stream.domain.opening import Calendar
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable
from stream.errors import PantauError
from stream.settings import Settings
from stream.store.checkpoint import Checkpoint
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.ports import Store
from stream.store.rebuild import Plan
from stream.store.spill import Spill
from stream.store.unreadable import Unreadable
from stream.worker.whole import WholeLog

#: The partition of the records of a file.
FILE = Partition("file", 0)
#: A file is folded whole.
NO_LIMIT = Retention(contacts_ms=1 << 60, agents_ms=1 << 60)
_TIMEOUT_SECONDS = 30
#: States of a board whose waits are all current.
_GOES_ON = {Freshness.EMPTY, Freshness.FRESH, Freshness.QUIET}


def terms_of(settings: Settings, definitions: Definitions | None = None, *, unlimited: bool = False) -> Terms:
    """Settings as rows; `unlimited` if nothing is too late or too many, as in a file."""
    return terms(
        definitions or settings.definitions(),
        settings.timetable(),
        settings.staffing(),
        settings.stuck_after_ms(),
        NO_LIMIT if unlimited else settings.retention(),
        limits=None if unlimited else settings.limits(),
    )


def terms(  # noqa: PLR0913 - all that a board depends on beside its records
    definitions: Definitions,
    timetable: Timetable,
    staffing: StaffingRules,
    stuck_after_ms: Mapping[str, int],
    kept: Retention,
    *,
    limits: Limits | None = None,
) -> Terms:
    """The inputs of a board besides its records, as rows; without `limits` nothing is too many."""
    timelines: dict[tuple[str, str], Timeline] = {
        ("", ""): definitions.otherwise,
        **{("", channel): steps for channel, steps in definitions.by_channel.items()},
        **definitions.by_queue,
    }
    clocks = {("", ""): timetable.centre.clock}
    clocks |= {place: worktime.clock for place, worktime in timetable.queues.items()}
    worktimes = {("", ""): timetable.centre, **timetable.queues}
    calendars = {place: found for place, worktime in worktimes.items() if (found := worktime.calendar)}
    return Terms(
        {
            "setting": [
                ("contacts_ms", str(kept.contacts_ms)),
                ("agents_ms", str(kept.agents_ms)),
                ("stale_after_ms", str(staffing.stale_after_ms)),
                ("grace_ms", str(staffing.grace_ms)),
                ("min_contacts", str(definitions.default.min_contacts)),
                ("goal_millionths", str(_millionths(definitions.default))),
                ("by_agent", str(definitions.by_agent).lower()),
            ],
            "definition": [row for place, steps in timelines.items() for row in _steps(place, steps)],
            "target": [row for place, steps in timelines.items() for row in _targets(place, steps)],
            "clock": [_clock(place, clock) for place, clock in clocks.items()],
            "calendar": [(*place, str(calendar.zone)) for place, calendar in calendars.items()],
            "opening": [row for place, calendar in calendars.items() for row in _opening(place, calendar)],
            "bound": list(limits.by_kind().items()) if limits else [],
            "always_let_in": sorted(limits.always) if limits else [],
            "stuck": list(stuck_after_ms.items()),
            "productive_reason": [(reason,) for reason in sorted(staffing.productive_reasons)],
            "team": [(name, team.display_name, team.site) for name, team in staffing.teams.items()],
        }
    )


def _steps(place: tuple[str, str], timeline: Timeline) -> list[Row]:
    return [(*place, from_ms, *_said(definition)) for from_ms, definition in timeline]


def _said(of: Definition) -> Row:
    choices = (of.rule, of.attribution, of.flowed_out, of.callback, of.clock_stop)
    said = (choice.value for choice in choices)
    return (of.target_ms, of.short_abandon_ms, *said, of.min_contacts, _millionths(of))


def _millionths(of: Definition) -> int:
    return round(of.goal_ratio * 1_000_000)


def _targets(place: tuple[str, str], timeline: Timeline) -> list[Row]:
    """The targets of a timeline; every step has all of them."""
    return [(*place, target_ms, f"{target_ms / 1000:g}") for target_ms in timeline[-1][1].all_targets_ms]


def _clock(place: tuple[str, str], clock: Clock) -> Row:
    return (*place, str(clock.zone), clock.day_start)


def _opening(place: tuple[str, str], calendar: Calendar) -> Iterator[Row]:
    """The week and the dates that override it; a day without hours is closed."""
    for weekday, spans in enumerate(calendar.week, start=1):
        yield from ((*place, None, weekday, *hours) for hours in spans)
    for day, spans in calendar.dates.items():
        yield from ((*place, day.isoformat(), None, *hours) for hours in spans or [(None, None)])


async def board_of_store(
    store: Store, settings: Settings, clock: Callable[[], int], definitions: Definitions | None = None
) -> dict[str, Any]:
    """The board in a store, by the settings or by other definitions. Raises `StoreUnavailable`."""
    model = Model()
    reader = Reader(store, model)
    await reader.refresh(clock())
    now_ms = clock()
    await reader.refresh(now_ms)  # the first refresh takes many reads; this one is from one instant
    builder = BoardBuilder(
        model,
        definitions or settings.definitions(),
        settings.timetable(),
        settings.stuck_after_ms(),
        settings.staffing(),
        naming=settings.naming(),
    )
    return document(builder.board(now_ms), tenant=settings.file.tenant)


def board_of_exporter(url: str, settings: Settings) -> dict[str, Any]:
    """The board of an exporter, with the login of the settings. Raises `PantauError`."""
    address = f"{url.rstrip('/')}/api/v1/board"
    if not address.startswith(("http://", "https://")):
        raise PantauError(f"{url!r} is not an address of an exporter; give http://host:port")
    try:
        request = Request(address, headers=_login(settings))  # noqa: S310 - http only, see above
        with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            found: dict[str, Any] = json.load(answer)
    except (URLError, OSError, ValueError) as failure:
        raise PantauError(f"{address} cannot be read: {failure}; give the address of an exporter") from None
    if "positions" not in found:
        raise PantauError(f"{address} has no positions; use an exporter of this version")
    _require_followed(found, address)
    return found


def _require_followed(board: Mapping[str, Any], address: str) -> None:
    """Raise `PantauError` for a board whose waits stand still, which a recomputation cannot match."""
    stops = [
        found["what"] for found in board.get("away", ()) if found["what"] != "source" or found["sources"]
    ]
    if stops and board["state"] not in _GOES_ON:
        away = ", ".join(stops)
        raise PantauError(
            f"{address} reports {away} away, so its waits stand still; audit it once all are back"
        )


def _login(settings: Settings) -> dict[str, str]:
    token, password = settings.secret("exporter_token"), settings.secret("exporter_password")
    if token is not None:
        return {"Authorization": f"Bearer {token}"}
    if password is None:
        return {}
    login = b64encode(f"{settings.exporter_user or ''}:{password}".encode()).decode()
    return {"Authorization": f"Basic {login}"}


async def folded(events: Iterable[Event], settings: Settings, spill: Spill) -> tuple[Store, int]:
    """Fold the events of a file into a store in memory; return the store and the time of the newest event.

    The facts are in `spill`, not in the store.
    """
    log = WholeLog(settings.definitions(), spill, NO_LIMIT, grace_ms=settings.staffing().grace_ms)
    log.fold(events)
    store, at_ms = MemoryStore(retention=NO_LIMIT), log.watermark_ms
    lease = await store.acquire(FILE)
    await store.begin(FILE, lease.token, Plan(0, 0, 0, anew=True))
    changes = Changes(cells=log.cells, live=dict(log.live))
    await store.apply(FILE, lease.token, Checkpoint(0, log.events, at_ms, at_ms, changes, records=log.events))
    return store, at_ms


async def spilled(spill: Spill) -> AsyncIterator[tuple[str, str]]:
    """Like `known_to`, for a folded file."""
    for key, facts in spill.all():
        if key.startswith(CONTACT.prefix):
            for uid in {fact.uid for fact in facts}:
                yield id_of(key), uid


async def known_to(store: Store) -> AsyncIterator[tuple[str, str]]:
    """The contacts in a store with the identities of their events; unreadable ones are left out."""
    for partition in await store.partitions():
        async for subject, facts in store.known(partition, CONTACT):
            for fact in [] if isinstance(facts, Unreadable) else facts:
                yield subject, fact.uid
