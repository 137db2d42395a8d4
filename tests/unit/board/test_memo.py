"""What is computed once holds until its state changes, or until it is forgotten."""

import pytest

from stream.board.memo import Memo

pytestmark = pytest.mark.pure


class Counting:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        return self.calls


def test_a_value_is_computed_again_only_for_another_state() -> None:
    memo, compute = Memo(), Counting()
    assert [memo.get("billing", "30m", state, compute) for state in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]


def test_values_of_other_owners_and_questions_are_apart() -> None:
    memo, compute = Memo(), Counting()
    asked = [("billing", "30m"), ("billing", "60m"), ("sales", "30m")]
    assert [memo.get(*each, 0, compute) for each in (*asked, *asked)] == [1, 2, 3, 1, 2, 3]


def test_what_was_dropped_or_forgotten_is_computed_anew() -> None:
    memo, compute = Memo(), Counting()
    for question in ("30m", "60m"):
        memo.get("billing", question, 0, compute)
    memo.drop("billing", "30m")
    assert [memo.get("billing", question, 0, compute) for question in ("30m", "60m")] == [3, 2]
    memo.forget("billing")
    assert [memo.get("billing", question, 0, compute) for question in ("30m", "60m")] == [4, 5]
    memo.drop("nobody", "30m")
    memo.forget("nobody")
