"""The families of fields: each field is of one, and only their module spells them."""

import re
from pathlib import Path

import pytest

from stream.domain import fields
from stream.domain.fields import FAMILIES, PARSED, Form
from stream.domain.tally import Tally, merge_total, peak

pytestmark = pytest.mark.pure

STREAM = Path(__file__).parents[3] / "stream"
SPELLED = re.compile(r"""(get\(|\[|add\(\w+, )f?"((aw|xw|pn|pw|frw?|rsw?|rbw?)"|[dnt]\.|offers\.|\^)""")
SAMPLES = {
    Form.ALONE: ("", None),
    Form.BAND: ("20000", 20_000),
    Form.BUCKET: ("17", 17),
    Form.LABEL: (".overflow", "overflow"),
    Form.JUDGED: (".in_other", "in_other"),
    Form.CLOCK: (".talking", "talking"),
}


def test_no_two_families_begin_alike() -> None:
    assert len({family.begins for family in FAMILIES}) == len(FAMILIES)
    assert all(family.what for family in FAMILIES)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.begins)
def test_a_field_is_taken_apart_as_it_was_spelled(family: fields.Family) -> None:
    after, key = SAMPLES[family.form]
    assert PARSED[f"{family.begins}{after}"] == (family, family.begins if key is None else key)


@pytest.mark.parametrize("name", ["talk.x", "a.x", "h.x", "offers.other", "^a20000", "new", "a2x", "hold2"])
def test_what_no_family_has_is_left_as_it_is(name: str) -> None:
    assert PARSED[name].family.begins == ""
    total: Tally = {}
    merge_total(total, {name: 3})
    assert total == {name: 3}


def test_only_one_module_spells_fields() -> None:
    found = [
        f"{path.relative_to(STREAM)}: {line.strip()}"
        for path in STREAM.rglob("*.py")
        if path.name != "fields.py"
        for line in path.read_text().splitlines()
        if SPELLED.search(line)
    ]
    assert found == []


def test_what_is_not_kept_in_totals_and_what_may_fall() -> None:
    delta = {
        "ah3": 1,
        "n.not_ready.lunch": 1,
        "n.talking": 2,
        "d.in": 2,
        "d.abandoned": 2,
        "A20000": 2,
        "a+": 2,
    }
    total: Tally = {}
    merge_total(total, delta)
    assert total == {name: n for name, n in delta.items() if name not in {"ah3", "n.not_ready.lunch"}}
    merge_total(total, dict.fromkeys(delta, -1))
    assert {name for name in total if name[0] == fields.BELOW} == {"^d.in", "^a+"}
    assert peak(total)["d.in"] == peak(total)["a+"] == 2
