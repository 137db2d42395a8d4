"""By which definitions a worker books: those of the rulebook in the store, which its own settings may amend.

The first worker to start writes the rulebook. Whoever has a file that says something new amends it, and all
follow. A file that was followed before, and no more, is one that lags behind: it changes nothing, unless the
worker saw with its own eyes how what is followed was replaced by it.
"""

import logging
from collections.abc import Callable

from stream.domain.instant import instant_text
from stream.domain.place import grouped, listed
from stream.domain.rulebook import Rulebook, Wanted, amended, begun
from stream.store.base import Store

log = logging.getLogger("pantau.worker")
_FOLLOWS = "rulebook_followed id=%s fingerprint=%s"
_AMENDED = "definitions_changed fingerprint=%s places=%s from=%s"
_OUTDATED = (
    "settings_outdated fingerprint=%s our file was followed before and is no more, so it changes nothing; "
    "workers book by that of fingerprint %s: give it to all, or run `pantau rebuild` to go back to ours"
)
_WAITS = "definitions_wait until `pantau rebuild` is run, for what is booked does not tell them: %s"
_FULL = "definitions_wait the rulebook has taken %d changes and takes no more; run `pantau rebuild`"
_MOST_NAMED = 5


class Bookkeeper:
    """Keeps a worker in step with the rulebook. `clock` tells the time in ms."""

    def __init__(self, store: Store, wanted: Wanted, clock: Callable[[], int]) -> None:
        self._store, self._wanted, self._clock = store, wanted, clock
        self._before: str | None = None
        self._is_told = False
        self._book: Rulebook | None = None

    def reload(self, wanted: Wanted) -> None:
        """Our file says something else now: with the next look it is told."""
        self._before, self._wanted, self._is_told = self._wanted.fingerprint, wanted, False

    async def look(self) -> Rulebook:
        """The rulebook that holds, after ours was told. Raises `StoreUnavailable`."""
        book = self._book
        if book is None or await self._store.rulebook_id() != book.id:
            book = await self._read()
        if not self._is_told:
            book = await self._tell(book)
        if self._book is None or book.id != self._book.id:
            log.info(_FOLLOWS, book.id, book.fingerprint)
        self._book, self._is_told = book, True
        return book

    async def _read(self) -> Rulebook:
        """What is stored; what we know, where that was lost, or came back as it was before; else our file."""
        found, known = await self._store.rulebook(), self._book
        if found is not None and (known is None or found.place >= known.place):
            return found
        over = None if found is None else found.id
        return await self._store.put_rulebook(known or begun(self._wanted, self._clock()), over=over)

    async def _tell(self, book: Rulebook) -> Rulebook:
        """Amend the rulebook by our file, until that was said of what is stored."""
        wanted, now_ms = self._wanted, self._clock()
        while book.fingerprint != wanted.fingerprint:
            if book.is_outdated(wanted) and self._before != book.fingerprint:
                log.warning(_OUTDATED, wanted.fingerprint, book.fingerprint)
                return book
            new = amended(book, wanted, now_ms=now_ms, booked_ms=await self._store.booked_ms())
            if new is book:
                log.warning(_FULL, len(book.changes))
                return book
            stored = await self._store.put_rulebook(new, over=book.id)
            if stored.id == new.id and stored.fingerprint == new.fingerprint:
                self._say(book, new)
            book = stored
        self._warn(book)
        return book

    def _say(self, old: Rulebook, new: Rulebook) -> None:
        change = new.changes[-1]
        places = old.differences(Wanted(new.definitions, new.grace_ms), change.from_ms or change.told_ms)
        since = "now" if change.from_ms is None else instant_text(change.from_ms)
        names = grouped(dict.fromkeys(places, ""))
        log.info(_AMENDED, change.fingerprint, ", ".join(listed(names, _MOST_NAMED)) or "none", since)

    def _warn(self, book: Rulebook) -> None:
        waits = grouped(book.waiting(self._wanted, self._clock()))
        if waits:
            told = (f"{place}: {what}" for place, what in waits.items())
            log.warning(_WAITS, "; ".join(listed(told, _MOST_NAMED)))
