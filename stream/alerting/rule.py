"""An alert as a row: when it is raised, and what people are told."""

from dataclasses import dataclass
from typing import NamedTuple

from stream.settings import Language, Scope, Severity


class Panel(NamedTuple):
    """A panel of a dashboard in Grafana: the uid of the dashboard, and the id of the panel."""

    dashboard: str
    id: int


SERVICE_LEVEL, LONGEST_WAIT = Panel("pantau-alerts", 1), Panel("pantau-alerts", 2)
_AGENTS_AVAILABLE, _STATE_OF_DATA = Panel("pantau-wallboard", 4), Panel("pantau-wallboard", 6)
_BY_SCOPE = {Scope.QUEUE: SERVICE_LEVEL, Scope.AGENTS: _AGENTS_AVAILABLE}


class Text(NamedTuple):
    """What people read, by language; `id` is left out where engineers alone are told.

    Words in braces are facts, filled in when it is raised: see `facts`.
    """

    en: str
    id: str = ""

    def of(self, language: Language) -> str:
        """In a language, or in English where it has no other."""
        return self.id or self.en if language is Language.INDONESIAN else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alert. It is raised once `expr` has had a series for `wait`, and kept for `keep` afterwards.

    `labels` are those of its series, by which links are filled in; `job` is given where `expr` has none.
    `summary` tells no value; `action` what to do now, at greater length in the runbook of that name.
    """

    name: str
    scope: Scope
    severity: Severity
    expr: str
    summary: Text
    description: Text
    action: Text
    wait: str = ""
    keep: str = ""
    labels: tuple[str, ...] = ()
    job: str = ""
    panel: Panel | None = None

    @property
    def key(self) -> str:
        """By this it is one of its name, of which there may be two of different severity."""
        return f"{self.name}/{self.severity}"

    @property
    def shown_on(self) -> Panel:
        """The panel that shows what it is about: its own, or that of its scope."""
        return self.panel or _BY_SCOPE.get(self.scope, _STATE_OF_DATA)

    @property
    def anchor(self) -> str:
        """Its heading in the runbooks."""
        return self.name.lower()
