"""The JSON Schema of what `pantau explain --json` prints: `pantau.explanation/1`.

Declared here because `stream.explain.document` writes plain dictionaries; a test holds what it
writes to this schema, which allows nothing more and nothing less.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from stream.board.interval import WINDOWS
from stream.domain.contact.outcome import Verdict
from stream.explain.document import SCHEMA
from tools.docs.events import DIALECT
from tools.docs.values import Closed, Count, Ratio, Seconds

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class InForce(Closed):
    """The definition in force now; a visit keeps the target and limit it began to wait under."""

    code: str
    words: str
    goal_ratio: Ratio
    target_seconds: Seconds
    short_abandon_seconds: Seconds


class ServiceLevel(Closed):
    """The visits that met the target, out of those that count; ratios are null where none does."""

    met: Count
    counted: Count
    ratio: Ratio | None
    low_ratio: Annotated[Ratio | None, Field(description="Lower bound at 95 %, Wilson.")]
    high_ratio: Annotated[Ratio | None, Field(description="Upper bound at 95 %, Wilson.")]


class Rule(ServiceLevel):
    """The same visits by another definition."""

    name: Annotated[str, Field(description="A rule, or a preset.")]
    preset: bool
    definition: Annotated[str, Field(description="Its code.")]
    in_force: bool


class Sums(Closed):
    """Counts of the window. Those of `difference` may be below 0."""

    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    short_abandoned: int
    left: int
    met: int
    counted: int


class Counts(Closed):
    """The same counts twice: recomputed from the contacts, and as the board shows them."""

    contacts: Sums
    board: Sums
    difference: Annotated[Sums, Field(description="Board less contacts: all 0, or something is wrong.")]


class Verdicts(Closed):
    """Visits of the window by verdict."""

    met: Count
    miss: Count
    left_out: Count
    open: Annotated[Count, Field(description="Not known yet: they still wait.")]


class Visit(Closed):
    """One visit and why it counts as it does."""

    contact: str
    visit: Count
    queued: Instant
    counted: Annotated[Instant | None, Field(description="When it counts; null if that is open.")]
    wait_seconds: Seconds | None
    outcome: Literal["waiting", "answered", "abandoned", "callback", "error", "flowed_out", "retracted"]
    verdict: Verdict
    reason: str
    definition: Annotated[str | None, Field(description="Code of the definition it was read by.")]
    corrected: Annotated[bool, Field(description="Whether a correction changed it.")]


class Ledger(Closed):
    """All visits since the beginning, and what became of them."""

    queued: int
    answered: int
    abandoned: Annotated[int, Field(description="Without short abandons.")]
    short_abandoned: int
    left: Annotated[dict[str, int], Field(description="By reason.")]
    waiting: Count
    scheduled: Annotated[Count, Field(description="Callbacks that are not due yet.")]
    stuck: Annotated[Count, Field(description="Their end was lost.")]
    reconciliation_difference: Annotated[
        int, Field(description="Queued less all the rest: 0, or something is wrong.")
    ]


class Pane(Closed):
    """A pane that does not hold what its contacts contribute."""

    start: Annotated[Instant, Field(alias="from")]
    difference: Annotated[dict[str, int], Field(description="What it holds beyond them, by field.")]
    contacts: list[str]


class Suspect(Closed):
    """A contact whose live state and facts disagree."""

    contact: str
    why: str


class Explanation(Closed):
    """How the numbers of a queue in a window came about."""

    format: Annotated[Literal["pantau.explanation/1"], Field(alias="schema")]
    queue: str
    channel: str
    display_name: Annotated[str, Field(description='How people call it; "" where that is its name.')]
    window: Annotated[str, Field(json_schema_extra={"enum": list(WINDOWS)})]
    start: Annotated[Instant, Field(alias="from")]
    now: Instant
    definition: InForce
    service_level: ServiceLevel
    counts: Counts
    verdicts: Verdicts
    visits: Annotated[list[Visit], Field(description="Misses first; at most --limit.")]
    rules: list[Rule]
    ledger: Ledger
    panes: Annotated[list[Pane], Field(description="Those that differ from their contacts.")]
    suspects: Annotated[
        list[Suspect], Field(description="Contacts that may be behind a reconciliation difference.")
    ]
    unreadable: Annotated[
        list[str], Field(description="Contacts of any queue that are left out, for they cannot be read.")
    ]
    settled: Annotated[bool, Field(description="Whether board and contacts are of one instant.")]
    sound: Annotated[bool, Field(description="Whether nothing differs; else the exit code is 1.")]


def explanation_schema() -> dict[str, Any]:
    """Give the schema of one explanation."""
    found = Explanation.model_json_schema()
    found["title"] = f"Pantau explanation, {SCHEMA}"
    return {"$schema": DIALECT, "$id": "urn:pantau:explanation:1", **found}
