"""A measure: one row says how a KPI is reckoned, what it is called, and where it is shown.

The board, its schema, /metrics and docs/definitions.md follow from the rows. Only worked examples
(`tools/docs/definitions/examples.py`) and the SQL of the audit stand beside them, by the same names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

Of = TypeVar("Of")


class Unit(StrEnum):
    """What a value is in."""

    COUNT = "count"
    BALANCE = "count, may be below zero"
    RATIO = "ratio, 0 to 1"
    MULTIPLE = "ratio, may exceed 1"
    SECONDS = "seconds"
    YES_NO = "yes or no"
    CODE = "code"
    INSTANT = "ms since 1970"


class Place(Enum):
    """Where a board shows a measure; `CONTACTS`: of all queues, each contact once."""

    WINDOW = "window"
    TOTALS = "totals"
    CONTACTS = "contacts"
    NOW = "now"


class Source(NamedTuple):
    """Where something is published: what we call it for short, and what it is. A manual has no address."""

    name: str
    title: str
    address: str = ""


class Exposed(NamedTuple):
    """The metric that tells a measure of one place: its name without what all of that place begin with.

    Of measures that are quantiles of one metric the first has the `help`. `by`: the label of what each of
    several values is of.
    """

    place: Place
    name: str
    help: str = ""
    quantile: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Generic[Of]):
    """One KPI. `value` reckons it, `formula` and `symbols` say how, `booked` when it counts.

    `needs` are types of events. `brief` describes it in the schema of the board, "" where the name does.
    `also` are other names that it is known by. What is nowhere on the board is told by /metrics alone.
    """

    name: str
    title: str
    unit: Unit
    value: Callable[[Of], Any]
    formula: str
    booked: str
    sources: tuple[Source, ...]
    needs: tuple[str, ...]
    where: frozenset[Place] = frozenset({Place.WINDOW})
    symbols: str = ""
    note: str = ""
    brief: str = ""
    metrics: tuple[Exposed, ...] = ()
    also: tuple[str, ...] = ()


class Measured(tuple[Any, ...]):
    """What the measures `rows` of a class come to, in their order; each is also read by its name.

    Seconds and ratios are None where there is nothing to divide by.
    """

    __slots__ = ()
    rows: ClassVar[tuple[Measure[Any], ...]] = ()
    names: ClassVar[tuple[str, ...]] = ()
    _values: ClassVar[tuple[Callable[[Any], Any], ...]] = ()

    def __init_subclass__(cls, rows: tuple[Measure[Any], ...]) -> None:
        cls.rows, cls.names = rows, tuple(row.name for row in rows)
        cls._values = tuple(row.value for row in rows)
        for at, name in enumerate(cls.names):
            setattr(cls, name, property(itemgetter(at)))

    @classmethod
    def reckoned(cls, of: Any) -> Self:
        """All of them, of what their formulas take."""
        return cls([value(of) for value in cls._values])

    def by_name(self) -> dict[str, Any]:
        """All of them by their names."""
        return dict(zip(self.names, self, strict=True))

    def shown(self, place: Place) -> dict[str, Any]:
        """By their names those that a place of the board shows."""
        return {row.name: value for row, value in zip(self.rows, self, strict=True) if place in row.where}

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
