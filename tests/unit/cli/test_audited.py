"""What `pantau audit` prints: who is to blame, what was left out, and what is only bounded."""

import pytest

from stream.audit.comparison import Comparison, Difference
from stream.audit.recomputation import FigureKey, LeftOut
from stream.audit.round import Outcome
from stream.cli.audited import as_document, notes, show

pytestmark = pytest.mark.pure

OFFERED = FigureKey("queue", "billing", "voice", "totals", "offered")
ATTEMPTS = FigureKey("queue", "billing", "voice", "totals", "attempts")
LATE = FigureKey("all", "", "", "5m", "late_corrections")


def outcome() -> Outcome:
    differences = [
        Difference(ATTEMPTS, 0, None, known=True, shown=False),
        Difference(LATE, 2, 3, known=True, shown=True),
        *(
            Difference(OFFERED._replace(window=window), 12_345, 12_344, known=True, shown=True)
            for window in ("15m", "5m", "totals")
        ),
    ]
    found = Outcome(Comparison(differences, equal=1_000, within=30), 0, 9_000, 1.5)
    found.behind = {first.place: (["c1", "c2", "c3"], 7) for first, *_ in found.figures}
    found.suspects = [("c1", "billing", "the board lacks event e1")]
    return found


def printed(found: Outcome, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    show(found)
    return [line.split() for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]


def test_a_figure_has_one_line_where_there_are_numbers_first_and_the_verdict_comes_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, first, second, third, *_, suspect, verdict = printed(outcome(), capsys)
    assert " ".join(first) == "billing (voice) totals offered and 2 more 12,345 12,344 -1 c1, c2 and 5 more"
    assert " ".join(second).startswith("billing (voice) totals attempts 0 nothing c1")
    assert " ".join(third).startswith("all 5m late_corrections at most 2 3 +1")
    assert " ".join(suspect) == "contact c1 (billing): the board lacks event e1"
    assert " ".join(verdict).startswith(
        "5 figures differ; 1,000 figures of 0 queues and 0 windows equal, 30 within"
    )


def test_what_was_left_out_bounded_or_lost_is_said() -> None:
    found = outcome()
    found.left_out = [
        LeftOut("open_contacts", from_dead_letters=True, records=3),
        LeftOut("queues", from_dead_letters=False, records=1_200),
    ]
    found.comparison.not_audited = {"totals": "gone", "reconciliation_difference": "gone"}
    left_out, bounded, lost = notes(found)
    assert left_out == (
        "1,203 records left out because of [limits]: 3 open_contacts by dead letters, 1,200 queues"
    )
    assert "late_corrections (" in bounded
    assert lost == "not audited: reconciliation_difference, totals (gone)"
    document = as_document(found)
    assert document["left_out"][0] == {"kind": "open_contacts", "from_dead_letters": True, "records": 3}
    assert document["within"] == 30


def test_what_was_not_accepted_is_counted_by_reason() -> None:
    found = outcome()
    found.refused.update({"schema": 1_200, "json": 1})
    assert next(notes(found)) == "refused by workers and audit: 1 json, 1,200 schema"
    assert as_document(found)["refused"] == {"json": 1, "schema": 1_200}


def test_an_audit_without_a_difference_says_so_last(capsys: pytest.CaptureFixture[str]) -> None:
    found = Outcome(Comparison(equal=5), 0, 9, 0.1)
    assert [" ".join(line) for line in printed(found, capsys)] == [
        "not audited: nothing",
        "5 figures of 0 queues and 0 windows equal, from 9 records",
    ]
