"""What an incident does to customers, counted from what the centre tells and by nothing of Pantau."""

import json
from typing import NamedTuple

from noise.incidents import told
from noise.site import TARGET_MS, centre
from noise.week import Week

#: Where fewer customers felt it, or a smaller share of them, nobody need be called.
_FEWEST, _LEAST_SHARE = 3, 0.4


class Harm(NamedTuple):
    """Of the contacts that came to a queue while something was wrong, how many waited too long, or left."""

    came: int
    missed: int

    @property
    def is_felt(self) -> bool:
        """Whether customers felt it."""
        return self.missed >= _FEWEST and self.missed >= _LEAST_SHARE * self.came


def harms(week: Week) -> list[Harm]:
    """The harm of each incident of a week."""
    since: dict[tuple[str, int], tuple[str, int]] = {}
    waits: list[tuple[str, int, int]] = []
    span = {"seed": week.seed, "start_ms": week.start_ms, "until_ms": week.until_ms}
    for _, event in told(centre(week.seed), week.incidents, **span):
        document = json.loads(event.value)
        key = (event.key, document.get("data", {}).get("visit", 1))
        kind = document["type"].removeprefix("pantau.")
        if kind == "visit.queued":
            since[key] = (document["data"]["queue"], event.at_ms)
        elif kind in {"visit.answered", "visit.abandoned"} and key in since:
            queue, at_ms = since.pop(key)
            missed = kind == "visit.abandoned" or event.at_ms - at_ms > TARGET_MS
            waits.append((queue, at_ms, missed))
    return [_harm(waits, one.queue, one.start_ms, one.end_ms) for one in week.incidents]


def _harm(waits: list[tuple[str, int, int]], queue: str, start_ms: int, end_ms: int) -> Harm:
    missed = [was for at, at_ms, was in waits if at == queue and start_ms <= at_ms < end_ms]
    return Harm(len(missed), sum(missed))
