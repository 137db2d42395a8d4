"""A week simulated, scraped, and evaluated by a real Prometheus."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from re import findall
from typing import NamedTuple

from noise.alerts import Alert, alerts
from noise.harm import Harm, Visit, harm, harms, visits
from noise.prometheus import Rule, having_seen, rules, stored, true_at
from noise.site import served
from noise.week import Week, scraped

RULES = Path(__file__).parents[2] / "alerts" / "rules"
#: Raised all the time, on purpose.
_ALWAYS = "Watchdog"
#: What customers felt before an alert is what it tells of: the half hour of a window at most.
BEFORE_MS = 1_800_000


class Told(NamedTuple):
    """An alert, and what customers of its queue felt from half an hour before until it was over."""

    alert: Alert
    around: Harm


class Seen(NamedTuple):
    """What a week came to."""

    week: Week
    harms: list[Harm]
    alerts: list[Told]


def look(week: Week, kept: Path) -> Seen:
    """Evaluate all rules over a week, which is simulated unless `kept` has it already."""
    known = [rule for rule in rules(RULES) if rule.name != _ALWAYS]
    data, every = _simulated(week, known, kept)
    with (
        tempfile.TemporaryDirectory(prefix="pantau-noise-") as folder,
        having_seen(data, Path(folder)) as url,
    ):
        found = sorted(_alerts(known, url, week), key=lambda alert: alert.from_s)
    return Seen(week, harms(week, every), [_told(alert, every) for alert in found])


def _told(alert: Alert, every: list[Visit]) -> Told:
    queues = {alert.queue} if alert.queue else served(alert.team)
    return Told(alert, harm(every, queues, alert.from_s * 1000 - BEFORE_MS, alert.to_s * 1000))


def _simulated(week: Week, known: list[Rule], kept: Path) -> tuple[Path, list[Visit]]:
    """The store of Prometheus, and all who waited."""
    names = {name for rule in known for name in findall(r"\b(?:pantau_\w+|up)\b", rule.expr)}
    folder = kept / week.name
    seen = folder / "seen.json"
    if not seen.exists() or not names <= set(json.loads(seen.read_text())["names"]):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        days = scraped(week, names, folder)
        stored(days, folder / "data")
        for day in days:
            day.unlink()
        seen.write_text(json.dumps({"names": sorted(names), "visits": visits(week)}))
    return folder / "data", [Visit(*one) for one in json.loads(seen.read_text())["visits"]]


def _alerts(known: list[Rule], url: str, week: Week) -> Iterator[Alert]:
    for rule in known:
        yield from alerts(rule, true_at(url, rule.expr, week.spans))
