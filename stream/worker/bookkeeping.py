"""The definitions that a worker books by: the rulebook in the store, which its own settings may amend.

The first worker to start writes the rulebook. A worker whose settings file says something new amends it, and
all follow. A file that was followed before, and no longer is, is outdated: it changes nothing, unless this
worker itself saw it replace the file that is followed now.
"""

import logging
from collections.abc import Callable

from stream.domain.instant import instant_text
from stream.domain.place import grouped, listed
from stream.domain.rulebook import Rulebook, Wanted, amended, begun
from stream.store.ports import RulebookStore

log = logging.getLogger("pantau.worker")
_FOLLOWS = "rulebook_followed id=%s fingerprint=%s"
_AMENDED = "definitions_changed fingerprint=%s places=%s from=%s"
_OUTDATED = (
    "settings_outdated fingerprint=%s our file was followed before and no longer is, so it changes nothing; "
    "workers book by the file of fingerprint %s: give it to all, or run `pantau rebuild` to go back to ours"
)
_WAITS = "definitions_wait until `pantau rebuild` is run, because what is booked cannot follow them: %s"
_FULL = "definitions_wait the rulebook has taken %d changes and takes no more; run `pantau rebuild`"
_MOST_NAMED = 5


class Bookkeeper:
    """Keeps a worker in step with the rulebook. `clock` gives the time in ms."""

    def __init__(self, store: RulebookStore, wanted: Wanted, clock: Callable[[], int]) -> None:
        self._store, self._wanted, self._clock = store, wanted, clock
        self._before: str | None = None
        self._has_amended = False
        self._book: Rulebook | None = None

    def reload(self, wanted: Wanted) -> None:
        """Take a changed settings file: the next look amends the rulebook by it."""
        self._before, self._wanted, self._has_amended = self._wanted.fingerprint, wanted, False

    async def look(self) -> Rulebook:
        """The rulebook that is in force, amended by our settings. Raises `StoreUnavailable`."""
        book = self._book
        if book is None or await self._store.rulebook_id() != book.id:
            book = await self._read()
        if not self._has_amended:
            book = await self._amend(book)
        if self._book is None or book.id != self._book.id:
            log.info(_FOLLOWS, book.id, book.fingerprint)
        self._book, self._has_amended = book, True
        return book

    async def _read(self) -> Rulebook:
        """The stored rulebook. Where it is lost, or older than what we know: that, or one from our file."""
        found, known = await self._store.rulebook(), self._book
        if found is not None and (known is None or found.place >= known.place):
            return found
        over = None if found is None else found.id
        return await self._store.put_rulebook(known or begun(self._wanted, self._clock()), over=over)

    async def _amend(self, book: Rulebook) -> Rulebook:
        """Amend the stored rulebook by our file, or say why not.

        It is stored only over the one that was amended. Where another worker was faster, its rulebook is
        amended.
        """
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
                self._log(book, new)
            book = stored
        self._warn(book)
        return book

    def _log(self, old: Rulebook, new: Rulebook) -> None:
        change = new.changes[-1]
        places = old.differences(Wanted(new.definitions, new.grace_ms), change.from_ms or change.told_ms)
        since = "now" if change.from_ms is None else instant_text(change.from_ms)
        names = grouped(dict.fromkeys(places, ""))
        log.info(_AMENDED, change.fingerprint, ", ".join(listed(names, _MOST_NAMED)) or "none", since)

    def _warn(self, book: Rulebook) -> None:
        waits = grouped(book.waiting(self._wanted, self._clock()))
        if waits:
            named = (f"{place}: {what}" for place, what in waits.items())
            log.warning(_WAITS, "; ".join(listed(named, _MOST_NAMED)))
