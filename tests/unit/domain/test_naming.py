"""Queues before their first contact, and what people call them."""

import pytest

from stream.domain.naming import MOST_SERVED, Naming

pytestmark = pytest.mark.pure

NAMING = Naming(
    {"billing": ("voice", "chat"), "sales": (), "mail": ("email",)}, {("billing", "chat"): "Billing chat"}
)


def test_all_that_is_named_or_served_is_awaited_at_first() -> None:
    assert list(NAMING.awaited({}, {"vip", "sales", ""})) == [
        ("billing", "voice"),
        ("billing", "chat"),
        ("sales", "voice"),
        ("mail", "email"),
        ("vip", "voice"),
    ]


def test_what_has_come_is_awaited_no_more() -> None:
    seen = {"billing": {"chat"}, "mail": {"email"}, "elsewhere": {"voice"}}
    assert list(NAMING.awaited(seen, ())) == [("billing", "voice"), ("sales", "voice")]


def test_a_queue_whose_channels_are_open_is_shown_once_and_its_first_contact_tells_the_channel() -> None:
    assert list(NAMING.awaited({"sales": {"email"}, "vip": {"chat"}}, {"vip"})) == [
        ("billing", "voice"),
        ("billing", "chat"),
        ("mail", "email"),
    ]
    told = [
        ("billing", "voice"),
        ("billing", "chat"),
        ("sales", "voice"),
        ("mail", "voice"),
        ("mail", "email"),
    ]
    assert set(NAMING.awaited({"mail": {"sms"}}, ())) == set(told) - {("mail", "voice")}


def test_agents_cannot_name_queues_without_end() -> None:
    assert len(list(Naming().awaited({}, {f"q{n}" for n in range(MOST_SERVED + 5)}))) == MOST_SERVED
    assert list(Naming().awaited({}, {"a\tb"})) == []


def test_a_queue_has_a_display_name_where_the_settings_give_one() -> None:
    assert [NAMING.title("billing", channel) for channel in ("chat", "voice")] == ["Billing chat", ""]
