"""Values that are computed again only after what they depend on has changed."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

V = TypeVar("V")


class Memo:
    """The latest value of each question about each owner, with the state that it was computed from."""

    def __init__(self) -> None:
        self._held: dict[Hashable, dict[Hashable, tuple[object, Any]]] = {}

    def get(self, owner: Hashable, question: Hashable, state: object, compute: Callable[[], V]) -> V:
        """The value for this `state`; computed where there is none, or one for another state."""
        answers = self._held.setdefault(owner, {})
        held = answers.get(question)
        if held is None or held[0] != state:
            held = answers[question] = (state, compute())
        value: V = held[1]
        return value

    def drop(self, owner: Hashable, question: Hashable) -> None:
        """Forget one value, if there is one."""
        if answers := self._held.get(owner):
            answers.pop(question, None)

    def forget(self, owner: Hashable) -> None:
        """Forget all values of an owner."""
        self._held.pop(owner, None)
