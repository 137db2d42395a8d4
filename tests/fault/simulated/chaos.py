"""What goes wrong in a run: each seed draws its own kinds of faults, and how often each comes."""

from collections import Counter
from dataclasses import dataclass
from random import Random

#: Faults of one request or answer.
REQUESTS = ("lost", "unanswered", "slow", "overtaken")
#: Faults that come by themselves.
HAPPENINGS = (
    *("rebalance", "late_rebalance", "killed", "frozen", "joined", "left"),
    *("redelivered", "called_off", "clock_stepped"),
    *("outage", "emptied", "failed_over", "restored", "reader_lags"),
)


@dataclass
class Fate:
    """See `server.Fate`."""

    out_seconds: float = 0.0005
    back_seconds: float = 0.0005
    lost: bool = False
    unanswered: bool = False


class Chaos:
    """Decides about every request, and when what happens."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.quiet = False
        self.counts: Counter[str] = Counter()
        self.kinds = [kind for kind in HAPPENINGS if rng.random() < 0.5] or ["rebalance"]
        self.every_seconds = rng.choice([0.3, 1.0, 3.0])
        self._requests = {kind: rng.choice([0.0, 0.0, 0.02, 0.1]) for kind in REQUESTS}
        self.letters_lost = rng.choice([0.0, 0.0, 0.2])

    def request(self) -> Fate:
        """What becomes of the next request."""
        if self.quiet:
            return Fate()
        rng = self._rng
        fate = Fate(rng.random() * 0.01, rng.random() * 0.01)
        for kind, share in self._requests.items():
            if share and rng.random() < share:
                self.counts[kind] += 1
                if kind == "slow":
                    fate.back_seconds += rng.random()
                elif kind == "overtaken":  # it may be executed after its sender has given up
                    fate.out_seconds += 4 * rng.random()
                else:
                    setattr(fate, kind, True)
        return fate

    def loses_letters(self) -> bool:
        """Whether Kafka refuses dead letters now."""
        lost = not self.quiet and self._rng.random() < self.letters_lost
        self.counts["letters_refused"] += lost
        return lost
