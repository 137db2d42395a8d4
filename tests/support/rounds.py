"""Rounds of random breakage under load: what was broken, how long it took to recover, and what was found."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from rich.table import Table
from support.breakages import BREAKAGES, chosen
from support.rig import Found, Rig

LOAD, _A_SECOND = 700, 200
_BAD = 3
#: So much of what is wrong is printed.
_TOLD = 400


@dataclass(frozen=True, slots=True)
class Round:
    """One round that was run."""

    seed: int
    broken: tuple[str, ...]
    recovered_seconds: float
    found: Found

    @property
    def is_true(self) -> bool:
        """Whether nothing was lost, counted twice, or wrong."""
        return not any(self.found)

    def __str__(self) -> str:
        verdict = "true" if self.is_true else f"WRONG {str(self.found)[:_TOLD]} ..."
        return f"seed {self.seed}: {' + '.join(self.broken)}: {self.recovered_seconds:.1f} s, {verdict}"


def play_for(
    rig: Rig, seed: int, *, seconds: float, broken: tuple[str, ...] | None = None
) -> Iterator[Round]:
    """Play one round after another until so many seconds are over, or the simulated events are."""
    chance, until = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < until and rig.has_more:
        yield play(rig, chance.randrange(10**9), broken)


def play(rig: Rig, seed: int, broken: tuple[str, ...] | None = None, *, load: int = LOAD) -> Round:
    """Break one thing or two under load, mend them, and see what the installation shows."""
    chance = random.Random(seed)
    broken = broken or tuple(chosen(chance, apache=rig.apache))
    breakages = [BREAKAGES[name](rig, chance) for name in broken]
    lasts = max(chance.uniform(*breakage.lasts) for breakage in breakages)
    if chance.random() < 0.3:
        rig.cache.backup()
    feeding = rig.begin(load, seconds=load / _A_SECOND, bad=_BAD)
    for breakage in breakages:
        time.sleep(chance.uniform(0.0, 1.5))
        breakage.strike()
    time.sleep(lasts)
    for breakage in reversed(breakages):
        breakage.heal()
    recovered = rig.recover()
    rig.source.wait(feeding)
    rig.settle()
    return Round(seed, broken, recovered, rig.inspect())


def table(rounds: Iterable[Round]) -> Table:
    """What a row of rounds came to: by kind of breakage how often, and the seconds until all was shown."""
    rounds = list(rounds)
    by_kind: dict[str, list[float]] = defaultdict(list)
    for each in rounds:
        for kind in each.broken:
            by_kind[kind].append(each.recovered_seconds)
    result = Table("broken", "times", "median s", "worst s", title=summary(rounds))
    for kind, seconds in sorted(by_kind.items()):
        result.add_row(kind, str(len(seconds)), f"{median(seconds):.1f}", f"{max(seconds):.1f}")
    return result


def summary(rounds: list[Round]) -> str:
    """One line: rounds, and what was lost, double and wrong in all of them."""
    sums = Counter[str]()
    for each in rounds:
        sums["lost"] += each.found.lost + each.found.letters_missing
        sums["double"] += each.found.double
        sums["wrong values"] += len(each.found.unlike) + each.found.letters_wrong
    told = ", ".join(f"{name} {sums[name]}" for name in ("lost", "double", "wrong values"))
    return f"{len(rounds)} rounds: {told}"
