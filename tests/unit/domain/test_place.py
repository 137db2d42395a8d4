"""Places as people name them."""

import pytest

from stream.domain.definition import CHANNELS
from stream.domain.place import grouped, listed

pytestmark = pytest.mark.pure


def test_channels_of_a_queue_of_which_the_same_is_said_are_named_together() -> None:
    said = {("billing", channel): "later" for channel in ("chat", "email")} | {("billing", "voice"): "now"}
    assert grouped(said) == {"billing (voice)": "now", "billing (chat, email)": "later"}


@pytest.mark.parametrize(
    ("places", "name"),
    [
        ([("", "")], "default"),
        ([("", ""), ("", "voice")], "default"),
        ([("", "chat"), ("", "voice")], "channel voice, chat"),
        ([("billing", "")], "billing"),
        ([("billing", channel) for channel in CHANNELS], "billing"),
    ],
)
def test_what_holds_for_all_is_named_shortly(places: list[tuple[str, str]], name: str) -> None:
    assert grouped(dict.fromkeys(places, "so")) == {name: "so"}


def test_of_many_texts_the_first_are_told_and_how_many_more_there_are() -> None:
    assert listed(["a", "b"], 2) == ("a", "b")
    assert listed(["a", "b", "c", "d"], 2) == ("a", "b", "2 more")
