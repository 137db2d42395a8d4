"""Measures: one row defines the formula of a KPI, its names, and where it is shown.

The board, its schema, /metrics and docs/definitions.md follow from the rows. Only the worked examples
(`tools/docs/definitions/examples.py`) and the SQL of the audit are written separately, under the same names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

Of = TypeVar("Of")


class Unit(StrEnum):
    """The unit of a value."""

    COUNT = "count"
    BALANCE = "count, may be below zero"
    RATIO = "ratio, 0 to 1"
    MULTIPLE = "ratio, may exceed 1"
    SECONDS = "seconds"
    YES_NO = "yes or no"
    CODE = "code"
    INSTANT = "ms since 1970"


class Place(Enum):
    """Where a board shows a measure; `CONTACTS` counts each contact once, over all queues."""

    WINDOW = "window"
    TOTALS = "totals"
    CONTACTS = "contacts"
    NOW = "now"


class Source(NamedTuple):
    """A publication: its short name, its title, and its address if it has one."""

    name: str
    title: str
    address: str = ""


class Exposed(NamedTuple):
    """The metric of a measure in one place: its name without the prefix of the place.

    For several quantiles of one metric, the first has the `help`. `by` is the label that distinguishes
    several values.
    """

    place: Place
    name: str
    help: str = ""
    quantile: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Generic[Of]):
    """One KPI. `value` computes it, `formula` and `symbols` describe it, `booked` says when it counts.

    `needs` are types of events. `brief` is its description in the schema of the board, "" if the name is
    enough. `also` are its other names. A measure with an empty `where` is only at /metrics.
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
    """The values of the measures in `rows`, in their order, also accessible by name.

    Seconds and ratios are None if there is nothing to divide by.
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
        """Compute all values from the inputs of their formulas."""
        return cls([value(of) for value in cls._values])

    def by_name(self) -> dict[str, Any]:
        """All values by name."""
        return dict(zip(self.names, self, strict=True))

    def shown(self, place: Place) -> dict[str, Any]:
        """The values that a place of the board shows, by name."""
        return {row.name: value for row, value in zip(self.rows, self, strict=True) if place in row.where}

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
