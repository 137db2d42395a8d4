"""Stored values that cannot be read: each is named and left out, and everything else goes on."""

from enum import StrEnum
from typing import NamedTuple

from stream.domain.entities import ENTITIES
from stream.domain.entity import id_of
from stream.domain.fold import Cell

#: How much of a name is shown.
_LONGEST_NAME = 200


class Part(StrEnum):
    """Which part of a partition's state: the closed label set of the counters."""

    FACTS = "facts"
    LIVE = "live"
    CELL = "cell"
    HASH = "hash"


_WORDS = {Part.FACTS: "facts", Part.LIVE: "live state", Part.CELL: "cell", Part.HASH: "hash"}


class Unreadable(NamedTuple):
    """A stored value that Pantau did not write.

    `name` is that of a contact or agent, of a cell, or of a hash. `cell` is set where only its tally could
    not be read.
    """

    part: Part
    name: str
    why: str
    cell: Cell | None = None

    @property
    def key(self) -> str | Cell:
        """What the value is known by where it can be read."""
        return self.cell or self.name

    @property
    def contact(self) -> str:
        """The id of the contact or agent, as text that can be encoded."""
        return self.name.partition("\t")[2].encode(errors="backslashreplace").decode()

    def __str__(self) -> str:
        """What and why, on one line, whatever the name holds."""
        entity = ENTITIES.of_key(self.name)
        if self.part in {Part.CELL, Part.HASH} or entity is None:
            return f"{_WORDS[self.part]} {self.name[:_LONGEST_NAME]!a}: {self.why}"
        return f"{_WORDS[self.part]} of {entity.name} {id_of(self.name)[:_LONGEST_NAME]!a}: {self.why}"
