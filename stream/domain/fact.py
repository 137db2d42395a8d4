"""Facts: what events prove about one subject, as plain values that sort and compare.

A contact is the *set* of its facts, so duplicates and the order of arrival change nothing. Facts are tuples
of time, kind and identity, then slots.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from msgspec.json import Decoder, Encoder

from stream.domain.kinds import ROWS

_encode = Encoder().encode
_tuple: Any = tuple.__new__


class _Stored(NamedTuple):
    """A stored fact. The meaning of `number`, `a`, `b` and `c` depends on the kind."""

    at_ms: int
    kind: int
    uid: str
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""
    sequence: str = ""


class Fact(_Stored):
    """One fact, an instance of the class of its kind, which names the slots of that kind; see `Row`.

    Times are ms, in text slots as digits, "" if absent. `other` is the identity of the fact that a correction
    or retraction refers to, and `instead` the corrected fact as `fact_text`. `sequence` is the place among
    the source's events as sortable text, "" if absent. Raises `ValueError` for an unknown kind.
    """

    __slots__ = ()
    if TYPE_CHECKING:
        visit: int
        capacity: int
        accepted_ms: str
        agent: str
        asked_ms: str
        by: str
        channel: str
        details: str
        due_ms: str
        from_ms: str
        instead: str
        other: str
        queue: str
        reason: str
        relation: str
        result: str
        shifts: str
        state: str
        team: str
        to: str
        to_ms: str
        transfer: str

    def __new__(  # noqa: PLR0913, PLR0917 - as it is stored
        cls,
        at_ms: int,
        kind: int,
        uid: str,
        number: int = 0,
        a: str = "",
        b: str = "",
        c: str = "",
        sequence: str = "",
    ) -> Self:
        """Make a fact from its stored fields."""
        made: Self = _tuple(class_of(kind), (at_ms, kind, uid, number, a, b, c, sequence))
        return made

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Self:  # type: ignore[override] # any class, as of `_Stored`
        """Make `_replace` return the class of the kind."""
        return cls(*iterable)


def class_of(kind: int) -> type[Fact]:
    """The class of facts of a kind; raises `ValueError`."""
    return _CLASSES.get(kind) or _learn(kind)


_PLACES = (Fact.number, Fact.a, Fact.b, Fact.c)
_CLASSES: dict[int, type[Fact]] = {}


def _learn(kind: int) -> type[Fact]:
    row = ROWS.get(kind)
    if row is None:
        raise ValueError(f"no kind of fact: {kind}")
    slots = {slot.name: of for slot, of in zip(row.slots, _PLACES, strict=True) if slot}
    return _CLASSES.setdefault(int(kind), type(row.name, (Fact,), {"__slots__": (), **slots}))


class _Said(NamedTuple):
    """A fact without its identity, as written: empty fields at the end are left out."""

    at_ms: int
    kind: int
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""
    sequence: str = ""


_decode = Decoder(_Said).decode


class Event(NamedTuple):
    """A fact and its subject: a contact, an agent or another entity."""

    subject: str
    fact: Fact


def fact_text(fact: Fact) -> str:
    """A fact without its identity as a JSON array; `fact_of` reads it back."""
    at_ms, kind, _, *said = fact
    while not said[-1] and len(said) > 1:
        said.pop()
    return _encode((at_ms, kind, *said)).decode()


def fact_of(uid: str, text: str) -> Fact:
    """Read the fact that `fact_text` wrote. Raises `ValueError` for anything else."""
    at_ms, kind, *said = _decode(text)
    made: Fact = _tuple(class_of(kind), (at_ms, kind, uid, *said))
    return made
