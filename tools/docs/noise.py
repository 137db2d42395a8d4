"""How often and how soon alerts came in simulated weeks: a section of docs/alerts.md."""

import json
from math import exp
from pathlib import Path
from statistics import median
from typing import Any

from tools.docs.markdown import table

_RESULT = Path(__file__).parents[2] / "tests" / "noise" / "result.json"
_WEEKS_OF_QUARTER = 13
_HEADINGS = (
    *("incident", "injected", "felt", "paged"),
    *("median since felt", "longest", "median since injected", "longest"),
)
_UNSURE = 0.05
PICTURE = "alerts.svg"

Json = dict[str, Any]


def result() -> Json:
    """The latest measurement."""
    found: Json = json.loads(_RESULT.read_text(encoding="utf-8"))
    return found


def measured() -> str:
    """Render the section."""
    found = result()
    return "\n\n".join(
        (
            _intro(found),
            table(("queue", "weeks", "pages a week", "false pages", "a quarter, at most"), _queues(found)),
            _tickets(found),
            _detection(found),
            table(_HEADINGS, _kinds(found)),
            f"![One dot for each felt incident: seconds from when customers felt it to its page]({PICTURE})",
            _LIMITS,
        )
    )


def at_most(count: int) -> float:
    """With 95% confidence the mean of a Poisson count is below this."""
    low, high = 0.0, 10.0 + 3 * count
    for _ in range(60):
        mean = (low + high) / 2
        low, high = (mean, high) if _chance(count, mean) > _UNSURE else (low, mean)
    return high


def _chance(count: int, mean: float) -> float:
    """Of at most this count."""
    term = total = exp(-mean)
    for number in range(1, count + 1):
        term *= mean / number
        total += term
    return total


def _intro(found: Json) -> str:
    healthy, troubled = found["healthy_days_by_seed"], found["troubled_days_by_seed"]
    return f"""## How often, and how soon

Measured on {_span(healthy)} of healthy and {_span(troubled)} of troubled operation of a simulated centre with
four phone queues, by a real Prometheus with these rules: `python -m noise` in `tests` repeats it. An alert is
false if nothing is wrong and customers feel nothing: from half an hour before it until it is over, under
3 visits or under 40% of them miss the target. Visits are counted from the events, without code of Pantau.
The last column is the upper bound of false pages per quarter with 95% confidence."""


def _span(days: dict[str, int]) -> str:
    return f"{sum(days.values())} days (seeds {', '.join(days)})"


def _healthy_weeks(found: Json) -> float:
    return float(sum(found["healthy_days_by_seed"].values()) / 7)


def _queues(found: Json) -> list[tuple[str, ...]]:
    weeks = _healthy_weeks(found)
    rows = [_queue(found, name, [name], weeks) for name in found["queues"]]
    return [*rows, _queue(found, "each of all", found["queues"], weeks * len(found["queues"]))]


def _queue(found: Json, title: str, names: list[str], weeks: float) -> tuple[str, ...]:
    pages = [one for one in found["alerts"] if one["severity"] == "page" and one["about"] in names]
    false = _count(one for one in pages if one["judged"] == "false")
    quarter = _WEEKS_OF_QUARTER * at_most(false) / weeks
    return (title, f"{weeks:.1f}", f"{_count(pages) / weeks:.2f}", str(false), f"{quarter:.1f}")


def _count(alerts: Any) -> int:
    return sum(one["count"] for one in alerts)


def _tickets(found: Json) -> str:
    tickets = [one for one in found["alerts"] if one["severity"] == "ticket"]
    false = [one for one in tickets if one["judged"] == "false"]
    weeks = _healthy_weeks(found) * len(found["queues"])
    names = ", ".join(f"{one['alert']} of {one['about']} {one['count']}" for one in false) or "none"
    rate = _count(tickets) / weeks
    between = [one for one in found["between_incidents"] if one["judged"] == "false"]
    pages = _count(one for one in between if one["severity"] == "page")
    return f"""\
Tickets on healthy days: {_count(tickets)}, {rate:.2f} per queue and week. False: {names}.

False on troubled days, more than an hour after an incident:
pages {pages}, tickets {_count(between) - pages}."""


def _detection(found: Json) -> str:
    felt, paged = _sum(found, "felt"), _sum(found, "paged")
    felt_for, injected_for = _middle(found, "since_felt_seconds"), _middle(found, "delays_seconds")
    rest = {"incidents": [one for one in found["incidents"] if one["kind"] != "dead feed"]}
    others = [_middle(rest, word) for word in ("since_felt_seconds", "delays_seconds")]
    least = f"{100 * paged / felt:.0f}%" if felt else "none"
    return f"""\
In troubled weeks three incidents a day of 10 to 40 minutes are injected. Customers feel an incident if
3 or more visits, and 40% of them, miss the target while it lasts; a dead feed counts as felt. Of {felt} felt
incidents {paged} are paged ({least}): in the median {felt_for} after the visits of the last ten minutes
first feel it, and {injected_for} after the incident is injected. A page up to 5 minutes after the end of an
incident counts. A dead feed counts from its begin; without dead
feeds the medians are {others[0]} and {others[1]}. Spare
agents and talks in progress delay what customers feel."""


def _sum(found: Json, word: str) -> int:
    return sum(one[word] for one in found["incidents"])


def _middle(found: Json, word: str) -> str:
    delays = [delay for one in found["incidents"] for delay in one[word]]
    return f"{median(delays):.0f} s" if delays else "unknown"


def _kinds(found: Json) -> list[tuple[str, ...]]:
    return [_kind(one) for one in found["incidents"]]


def _kind(one: Json) -> tuple[str, ...]:
    counts = [str(one[word]) for word in ("injected", "felt", "paged")]
    return (one["kind"], *counts, *_times(one["since_felt_seconds"]), *_times(one["delays_seconds"]))


def _times(delays: list[int]) -> tuple[str, str]:
    return (f"{median(delays):.0f} s", f"{max(delays)} s") if delays else ("-", "-")


_LIMITS = """These weeks are few and simulated. Scrapes and evaluations are 30 s apart, where a site has 10
s: there pages come up to 40 s sooner, and what lasts under a minute is found more often. A page counts from
the moment that Prometheus raises it; `group_wait` adds 10 s. Alertmanager's inhibitions are left out."""
