"""What the catalogue of definitions consists of: entries in groups, each with examples told as stories."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from stream.domain.definition import Definition, Timeline
from stream.domain.measures.measure import Measure, Source, Unit

#: What an example comes to; None is no data.
Value = float | str | None


class Layout(StrEnum):
    """How a group is set: a section for each entry, or all of them in a table."""

    SECTIONS = "sections"
    TABLE = "table"


class Story(NamedTuple):
    """Events of a queue, a line for each: time, contact or agent, type, data. In the order they arrive.

    A story that is not `shown` line by line is told by `says` alone.
    """

    title: str
    says: str
    score: str
    shown: bool = True


class Example(NamedTuple):
    """A value reckoned by hand, of a story at an instant, at a place of the board.

    `reckoning` is arithmetic, if there is any. `more` are lines that come after the story's. `where` is the
    path in the board, if not the group's place and the entry's name; `unit`, if not the entry's. The core may
    be off by the share `within`.
    """

    value: Value
    reckoning: str
    story: Story
    at: str = "10:10:00"
    more: str = ""
    where: str = ""
    definition: Definition | Timeline = Definition()
    within: float = 0
    unit: Unit | None = None


class Entry(NamedTuple):
    """One definition. `name` is that of the board or of the settings; `also` are names it covers besides."""

    name: str
    title: str
    formula: str
    symbols: str
    needs: tuple[str, ...]
    unit: Unit
    booked: str
    examples: tuple[Example, ...]
    sources: tuple[Source, ...]
    note: str = ""
    also: tuple[str, ...] = ()


class Group(NamedTuple):
    """Entries that belong together. `where` is the place of their values in the board, by default."""

    title: str
    intro: str
    where: str
    entries: tuple[Entry, ...]
    layout: Layout = Layout.SECTIONS


#: What rows say themselves.
_SAID = set(Entry._fields) - {"examples"}


def entries(rows: Iterable[Measure[Any]], examples: Mapping[str, tuple[Example, ...]]) -> tuple[Entry, ...]:
    """What rows say, each with its examples; KeyError for one that has none."""
    return tuple(
        Entry(examples=examples[row.name], **{name: getattr(row, name) for name in _SAID}) for row in rows
    )
