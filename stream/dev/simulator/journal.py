"""Writes the events of the centre: CloudEvents 1.0 in JSON, numbered in the order they happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from msgspec.json import Encoder

from .calendar import Calendar

CONTACTS = "pantau.contacts"
AGENTS = "pantau.agents"

_encode = Encoder().encode


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """One record to produce: `key` is the CloudEvents subject, `at_ms` its time, `value` the JSON."""

    topic: str
    key: str
    at_ms: int
    value: bytes


class Journal:
    """Collects events at the calendar's present instant until they are drained.

    `run` begins every id, as consumers drop an event whose id they have seen, whenever that was.
    """

    __slots__ = ("_calendar", "_events", "_source", "_written", "run")

    def __init__(self, calendar: Calendar, *, source: str, run: str) -> None:
        self._calendar = calendar
        self._source = source
        self.run = run
        self._written = 0
        self._events: list[SimulatedEvent] = []

    def contact(self, subject: str, kind: str, data: Mapping[str, object]) -> None:
        """Write an event of one contact."""
        self._write(CONTACTS, subject, kind, data)

    def agent(self, subject: str, kind: str, data: Mapping[str, object]) -> None:
        """Write an event of one agent, or a sign of life."""
        self._write(AGENTS, subject, kind, data)

    def drain(self) -> list[SimulatedEvent]:
        """Hand over what was written since the last time."""
        events, self._events = self._events, []
        return events

    def _write(self, topic: str, subject: str, kind: str, data: Mapping[str, object]) -> None:
        at_ms = self._calendar.now_ms
        self._written += 1
        value = _encode(
            {
                "specversion": "1.0",
                "id": f"{self.run}-{self._written}",
                "source": self._source,
                "type": kind,
                "time": f"{_second(at_ms // 1000)}.{at_ms % 1000:03d}Z",
                "subject": subject,
                "data": data,
            }
        )
        self._events.append(SimulatedEvent(topic, subject, at_ms, value))


@lru_cache(maxsize=2)
def _second(at_seconds: int) -> str:
    return datetime.fromtimestamp(at_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
