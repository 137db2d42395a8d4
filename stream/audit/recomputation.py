"""Recomputes every figure from the records of a log in plain SQL, in the files beside this module.

The SQL is written from the definitions (docs/definitions.md, docs/adr) and shares no code with the fold. The
content of each record and its order are inputs: see `records` and `ordering`.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import duckdb

from stream.audit.limits import let_in
from stream.audit.ordering import COLUMNS, placed
from stream.audit.spool import BETWEEN, NULL, Spool
from stream.audit.terms import Terms

#: In this order.
FILES = (
    *("given", "names", "refused", "event", "order", "visit", "span"),
    *("contacts", "late", "open", "agents", "messages"),
)
#: Above this the database uses the disk.
MEMORY = "1GB"
_MOST_NAMED = 3
_CSV = (
    f"delim = '{BETWEEN}', header = false, auto_detect = false, quote = '', escape = '', nullstr = '{NULL}', "
    "new_line = '\\n'"
)


class FigureKey(NamedTuple):
    """The place of a figure on the board: the columns of the table `figure`."""

    scope: str
    queue: str
    channel: str
    window: str
    name: str


class Letter(NamedTuple):
    """A record that workers refused as too many, with the limit."""

    topic: str
    partition: int
    offset: int
    kind: str


class LeftOut(NamedTuple):
    """Records refused by a limit; `from_dead_letters` if known from dead letters, else recomputed."""

    kind: str
    from_dead_letters: bool
    records: int


class Audit:
    """A database in memory with the records of a log; `folder` takes what does not fit, and is emptied.

    `records` counts records read, and `refused` those not accepted, by reason. `advance` gets the steps of a
    recomputation done so far, and their total.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records = 0
        self.refused: Counter[str] = Counter()
        self.advance: Callable[[int, int], None] = lambda _, __: None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(self.folder),
            "preserve_insertion_order": False,
        }
        self._database = duckdb.connect(config=config)
        self._database.execute(
            "ATTACH ':memory:' AS log; SET TimeZone = 'UTC'; SET enable_progress_bar = false"
        )
        self._run("log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spool(self) -> Spool:
        """A new file to write records to, for `take` or `hold`."""
        return Spool(self.folder / "records")

    def take(self, spool: Spool) -> None:
        """Load a spool of log records."""
        self._copy("log.decoded", spool)
        self._insert("log.beat", spool.beats)
        self.records += spool.records
        self.refused += spool.refused

    def recompute(  # noqa: PLR0913 - what a board was made of
        self,
        terms: Terms,
        *,
        now_ms: int,
        positions: Mapping[tuple[str, int], int],
        queues: Iterable[tuple[str, str]] = (),
        teams: Iterable[str] = (),
        letters: Iterable[Letter] = (),
        is_whole: bool = True,
    ) -> None:
        """Recompute all figures at `now_ms` from the records before `positions`.

        `queues` and `teams` are those on the board, whether the log has them or not. `letters` are about
        records that were too many. `is_whole` says that the log still has its first records.
        """
        rows: dict[str, Sequence[tuple[object, ...]]] = {
            "moment_now": [(now_ms,)],
            "log_begins": [(is_whole,)],
            "position": [(*partition, next_) for partition, next_ in positions.items()],
            "shown_queue": list(queues),
            "shown_team": [(team,) for team in teams],
            "letter": list(letters),
            **terms.rows,
        }
        self._database.execute("USE memory; DETACH DATABASE IF EXISTS reckoning")
        self._database.execute("ATTACH ':memory:' AS reckoning; USE reckoning")
        for done, name in enumerate(FILES):
            self.advance(done, len(FILES))
            self._run(name)
            if name == "given":
                for table, given in rows.items():
                    self._insert(table, given)
            elif name == "names":
                self._let_in()
            elif name == "event":
                self._put_in_order()
        self.advance(len(FILES), len(FILES))

    def left_out(self) -> list[LeftOut]:
        """The records refused as too many."""
        counted = "SELECT kind, from_dead_letters, count(*) FROM refused GROUP BY ALL ORDER BY ALL"
        return [LeftOut(*row) for row in self._database.execute(counted).fetchall()]

    def figures(self) -> Iterator[tuple[FigureKey, float | None]]:
        """All recomputed figures."""
        found = self._database.execute("SELECT * FROM figure")
        while rows := found.fetchmany(10_000):
            for *place, value in rows:
                yield FigureKey(*place), value

    def hold(self, spool: Spool) -> None:
        """Load the contacts on the board's side: rows of subject and identity."""
        self._database.execute("CREATE OR REPLACE TABLE held (subject VARCHAR, uid VARCHAR)")
        self._copy("held", spool)

    def unlike(self) -> list[tuple[str, str, str]]:
        """Contacts whose events differ between the log and the board's side: name, queues, and the event."""
        return [(subject, queues, why) for subject, queues, why in self._rows(_UNLIKE)]

    def behind(self, place: FigureKey, suspects: Container[str] = ()) -> tuple[list[str], int]:
        """A few contacts that a figure counts, the newest first, and how many there are.

        If there are `suspects` among them, only those.
        """
        counted = self._counted(place)
        names = [name for name in counted if name in suspects] or counted
        return names[:_MOST_NAMED], len(names)

    def _counted(self, place: FigureKey) -> list[str]:
        culprits = self._rows(_CULPRITS, list(place))
        if culprits:
            return [subject for (subject,) in culprits]
        window = "totals" if place.window == "now" else place.window
        scope = "all" if place.scope == "contacts" else place.scope
        rows = self._rows(_BEHIND, [scope, place.queue, place.channel, window, place.name])
        return [subject for subject, is_exact in rows if is_exact] or [subject for subject, _ in rows]

    def _let_in(self) -> None:
        """Admit names in partitions that got more names than they may hold."""
        most = dict(self._database.execute("SELECT kind, most FROM bound").fetchall())
        for partition in self._database.execute("SELECT topic, partition FROM crowded").fetchall():
            held = let_in(self._names_together(partition), most)
            with self.spool() as spool:
                for name in held:
                    spool.write((*map(str, partition), name))
                self._copy("let_in", spool)

    def _put_in_order(self) -> None:
        cursor = self._database.cursor()
        cursor.execute("USE reckoning")
        cursor.execute(
            f"SELECT {COLUMNS} FROM in_force JOIN unordered USING (entity, subject) "  # noqa: S608 - constants
            "ORDER BY entity, subject"
        )
        with self.spool() as spool:
            for row in placed(_rows_of(cursor)):
                spool.write(row)
            self._copy("placed", spool)

    def _names_together(self, partition: tuple[str, int]) -> Iterator[list[str]]:
        cursor = self._database.cursor()
        cursor.execute("USE reckoning")
        cursor.execute(
            "SELECT names FROM named_together WHERE topic = ? AND partition = ? ORDER BY first", partition
        )
        while rows := cursor.fetchmany(10_000):
            yield from (names for (names,) in rows)

    def _copy(self, table: str, spool: Spool) -> None:
        """Add the rows of a spool to a table that has its columns."""
        spool.flush()
        description = self._database.execute(f"SELECT * FROM {table} LIMIT 0").description or ()  # noqa: S608 - constants
        columns = ", ".join(f"'{name}': '{type_}'" for name, type_, *_ in description)
        self._database.execute(
            f"INSERT INTO {table} FROM read_csv($path, {_CSV}, columns = {{{columns}}})",
            {"path": str(spool.path)},
        )

    def _rows(self, query: str, values: list[str] | None = None) -> list[tuple[str, ...]]:
        return self._database.execute(query, values or []).fetchall()

    def _run(self, name: str) -> None:
        self._database.execute(_text(name))

    def _insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:  # by column: row by row takes a millisecond each
            columns = ", ".join(["unnest(?)"] * len(rows[0]))
            values = [list(column) for column in zip(*rows, strict=True)]
            self._database.execute(f"INSERT INTO {table} SELECT {columns}", values)


def _rows_of(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := found.fetchmany(10_000):
        yield from rows


_CULPRITS = """
    SELECT DISTINCT subject FROM culprit
    WHERE scope = ? AND queue = ? AND channel = ? AND "window" = ? AND name = ?"""
_UNLIKE = """
    SELECT subject, coalesce(string_agg(DISTINCT v.queue, ', ' ORDER BY v.queue), ''), min(says)
    FROM (
        SELECT coalesce(f.subject, h.subject) AS subject, CASE WHEN h.uid IS NULL
            THEN 'the board lacks event ' || f.id
            ELSE 'the log lacks event ' || split_part(h.uid, chr(9), 2) END AS says
        FROM (FROM fact WHERE entity = 'contact') f FULL JOIN held h USING (subject, uid)
        WHERE h.uid IS NULL OR f.uid IS NULL)
    LEFT JOIN visit v USING (subject)
    GROUP BY subject ORDER BY subject LIMIT 20"""
_BEHIND = """
    SELECT b.subject, bool_or(b.name = $5) AS is_exact FROM booking b
    JOIN line l ON l.of_queue = b.queue AND l.of_channel = b.channel
        AND b.at_ms >= l.low_ms AND b.at_ms < if(b.is_open, l.to_ms, l.high_ms)
    WHERE l.scope = $1 AND l.queue = $2 AND l.channel = $3 AND l."window" = $4
    GROUP BY b.subject ORDER BY max(b.at_ms) DESC"""


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
