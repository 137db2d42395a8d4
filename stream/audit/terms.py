"""The inputs of a recomputation besides the log: settings as rows of the tables in `given.sql`."""

from dataclasses import dataclass, field

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Rows by table; `given.sql` explains the columns."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
