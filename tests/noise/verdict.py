"""Which alerts were right, which incidents were found and how soon."""

from collections import defaultdict
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from rich.table import Table

from noise.alerts import Alert
from noise.harm import Harm
from noise.incidents import DEAD, Incident

#: What an incident leaves behind is still its own: a window of half an hour, and alerts that are kept.
AFTERMATH_S = 3_600
_MINUTES_AFTER_S = 300


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


def unfounded(alerts: Iterable[Alert], incidents: Iterable[Incident]) -> list[Alert]:
    """Those that fired while nothing had been wrong for an hour; a shared team suffers in all its queues."""
    spans = [(one.start_ms // 1000, one.end_ms // 1000 + AFTERMATH_S) for one in incidents]
    return [one for one in alerts if not any(low <= one.from_s < high for low, high in spans)]


def table(found: list[Detection]) -> Table:
    """A row for each kind: how many were felt, how many of those somebody was called for, and how soon."""
    result = Table("incident", "injected", "felt", "paged", "median s", "worst s", "paged, not felt")
    kinds: dict[str, list[Detection]] = defaultdict(list)
    for one in found:
        kinds[one.incident.kind].append(one)
    for kind, ones in [*sorted(kinds.items()), ("all", found)]:
        felt = [one for one in ones if one.is_felt]
        delays = [one.delay_s for one in felt if one.delay_s is not None]
        times = (f"{median(delays):.0f}", f"{max(delays)}") if delays else ("-", "-")
        beyond = sum(one.delay_s is not None for one in ones if not one.is_felt)
        result.add_row(kind, str(len(ones)), str(len(felt)), str(len(delays)), *times, str(beyond))
    return result
