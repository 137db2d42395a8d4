"""Compares a reader's settings file with the rulebook, by which the reader reads."""

from dataclasses import dataclass

from stream.domain.place import Place, grouped, listed
from stream.domain.rulebook import Rulebook, Wanted

_MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Agreement:
    """`differs` lists where the file differs from the rulebook; `waits` lists what applies after a rebuild.

    Each entry is a short text for people. Beyond a few entries, the last one gives the number of others.
    """

    fingerprint: str
    differs: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line; empty if they agree."""
        lines = []
        if self.differs:
            lines.append(f"the settings file differs from the rulebook: {'; '.join(self.differs)}")
        if self.waits:
            lines.append(f"waiting for `pantau rebuild`: {'; '.join(self.waits)}")
        return "; ".join(lines)


def agreement(book: Rulebook, wanted: Wanted, now_ms: int) -> Agreement:
    """Compare a file with a rulebook."""
    if book.fingerprint == wanted.fingerprint:
        return Agreement(book.fingerprint, waits=_texts(book.waiting(wanted, now_ms)))
    found = book.differences(wanted, now_ms)
    texts = {place: f"{theirs.code} instead of {ours.code}" for place, (theirs, ours) in found.items()}
    return Agreement(book.fingerprint, _texts(texts))


def _texts(texts: dict[Place, str]) -> tuple[str, ...]:
    return listed((f"{name}: {text}" for name, text in grouped(texts).items()), _MOST_LISTED)
