"""The call log of the "Anonymous Bank" (Technion): one tab-separated row per call, times local to Israel.

Only the entry date is stored, so a time well before the entry belongs to the next day. Durations are
right where a time column disagrees with them. There is no wrap-up: a leg is wrapped up when it ends.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stream.adapters.base import EARLIEST_MS, LATEST_MS, MAX_RECORD_BYTES, Skipped
from stream.adapters.customers import Customers
from stream.adapters.personal import refuse_personal, refuse_personal_name
from stream.adapters.text import is_identifier
from stream.domain.fact import Event, Fact
from stream.domain.kinds import Kind
from stream.errors import BadRecord, RejectReason

_ZONE = ZoneInfo("Asia/Jerusalem")
_COLUMNS = 17
_CUSTOMER = 2
_LONGEST_FIELD = 32
_MOST_HOURS = 48
_LONGEST_LIFE_MS = 7 * 24 * 3_600_000
_NEXT_DAY_AFTER_S = 12 * 3600
_DAY_S = 24 * 3600
_NOT_A_TIME = "0:00:00"
_SOURCE = "/anonymous-bank"


class AnonymousBankDecoder:
    """Reads one row of the log. See `Decoder`. The customer column is read for `customers` alone."""

    name = "anonymous-bank"

    def __init__(self, customers: Customers | None = None, own_names: AbstractSet[str] = frozenset()) -> None:
        self._customers, self._own_names = customers, own_names

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        """The events of one call; none for the heading."""
        del received_ms  # the log is history: it is not judged by when it is read
        if len(value) > MAX_RECORD_BYTES:
            raise BadRecord(RejectReason.TOO_LARGE, f"{len(value)} bytes; at most {MAX_RECORD_BYTES}")
        try:
            row = value.decode().rstrip("\r\n").split("\t")
        except UnicodeDecodeError:
            raise BadRecord(RejectReason.SCHEMA, "not UTF-8 text") from None
        if not is_identifier("".join(row)) or max(map(len, row)) > _LONGEST_FIELD:
            raise BadRecord(
                RejectReason.SCHEMA, f"printable fields up to {_LONGEST_FIELD} characters are accepted"
            )
        if row[0] == "vru+line":
            return []
        if len(row) != _COLUMNS:
            raise BadRecord(RejectReason.SCHEMA, f"{len(row)} columns; a row has {_COLUMNS}")
        try:
            events = _events(row, self._own_names)
        except (ValueError, OverflowError) as wrong:
            raise BadRecord(RejectReason.SCHEMA, f"row cannot be read: {type(wrong).__name__}") from None
        if events and self._customers is not None:
            self._customers.note(events[0].subject, row[_CUSTOMER])
        return events


def _events(row: list[str], own_names: AbstractSet[str]) -> Sequence[Event]:
    line, call, _, _, queue, date, entry, vru_exit, _, q_start, _, q_time, outcome = row[:13]
    if outcome == "PHANTOM":
        return Skipped("phantom")
    wait_s, service_s = _duration(q_time), _duration(row[15])
    queued = wait_s > 0 or q_start != _NOT_A_TIME
    if outcome == "HANG" and not queued:
        return Skipped("hung_up_in_menu")
    if outcome not in {"AGENT", "HANG"} or not queue:
        raise BadRecord(RejectReason.SCHEMA, "outcome or queue unknown; AGENT, HANG or PHANTOM, and a queue")
    contact = f"{line}-{date}-{call}-{entry.replace(':', '')}"
    refuse_personal("call", contact)
    refuse_personal("server", row[16])
    if queue not in own_names:
        refuse_personal_name("queue", queue)
    midnight, entry_s = _midnight(date), _seconds(entry)
    if not EARLIEST_MS <= _ms(midnight, entry_s) < LATEST_MS - _LONGEST_LIFE_MS:
        raise BadRecord(RejectReason.CLOCK, "a call from before 1990 or after 2099")
    in_s = _after(entry_s, _seconds(q_start if queued and q_start != _NOT_A_TIME else vru_exit))
    out_s = in_s + wait_s
    life = [(entry_s, Kind.CONTACT_STARTED, "", ""), (in_s, Kind.VISIT_QUEUED, queue, "voice")]
    if outcome == "AGENT":
        agent = "" if row[16] in {"", "NO_SERVER"} else row[16]
        life += [
            (out_s, Kind.VISIT_ANSWERED, agent, ""),
            (out_s + service_s, Kind.LEG_ENDED, agent, ""),
            (out_s + service_s, Kind.LEG_WRAPPED_UP, agent, ""),
            (out_s + service_s, Kind.CONTACT_ENDED, "", ""),
        ]
    else:
        life += [(out_s, Kind.VISIT_ABANDONED, "", ""), (out_s, Kind.CONTACT_ENDED, "", "")]
    return [
        Event(contact, Fact(_ms(midnight, at_s), kind, f"{_SOURCE}\t{contact}-{n}", 0, a, b))
        for n, (at_s, kind, a, b) in enumerate(life)
    ]


def _duration(text: str) -> int:
    seconds = int(text)
    if not 0 <= seconds < _DAY_S:
        raise BadRecord(RejectReason.CLOCK, f"duration of {seconds} s; from 0 up to a day is accepted")
    return seconds


def _seconds(text: str) -> int:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    if not (0 <= hours < _MOST_HOURS and 0 <= minutes < 60 and 0 <= seconds < 60):  # noqa: PLR2004 - a clock
        raise BadRecord(RejectReason.CLOCK, "no time of day; from 0:00:00 is accepted")
    return hours * 3600 + minutes * 60 + seconds


def _after(entry_s: int, at_s: int) -> int:
    return at_s + _DAY_S if at_s < entry_s - _NEXT_DAY_AFTER_S else at_s


def _midnight(date: str) -> datetime:
    return datetime.strptime(date, "%y%m%d").replace(tzinfo=_ZONE)


def _ms(midnight: datetime, at_s: int) -> int:
    local = midnight.replace(tzinfo=None) + timedelta(seconds=at_s)
    return int(local.replace(tzinfo=_ZONE).astimezone(UTC).timestamp()) * 1000
