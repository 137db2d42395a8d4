"""What texts of alerts tell of the moment: each fact with its query and how it is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stream.alerting import promql
from stream.alerting.promql import STAFFED, longest_wait, missed, queue, window
from stream.alerting.rule import Text

_FACT = re.compile(r"\{(\w+)\}")
_COUNT, _SHARE, _SPAN, _TIME = 'printf "%.0f"', "humanizePercentage", "humanizeDuration", "humanizeTimestamp"
_UNKNOWN = Text("unknown", "tidak diketahui")
_NOBODY = Text("nobody waits", "tidak ada yang menunggu")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact: its query, given a matcher of what it is about; how its value is written, and its absence."""

    query: Callable[..., str]
    written: str
    absent: Text = _UNKNOWN
    of: tuple[str, ...] = ("tenant", "queue", "media")


#: By the words that stand in braces. `value` is what the expression of the rule came to.
FACTS: dict[str, Fact] = {
    "time": Fact(lambda: "vector(time())", _TIME, of=()),
    "waiting": Fact(lambda *of: queue("contacts_waiting", *of), _COUNT),
    "late": Fact(lambda *of: queue("contacts_waiting_over_threshold", *of), _COUNT),
    "longest": Fact(longest_wait, _SPAN, Text("0s", "0s")),
    "limit": Fact(lambda *of: queue("wait_limit_seconds", *of), _SPAN),
    "target": Fact(lambda *of: queue("service_level_threshold_seconds", *of), _SPAN),
    "free": Fact(lambda *of: promql.agents('state="available"', *of), _COUNT),
    "staffed": Fact(lambda *of: promql.agents(STAFFED, *of), _COUNT),
    "level": Fact(lambda *of: window("service_level_ratio", "30m", *of), _SHARE),
    "level_5m": Fact(lambda *of: window("service_level_ratio", "5m", *of), _SHARE),
    "level_today": Fact(lambda *of: window("service_level_ratio", "today", *of), _SHARE),
    "counted": Fact(lambda *of: window("contacts_counted", "30m", *of), _COUNT),
    "counted_today": Fact(lambda *of: window("contacts_counted", "today", *of), _COUNT),
    "missed": Fact(missed, _COUNT),
    "misses_left": Fact(lambda *of: window("misses_left", "today", *of), _COUNT),
    "goal": Fact(lambda *of: queue("service_level_target_ratio", *of), _SHARE),
    "least": Fact(lambda *of: queue("alert_min_contacts", *of), _COUNT),
    "abandoned": Fact(lambda *of: window("abandoned_ratio", "30m", *of), _SHARE),
    "abandoned_limit": Fact(lambda *of: queue("abandoned_limit_ratio", *of), _SHARE),
    "late_limit": Fact(lambda *of: queue("late_limit_ratio", *of), _SHARE),
    "handle": Fact(lambda *of: window("handle_mean_seconds", "30m", *of), _SPAN),
    **{
        f"{name}_limit_of_teams": Fact(
            lambda *of, name=name: promql.one(promql.selector(f"pantau_team_{name}_limit_ratio", *of)),
            _SHARE,
            of=("tenant",),
        )
        for name in ("unknown", "occupancy", "adherence")
    },
    "rebuilt": Fact(
        lambda *of: f"min by (tenant) ({promql.one(promql.selector('pantau_rebuild_progress_ratio', *of))})",
        _SHARE,
        of=("tenant",),
    ),
}
#: Values of the expression itself, by how they are written.
VALUES = {
    "count": _COUNT,
    "share": _SHARE,
    "span": _SPAN,
    "number": "humanize",
}


def named_in(text: str) -> list[str]:
    """The facts of a text, each once, in their order."""
    return [name for name in dict.fromkeys(_FACT.findall(text)) if name in FACTS]


def filled(text: str, fill: Callable[[str], str]) -> str:
    """A text with every word in braces replaced."""
    return _FACT.sub(lambda found: fill(found[1]), text)
