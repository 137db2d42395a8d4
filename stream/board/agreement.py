"""How a reader's own settings stand to the rulebook, which is what it reads by."""

from dataclasses import dataclass

from stream.domain.place import Place, grouped, listed
from stream.domain.rulebook import Rulebook, Wanted

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Agreement:
    """`differs`: where the file says otherwise; `waits`: what of it holds once all is built anew.

    Each is a short text for a person; of more than a few, the last says how many more there are.
    """

    fingerprint: str
    differs: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line; empty where all is well."""
        told = []
        if self.differs:
            told.append(f"the settings file differs from what workers book by: {'; '.join(self.differs)}")
        if self.waits:
            told.append(f"wait for `pantau rebuild`: {'; '.join(self.waits)}")
        return "; ".join(told)


def agreement(book: Rulebook, wanted: Wanted, now_ms: int) -> Agreement:
    """Hold a file to a rulebook."""
    if book.fingerprint == wanted.fingerprint:
        return Agreement(book.fingerprint, waits=_told(book.waiting(wanted, now_ms)))
    found = book.differences(wanted, now_ms)
    texts = {place: f"{theirs.code} instead of {ours.code}" for place, (theirs, ours) in found.items()}
    return Agreement(book.fingerprint, _told(texts))


def _told(texts: dict[Place, str]) -> tuple[str, ...]:
    return listed((f"{name}: {text}" for name, text in grouped(texts).items()), _MOST_TOLD)
