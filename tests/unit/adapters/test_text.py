"""Which characters identifiers and names may have, on every Python alike."""

import re
import unicodedata

import pytest

from stream.adapters.text import IDENTIFIER, NAME, is_identifier

pytestmark = pytest.mark.pure

UNSEEN = {"Cc", "Cf", "Co", "Zs", "Zl", "Zp"}
#: Unassigned: a newer table may know them. Surrogates are no characters.
UNDECIDED = {"Cn", "Cs"}


def test_an_identifier_has_every_character_that_is_seen_and_no_other() -> None:
    wrong = [
        f"U+{point:04X}"
        for point in range(0x110000)
        if (kind := unicodedata.category(chr(point))) not in UNDECIDED
        and is_identifier(chr(point)) is (kind in UNSEEN and chr(point) != " ")
    ]
    assert wrong == []


@pytest.mark.parametrize("text", ["", "a\n", "a\x00", "\n", "é\n"])
def test_an_identifier_ends_where_the_text_ends(text: str) -> None:
    assert not is_identifier(text)


@pytest.mark.parametrize(
    "point", [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F)]
)
def test_no_name_has_a_control_character_or_turns_the_direction(point: int) -> None:
    assert not re.search(NAME.replace("$", r"\Z"), f"a{chr(point)}b")


@pytest.mark.parametrize(
    "name", ["Kunden\u00a0Dienst", "\u0645\u06cc\u200c\u062e", "\U0001f469\u200d\U0001f4bb", "客服", "a b"]
)
def test_a_name_has_what_its_script_needs(name: str) -> None:
    assert re.search(NAME, name)


@pytest.mark.parametrize("pattern", [IDENTIFIER, NAME])
def test_patterns_are_of_the_words_that_all_dialects_know(pattern: str) -> None:
    """No class by name, no group by look-around, no escape but of two digits."""
    assert set(re.findall(r"\\.", pattern)) == {r"\x"}
    assert re.fullmatch(r"\^\[\^[^\[\]]+\]\+\$", pattern)
