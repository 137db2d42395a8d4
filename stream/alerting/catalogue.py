"""All alerts, and those that a site has."""

from dataclasses import replace

from stream.alerting.agents import AGENTS
from stream.alerting.customers import CUSTOMERS
from stream.alerting.path import META, PATH
from stream.alerting.rule import Rule
from stream.errors import BadSettings
from stream.settings import AlertSettings

#: By the file that holds them.
FILES: dict[str, tuple[Rule, ...]] = {"service": CUSTOMERS, "agents": AGENTS, "pipeline": (*PATH, *META)}
RULES: tuple[Rule, ...] = tuple(rule for rules in FILES.values() for rule in rules)
NAMES = frozenset(rule.name for rule in RULES)
#: What proves that alerts are told.
WATCHDOG = "Watchdog"


def rules_of(alerts: AlertSettings) -> dict[str, tuple[Rule, ...]]:
    """The rules of a site by file. Raises `BadSettings` for an alert that is not there."""
    _refuse_unknown(alerts)
    return {
        file: tuple(_as_wanted(rule, alerts) for rule in rules if rule.name not in alerts.off)
        for file, rules in FILES.items()
    }


def _as_wanted(rule: Rule, alerts: AlertSettings) -> Rule:
    return replace(rule, severity=alerts.severities.get(rule.name, rule.severity))


def _refuse_unknown(alerts: AlertSettings) -> None:
    places = (("severities", [*alerts.severities]), ("off", alerts.off))
    faults = [
        f"alerts.{place}: {name!r} is no alert; known are {', '.join(sorted(NAMES))}"
        for place, names in places
        for name in names
        if name not in NAMES
    ]
    fixed = [
        f"alerts.{place}: {WATCHDOG} is always on, and tells nobody but the dead man; leave it out"
        for place, names in places
        if WATCHDOG in names
    ]
    several = {rule.name for rule in RULES if sum(other.name == rule.name for other in RULES) > 1}
    twice = [
        f"alerts.severities: {name} has two severities by itself, of what is whole and what is partly; "
        f"leave it out"
        for name in alerts.severities
        if name in several
    ]
    if faults or fixed or twice:
        raise BadSettings("\n".join([*faults, *fixed, *twice]))
