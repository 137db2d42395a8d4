"""What an explanation is published to be, against explanations sound and unsound."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from support.explaining import explained
from support.factories import abandoned, answered, left, ms, queued
from support.scenario import Centre

from stream.domain.contact.now import ContactsNow
from stream.explain.document import explanation_document

pytestmark = pytest.mark.pure

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "explanation.schema.json").read_text())


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date-time"]))


def busy(*, lose: bool, limit: int = 20) -> dict[str, Any]:
    """A document in which every list has something, if live state was lost and a pane was moved."""
    centre = Centre()
    for n, end in enumerate((answered(70), answered(105), abandoned(63), left(68))):
        centre.tell(f"c{n}", queued(60), end)
    centre.tell("waits", queued(290)).at(300).board()
    if lose:
        centre.model.now(ContactsNow).waiting["c\tbilling\tvoice"].clear()
        centre.model.series["c\tbilling\tvoice"].short.put(ms(60), 9, {"a10000": 1})
    made = explanation_document(explained(centre), limit=limit)
    return dict(json.loads(json.dumps(made)))


@pytest.mark.parametrize("lose", [False, True])
def test_an_explanation_is_as_published(schema: Draft202012Validator, lose: bool) -> None:  # noqa: FBT001 - a case
    made = busy(lose=lose)
    schema.validate(made)
    assert made["sound"] is not lose
    assert (len(made["panes"]), len(made["suspects"]), made["ledger"]["reconciliation_difference"]) == 3 * (
        int(lose),
    )


def test_an_explanation_without_data_is_as_published(schema: Draft202012Validator) -> None:
    made = explanation_document(explained(Centre().at(0).queued("c1").at(1)), limit=20)
    schema.validate(made)
    assert made["service_level"]["ratio"] is None
    assert made["visits"][0]["counted"] is None


def test_nothing_may_be_missing_or_added(schema: Draft202012Validator) -> None:
    made = busy(lose=True)
    parts = [made, *(made[name] for name in ("definition", "service_level", "counts", "verdicts", "ledger"))]
    parts += [made[name][0] for name in ("visits", "rules", "panes", "suspects")]
    for part in parts:
        for name, value in list(part.items()):
            del part[name]
            assert not schema.is_valid(made), f"{name} may be missing"
            part[name] = value
        part["colour"] = "red"
        assert not schema.is_valid(made)
        del part["colour"]
    schema.validate(made)


def test_a_limit_cuts_lists_and_no_counts() -> None:
    made, whole = busy(lose=True, limit=1), busy(lose=True)
    assert [len(made["visits"]), len(made["suspects"]), len(made["panes"][0]["contacts"])] == [1, 1, 1]
    assert made["verdicts"] == whole["verdicts"]
    assert sum(made["verdicts"].values()) == len(whole["visits"]) == 5
