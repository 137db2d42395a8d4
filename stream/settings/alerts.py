"""The section `[alerts]`: what is worth telling beside the limits of queues, who is told, where and when."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stream.settings.accepted import Strict


class Notifier(StrEnum):
    """Who tells people of alerts: one of two, for both would tell all of them twice."""

    PROMETHEUS = "prometheus"
    GRAFANA = "grafana"


class Language(StrEnum):
    """In what messages are written."""

    ENGLISH = "en"
    INDONESIAN = "id"


class Severity(StrEnum):
    """What an alert asks for: somebody now, somebody in working hours, nobody, or proof that it is told."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"
    NONE = "none"


class Scope(StrEnum):
    """What an alert is about: customers, agents, the path of the numbers, or the alerts themselves."""

    QUEUE = "queue"
    AGENTS = "agents"
    PIPELINE = "pipeline"
    META = "meta"


class Kind(StrEnum):
    """By what a receiver is told."""

    EMAIL = "email"
    SLACK = "slack"
    TEAMS = "teams"
    PAGERDUTY = "pagerduty"
    TELEGRAM = "telegram"
    WEBHOOK = "webhook"


#: What each kind needs: a place in `to`, a secret in a file.
_NEEDS: dict[Kind, tuple[str, ...]] = {
    Kind.EMAIL: ("to",),
    Kind.SLACK: ("to", "secret_file"),
    Kind.TEAMS: ("secret_file",),
    Kind.PAGERDUTY: ("secret_file",),
    Kind.TELEGRAM: ("to", "secret_file"),
    Kind.WEBHOOK: ("to",),
}


def _root(url: str) -> str:
    if not url.startswith(("http://", "https://")) or url.endswith("/"):
        raise ValueError("an address like https://grafana.example without / at its end is accepted")
    return url


Root = Annotated[str, AfterValidator(_root)]
Ratio = Annotated[float, Field(gt=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class ReceiverSettings(Strict):
    """Who is told of what: everything that is left out takes in all."""

    name: Name
    severities: list[Severity] = []
    scopes: list[Scope] = []
    teams: list[str] = []
    calendar: str | None = None
    language: Language | None = None
    kind: Kind | None = None
    to: str = ""
    secret_file: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = [name for name in ("to", "secret_file") if getattr(self, name)]
        if self.kind is None and given:
            raise ValueError(f"{self.name}: {given[0]} is given without kind; give one of {', '.join(Kind)}")
        missing = [name for name in (_NEEDS[self.kind] if self.kind else ()) if name not in given]
        if missing:
            raise ValueError(f"{self.name}: {self.kind} needs {' and '.join(missing)}")
        if self.kind is Kind.TELEGRAM and not self.to.lstrip("-").isdigit():
            raise ValueError(f"{self.name}: to {self.to!r} is not the number of a chat of Telegram")
        return self


class AlertSettings(Strict):
    """All of it. `severities` and `off` go by the names of alerts."""

    notifier: Notifier = Notifier.PROMETHEUS
    language: Language = Language.ENGLISH
    grafana_url: Root = "http://127.0.0.1:3000"
    runbooks_url: Root = "https://wiki.example/pantau/runbooks.md"
    smtp_host: Annotated[str, Field(pattern=r"^([^\s:]+:\d{1,5})?$")] = ""
    smtp_from: str = ""
    unknown_limit_ratio: Ratio = 0.2
    occupancy_limit_ratio: Ratio = 0.9
    adherence_limit_ratio: Ratio = 0.8
    severities: dict[str, Severity] = {}
    off: list[str] = []
    dead_man: Name = "dead-man"
    receivers: list[ReceiverSettings] = [
        ReceiverSettings(name="on-call", severities=[Severity.PAGE]),
        ReceiverSettings(name="tickets", severities=[Severity.TICKET]),
        ReceiverSettings(name="log", severities=[Severity.INFO]),
        ReceiverSettings(name="dead-man", severities=[Severity.NONE]),
    ]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = [*self._faults()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _faults(self) -> Iterator[str]:
        names = [receiver.name for receiver in self.receivers]
        yield from (f"receiver {name!r} stands twice; name each once" for name in _twice(names))
        if self.dead_man not in names:
            yield f"dead_man {self.dead_man!r} is not there; known are {', '.join(names) or 'none'}"
        for severity in (Severity.PAGE, Severity.TICKET):
            if not any(
                receiver.severities == [] or severity in receiver.severities for receiver in self.receivers
            ):
                yield f"nobody is told of severity {severity}; give it to a receiver"
        mailed = any(receiver.kind is Kind.EMAIL for receiver in self.receivers)
        if mailed and not (self.smtp_host and self.smtp_from):
            yield "email needs smtp_host, for example mail.example:587, and smtp_from"

    def calendars(self) -> set[str]:
        """The calendars that receivers name."""
        return {receiver.calendar for receiver in self.receivers if receiver.calendar is not None}


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
