"""What a reader says where its settings are others than those that workers follow."""

import pytest

from stream.board.agreement import Agreement, agreement
from stream.domain.definition import Definition, definitions
from stream.domain.rulebook import Wanted, begun

pytestmark = pytest.mark.pure

FOLLOWED = Wanted(definitions({("billing", "voice"): Definition()}))
BOOK = begun(FOLLOWED, 5)


def test_who_has_the_same_file_says_nothing() -> None:
    found = agreement(BOOK, FOLLOWED, 10)
    assert found == Agreement(FOLLOWED.fingerprint)
    assert str(found) == ""


def test_who_has_another_says_where_by_the_codes_of_both() -> None:
    found = agreement(BOOK, Wanted(definitions({("billing", "voice"): Definition(3_000, 3_000)})), 10)
    assert found.fingerprint == FOLLOWED.fingerprint
    assert found.differs == (
        "billing (voice): SL(3s, drop_short 3s, decided) instead of SL(20s, drop_short 5s, decided)",
    )
    assert str(found).startswith("the settings file differs from the rulebook: billing (voice): SL(3s")


def test_a_few_places_are_named_and_the_rest_counted() -> None:
    file = Wanted(definitions({(f"q{n}", "voice"): Definition(3_000) for n in range(9)}))
    assert [text.partition(":")[0] for text in agreement(BOOK, file, 10).differs] == [
        *(f"q{n} (voice)" for n in range(5)),
        "4 more",
    ]
