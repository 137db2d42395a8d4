import pytest

from stream.adapters.origin import shown, shown_type, source_of

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("headers", "value", "source"),
    [
        ((), b'{"source": "/pbx", "id": 7}', "/pbx"),
        ([("ce_source", b"/chat"), ("ce_id", None)], b"no JSON", "/chat"),
        ([("ce_source", None)], b"", ""),
        ((), b'{"source": 7}', ""),
        ((), b'["source"]', ""),
        ((), b"{", ""),
        ((), None, ""),
        ((), b"\xff\xfe{\x00", ""),
        ((), b"[" * 60_000, ""),
        ((), b'{"source": "/pbx", "x": "' + b"x" * 70_000 + b'"}', ""),
    ],
)
def test_a_source_is_made_out_where_the_record_names_it(
    headers: list[tuple[str, bytes | None]], value: bytes | None, source: str
) -> None:
    assert source_of(headers, value) == source


@pytest.mark.parametrize("name", ["", "/pbx", "urn:x:1", "客服", "x" * 64])
def test_a_short_printable_name_is_shown(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize(
    "name", ["x" * 65, "a\tb", "a\nb", "\u202e", "\ud800", "+49 30 1234567", "a@b.example"]
)
def test_what_is_long_odd_or_personal_is_not(name: str) -> None:
    assert shown(name) == "other"


@pytest.mark.parametrize("type_", ["visit.queued2", "com.example.call-ended.v1", "Ticket.opened"])
def test_a_type_is_shown(type_: str) -> None:
    assert shown_type(type_) == type_


@pytest.mark.parametrize(
    "type_", ["Canaria Vogelsang", "Vogelsang", "a@b.example", "x" * 65 + ".y", "", "a..b"]
)
def test_what_is_no_type_is_not(type_: str) -> None:
    assert shown_type(type_) == "other"
