"""Which alerts were right, which incidents were found and how soon."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from noise.alerts import Alert
from noise.evaluated import Told
from noise.harm import Harm
from noise.incidents import DEAD, Incident

#: What an incident leaves behind is still its own: a window of half an hour, and alerts that are kept.
AFTERMATH_S = 3_600
_MINUTES_AFTER_S = 300


class Judged(StrEnum):
    """Why an alert was right, or that it was not."""

    INCIDENT = "incident"
    FELT = "felt"
    FALSE = "false"


class Detection(NamedTuple):
    """An incident, what it did, and how long after its begin the first page came; None where none did."""

    incident: Incident
    harm: Harm
    delay_s: int | None
    alert: str = ""

    @property
    def is_felt(self) -> bool:
        """Whether somebody should have been called: customers felt it, or nobody could know."""
        return self.harm.is_felt or self.incident.kind == DEAD

    @property
    def since_felt_s(self) -> int | None:
        """How long customers had felt it when the first page came; 0 if the page came before."""
        if self.delay_s is None:
            return None
        felt_s = self.harm.felt_from_s
        if self.incident.kind == DEAD or felt_s is None:
            return self.delay_s
        return max(0, self.delay_s - (felt_s - self.incident.start_ms // 1000))

    @property
    def is_missed(self) -> bool:
        """Whether it was felt, and nobody was called."""
        return self.is_felt and self.delay_s is None


def detected(incident: Incident, harm: Harm, pages: Iterable[Alert]) -> Detection:
    """The first page about an incident while it lasts, or in the minutes after."""
    start_s, end_s = incident.start_ms // 1000, incident.end_ms // 1000
    queues = {incident.queue, ""} if incident.kind == DEAD else {incident.queue}
    about = [page for page in pages if page.queue in queues]
    hits = [page for page in about if page.to_s > start_s and page.from_s < end_s + _MINUTES_AFTER_S]
    if not hits:
        return Detection(incident, harm, None)
    first = min(hits, key=lambda page: page.from_s)
    return Detection(incident, harm, max(0, first.from_s - start_s), first.name)


def judged(told: Told, incidents: Iterable[Incident]) -> Judged:
    """False is what fires while nothing has been wrong for an hour, and customers felt nothing.

    An incident of one queue is felt in all queues of its agents.
    """
    spans = [(one.start_ms // 1000, one.end_ms // 1000 + AFTERMATH_S) for one in incidents]
    if any(low <= told.alert.from_s < high for low, high in spans):
        return Judged.INCIDENT
    return Judged.FELT if told.around.is_felt else Judged.FALSE
