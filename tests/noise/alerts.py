"""From the instants at which a rule's expression is true to the alerts that somebody gets."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from noise.prometheus import STEP_SECONDS, Labels, Rule


class Alert(NamedTuple):
    """One that fires in [from_s, to_s); `queue` and `team` are "" where it is about no single one."""

    name: str
    severity: str
    queue: str
    team: str
    from_s: int
    to_s: int


def alerts(rule: Rule, true_at: dict[Labels, list[int]]) -> Iterator[Alert]:
    """What a rule fires: `for` and `keep_firing_for` as Prometheus has them, evaluated at every step."""
    for labels, instants in true_at.items():
        named = dict(labels) | rule.labels
        for from_s, to_s in fired(instants, rule.for_seconds, rule.keep_seconds):
            about = (named.get("severity", ""), named.get("queue", ""), named.get("team", ""))
            yield Alert(rule.name, *about, from_s, to_s)


def fired(instants: Iterable[int], for_seconds: int, keep_seconds: int) -> Iterator[tuple[int, int]]:
    """Spans of firing. Pending begins anew after each evaluation that is not true; firing is kept."""
    pending = firing = last = None
    for at in instants:
        is_next = last is not None and at - last <= STEP_SECONDS
        if firing is not None and last is not None and at - last > max(keep_seconds, STEP_SECONDS):
            yield firing, last + STEP_SECONDS + keep_seconds
            firing = pending = None
        if firing is None:
            pending = at if pending is None or not is_next else pending
            if at - pending >= for_seconds:
                firing = at
        last = at
    if firing is not None and last is not None:
        yield firing, last + STEP_SECONDS + keep_seconds
