"""What customers felt, counted from what the centre tells and by nothing of Pantau."""

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple

from noise.incidents import told
from noise.site import TARGET_MS, centre
from noise.week import Week

#: Where fewer customers felt it, or a smaller share of them, nobody need be called.
_FEWEST, _LEAST_SHARE = 3, 0.4
_RECENT_MS = 600_000


class Visit(NamedTuple):
    """One who waited for an agent: in which queue, from when to when, and whether in vain."""

    queue: str
    at_ms: int
    until_ms: int
    is_lost: bool

    @property
    def is_missed(self) -> bool:
        """Whether somebody waited beyond the target, or left."""
        return self.is_lost or self.until_ms - self.at_ms > TARGET_MS

    @property
    def decided_ms(self) -> int:
        """When it was known whether the target was met."""
        return min(self.until_ms, self.at_ms + TARGET_MS)


class Harm(NamedTuple):
    """Of those who came to a queue in a span: how many waited too long or left, and the longest wait.

    `felt_from_s` is when those of the last ten minutes first felt it; None if they never did.
    """

    came: int
    missed: int
    longest_s: int = 0
    felt_from_s: int | None = None

    @property
    def is_felt(self) -> bool:
        """Whether customers felt it."""
        return self.missed >= _FEWEST and self.missed >= _LEAST_SHARE * self.came


def visits(week: Week) -> list[Visit]:
    """All who waited in a week, in the order in which their wait ended."""
    since: dict[tuple[str, int], tuple[str, int]] = {}
    found: list[Visit] = []
    span = {"seed": week.seed, "start_ms": week.start_ms, "until_ms": week.until_ms}
    for _, event in told(centre(week.seed), week.incidents, **span):
        document = json.loads(event.value)
        key = (event.key, document.get("data", {}).get("visit", 1))
        kind = document["type"].removeprefix("pantau.")
        if kind == "visit.queued":
            since[key] = (document["data"]["queue"], event.at_ms)
        elif kind in {"visit.answered", "visit.abandoned"} and key in since:
            found.append(Visit(*since.pop(key), event.at_ms, kind == "visit.abandoned"))
    return found


def harms(week: Week, every: Iterable[Visit]) -> list[Harm]:
    """The harm of each incident of a week."""
    every = list(every)
    return [harm(every, {one.queue}, one.start_ms, one.end_ms) for one in week.incidents]


def harm(every: Iterable[Visit], queues: Collection[str], start_ms: int, end_ms: int) -> Harm:
    """What those felt who came to these queues in [start_ms, end_ms)."""
    came = [one for one in every if one.queue in queues and start_ms <= one.at_ms < end_ms]
    longest_ms = max((one.until_ms - one.at_ms for one in came), default=0)
    missed = [one for one in came if one.is_missed]
    return Harm(len(came), len(missed), longest_ms // 1000, _felt_from_s(came, missed))


def _felt_from_s(came: list[Visit], missed: list[Visit]) -> int | None:
    for at_ms in sorted(one.decided_ms for one in missed):
        recent = [one for one in came if at_ms - _RECENT_MS < one.decided_ms <= at_ms]
        if Harm(len(recent), sum(one.is_missed for one in recent)).is_felt:
            return at_ms // 1000
    return None
