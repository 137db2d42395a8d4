"""The result of the weeks: each alert on a line for people to judge, and counts for docs/alerts.md."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

from noise.evaluated import Seen, Told
from noise.incidents import KINDS
from noise.prometheus import STEP_SECONDS
from noise.site import centre
from noise.verdict import Detection, Judged, detected, judged

Json = dict[str, Any]


def listed(seen: Seen) -> Iterator[str]:
    """A line for each alert and for each incident of a week, in their order."""
    lines = [(told.alert.from_s, _of_alert(told, judged(told, seen.week.incidents))) for told in seen.alerts]
    lines += [(one.incident.start_ms // 1000, _of_incident(one)) for one in detections(seen)]
    yield f"week {seen.week.name}"
    for at_s, line in sorted(lines):
        yield f"  {datetime.fromtimestamp(at_s, UTC):%a %H:%M:%S} {line}"


def detections(seen: Seen) -> list[Detection]:
    """What became of each incident of a week."""
    pages = [told.alert for told in seen.alerts if told.alert.severity == "page"]
    both = zip(seen.week.incidents, seen.harms, strict=True)
    return [detected(incident, harm, pages) for incident, harm in both]


def _of_alert(told: Told, why: Judged) -> str:
    one, felt = told
    minutes = (one.to_s - one.from_s) / 60
    about = one.queue or one.team or "-"
    customers = f"{felt.missed} of {felt.came} missed, longest {felt.longest_s} s"
    return f"{why:8} {one.severity:6} {one.name:24} {about:13} {minutes:5.1f} min  {customers}"


def _of_incident(one: Detection) -> str:
    minutes = (one.incident.end_ms - one.incident.start_ms) // 60_000
    felt = "felt" if one.is_felt else "not felt"
    found = (
        "NOT PAGED"
        if one.delay_s is None
        else f"paged after {one.delay_s} s, {one.since_felt_s} s felt, by {one.alert}"
    )
    return (
        f"======== {one.incident.kind}, {one.incident.queue}, {minutes} min, {felt} ({_share(one)}): {found}"
    )


def _share(one: Detection) -> str:
    return f"{one.harm.missed} of {one.harm.came} missed"


def result(seen: list[Seen]) -> Json:
    """All that docs/alerts.md tells of it."""
    healthy = [one for one in seen if not one.week.incidents]
    troubled = [one for one in seen if one.week.incidents]
    every = [detection for one in troubled for detection in detections(one)]
    return {
        "step_seconds": STEP_SECONDS,
        "queues": [queue.name for queue in centre(1).queues],
        "healthy_days_by_seed": {str(one.week.seed): one.week.days for one in healthy},
        "troubled_days_by_seed": {str(one.week.seed): one.week.days for one in troubled},
        "alerts": _alerts(healthy),
        "between_incidents": [one for one in _alerts(troubled) if one["judged"] != Judged.INCIDENT],
        "incidents": [_kind(kind, [one for one in every if one.incident.kind == kind]) for kind in KINDS],
    }


def _alerts(seen: list[Seen]) -> list[Json]:
    counts = Counter(
        (told.alert.name, told.alert.severity, told.alert.queue or told.alert.team, str(why))
        for one in seen
        for told in one.alerts
        for why in [judged(told, one.week.incidents)]
    )
    words = ("alert", "severity", "about", "judged")
    return [{**dict(zip(words, key, strict=True)), "count": counts[key]} for key in sorted(counts)]


def _kind(kind: str, found: list[Detection]) -> Json:
    """Delays are those of the incidents that customers felt."""
    felt = [one for one in found if one.is_felt]
    delays = sorted(one.delay_s for one in felt if one.delay_s is not None)
    return {
        "kind": kind,
        "injected": len(found),
        "felt": len(felt),
        "paged": len(delays),
        "paged_not_felt": sum(one.delay_s is not None for one in found if not one.is_felt),
        "delays_seconds": delays,
        "since_felt_seconds": sorted(one.since_felt_s for one in felt if one.since_felt_s is not None),
    }


def counted(found: Json) -> Iterator[str]:
    """A line for each kind of alert, and for each kind of incident."""
    yield f"healthy days by seed: {found['healthy_days_by_seed']}"
    yield from map(_kind_of_alert, found["alerts"])
    yield f"troubled days by seed: {found['troubled_days_by_seed']}; between incidents:"
    yield from map(_kind_of_alert, found["between_incidents"])
    for one in found["incidents"]:
        delays = one["delays_seconds"] or [0]
        counts = ", ".join(f"{one[word]} {word}" for word in ("injected", "felt", "paged", "paged_not_felt"))
        yield f"  {one['kind']}: {counts}; median {median(delays):.0f} s, longest {max(delays)} s"


def _kind_of_alert(one: Json) -> str:
    return f"  {one['severity']:6} {one['judged']:6} {one['alert']:24} {one['about']:13} {one['count']}"
