"""A week simulated, scraped, and evaluated by a real Prometheus."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from re import findall
from typing import NamedTuple

from noise.alerts import Alert, alerts
from noise.harm import Harm, harms
from noise.prometheus import Rule, having_seen, rules, true_at
from noise.week import Week, scraped

RULES = Path(__file__).parents[2] / "alerts" / "rules"


class Seen(NamedTuple):
    """What a week came to."""

    week: Week
    harms: list[Harm]
    alerts: list[Alert]


def look(week: Week) -> Seen:
    """Simulate a week, and evaluate all rules over it."""
    known = rules(RULES)
    names = {name for rule in known for name in findall(r"\b(?:pantau_\w+|up)\b", rule.expr)}
    with tempfile.TemporaryDirectory(prefix="pantau-noise-") as folder:
        days = scraped(week, names, Path(folder))
        with having_seen(days, Path(folder)) as url:
            return Seen(week, harms(week), [*_alerts(known, url, week)])


def _alerts(known: list[Rule], url: str, week: Week) -> Iterator[Alert]:
    for rule in known:
        yield from alerts(rule, true_at(url, rule.expr, week.start_ms // 1000, week.until_ms // 1000))
