"""JSON is read strictly: what parsers take in different ways is refused."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.effort import examples

from stream.adapters import document
from stream.adapters.document import MOST_LEVELS, read
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

TWICE, DEEP, NONE = (
    "a name comes twice in one object",
    f"nested deeper than {MOST_LEVELS} levels",
    "not JSON in UTF-8",
)


def refusal(value: bytes) -> str:
    with pytest.raises(BadRecord) as caught:
        read(value)
    assert caught.value.reason is RejectReason.JSON
    return caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '[{"a":[],"a":[]}]', '{"":0,"":1}', '{"a":"\\"","a":1}'),
        *(
            '{"a":1,"\\u0061":2}',
            '{"a\\\\":1,"a\\\\":2}',
            '{"a":99999999999999999999999,"b":{"c":1e999,"c":1}}',
        ),
    ],
)
def test_a_name_comes_once_in_an_object(text: str) -> None:
    assert refusal(text.encode()) == TWICE


@pytest.mark.parametrize(
    "text",
    [
        *(
            '{"a":1,"b":{"a":1}}',
            '[{"a":1},{"a":1}]',
            '{"a":"\\"a\\":\\"a\\""}',
            '{"a\\"":1,"a":1}',
            '"a\\\\"',
            '"\\\\\\""',
        ),
        *(
            '{"a\\\\":"\\\\\\"","b":"\\\\"}',
            '{"a":"[{[{"}',
            '{"\\u0061":1}',
            '"\\ud83d\\ude00"',
            '"\\\\ud800"',
            " 1\n",
        ),
    ],
)
def test_what_only_looks_like_twice_is_read(text: str) -> None:
    assert read(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "value",
    [
        *(
            b"",
            b" ",
            b"{",
            b'{"a":1,}',
            b"[1,]",
            b"NaN",
            b"Infinity",
            b"-Infinity",
            b"01",
            b"1.",
            b".5",
            b"+1",
            b"1e",
        ),
        *(
            b"'a'",
            b'{"a":1}x',
            b'"\x01"',
            b'"a\nb"',
            b"\xef\xbb\xbf{}",
            b"\xff",
            b'"\xc3("',
            b'"\xed\xa0\x80"',
            b'"\\x"',
        ),
        *(
            b'"\\ud800"',
            b'"\\udfff"',
            b'"\\ud800\\u0041"',
            b'{"\\ud800":1}',
            b'"\\u12"',
            b"{a:1}",
            b"/**/1",
            b"tru",
            b"\x00",
        ),
        *(b'{"a" 1}', b'{"a":1 "b":2}', b"[1 2]", b"\xa01", b"1\x00", b"9" * 30 + b",", b'[1e999,"\\ud800"]'),
    ],
)
def test_what_is_no_json_is_refused(value: bytes) -> None:
    assert refusal(value) == NONE


@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_levels_are_counted_alike_by_both_parsers(opened: bytes, closed: bytes) -> None:
    for inner in (b"1", b"1e999", b"9" * 5_000, b'"[{"'):
        read(opened * MOST_LEVELS + inner + closed * MOST_LEVELS)
        levels = MOST_LEVELS + 1
        assert refusal(opened * levels + inner + closed * levels) == DEEP


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.0", 1),
        ("1e2", 100),
        ("-0.0", 0),
        ("10e-1", 1),
        ("1.5", 1.5),
        ("true", True),
        ("-1", -1),
        ("1E0", 1),
    ],
)
def test_an_integer_is_what_json_schema_calls_so(text: str, number: float) -> None:
    found = read(f"[{text},{{}}]".encode())[0]
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "text", ["9" * 5_000, "-" + "9" * 5_000, "9" * 19, "-" + "9" * 19, "1e400", "1" + "0" * 400 + ".0"]
)
def test_a_number_beyond_every_bound_is_read_at_once(text: str) -> None:
    assert abs(read(f'{{"a":{text}}}'.encode())["a"]) >= 1e18


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(max_examples=examples(300), deadline=None)
@given(value=values, plain=st.booleans())
def test_what_is_json_is_read(value: Any, *, plain: bool) -> None:
    try:
        written = json.dumps(value, ensure_ascii=plain).encode()
    except UnicodeEncodeError:
        return
    if "\\ud" not in written.decode():
        assert read(written) == document._read_anew(written) == value


@settings(max_examples=examples(500), deadline=None)
@given(value=st.text(st.sampled_from('{}[]",:\\u0d8a1e.-+ntrf \n'), max_size=24).map(str.encode))
@example(value=b"[1e999]")
def test_both_parsers_say_the_same(value: bytes) -> None:
    def said(reader: Any) -> Any:
        try:
            return reader(value)
        except BadRecord as bad:
            return bad.detail

    assert said(read) == said(document._read_anew)
