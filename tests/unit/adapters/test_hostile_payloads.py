"""Payloads made to cost: each is refused with a reason, or read, in bounded time and memory."""

import json
import time
import tracemalloc

import pytest
from support.factories import ms

from stream.adapters.base import MAX_RECORD_BYTES
from stream.adapters.canonical import CanonicalDecoder
from stream.adapters.modes import structured
from stream.errors import BadRecord

pytestmark = pytest.mark.pure

_GOOD = (
    b'{"specversion":"1.0","id":"1","source":"/s","type":"visit.queued","time":"2026-11-21T10:00:00Z",'
    b'"subject":"c1","data":{"queue":"orders","channel":"voice"}%s}'
)
_GOOD_AGENT = _GOOD.replace(b"visit.queued", b"agent.state").replace(
    b'"queue":"orders","channel":"voice"', b'"state":"available","queues":[%s]'
)
_MIB = 2**20


def more(value: bytes) -> bytes:
    """A good event with an unknown field, which alone would be tolerated."""
    return _GOOD % (b',"more":' + value)


def numbered(count: int) -> bytes:
    return b",".join(b'"k%d":0' % n for n in range(count))


HOSTILE: dict[str, tuple[str, bytes]] = {
    "100,000 open brackets": ("too_large", b"[" * 100_000),
    "100,000 nested lists": ("too_large", more(b"[" * 100_000 + b"]" * 100_000)),
    "as many brackets as fit": ("json", b"[" * MAX_RECORD_BYTES),
    "as many nested lists as fit": ("json", more(b"[" * 30_000 + b"]" * 30_000)),
    "as many nested objects as fit": ("json", more(b'{"":' * 12_000 + b"1" + b"}" * 12_000)),
    "a million keys": ("too_large", _GOOD % (b"," + numbered(1_000_000))),
    "a number of a million digits": ("too_large", more(b"9" * 1_000_000)),
    "a visit of 60,000 digits": (
        "schema",
        _GOOD.replace(b'"queue"', b'"visit":' + b"9" * 60_000 + b',"queue"') % b"",
    ),
    "an exponent of 60,000 digits": ("json", more(b"1e" + b"9" * 60_000 + b"x")),
    "NaN as a visit": ("json", _GOOD.replace(b'"queue"', b'"visit":NaN,"queue"') % b""),
    "infinity as a visit": ("json", _GOOD.replace(b'"queue"', b'"visit":-Infinity,"queue"') % b""),
    "a key twice": ("json", _GOOD.replace(b'"channel"', b'"queue":"sales","channel"') % b""),
    "an unknown key twice": ("json", more(b'{"a":1,"a":1}')),
    "an attribute twice": ("json", _GOOD.replace(b'"data"', b'"subject":"c1","data"') % b""),
    "data twice": ("json", _GOOD.replace(b'"data"', b'"data":{},"data"') % b""),
    "a trailing comma": ("json", _GOOD % b","),
    "201 levels": ("json", more(b"[" * 200 + b"]" * 200)),
    "a byte-order mark": ("json", b"\xef\xbb\xbf" + _GOOD % b""),
    "invalid UTF-8": ("json", _GOOD.replace(b"orders", b"or\xc3\x28ers") % b""),
    "UTF-8 that is too long": ("json", _GOOD.replace(b"orders", b"or\xc0\xafers") % b""),
    "a surrogate in UTF-8": ("json", _GOOD.replace(b"orders", b"or\xed\xa0\x80ers") % b""),
    "half a surrogate": ("json", _GOOD.replace(b"orders", rb"or\ud800ers") % b""),
    "half a surrogate in the subject": ("json", _GOOD.replace(b"c1", rb"c\udfff1") % b""),
    "6,000 queues of an agent": (
        "schema",
        _GOOD_AGENT.replace(b"[%s]", b"[" + b",".join([b'"q"'] * 6_000) + b"]") % b"",
    ),
}
TOLERATED: dict[str, bytes] = {
    "5,000 unknown keys": _GOOD % (b"," + numbered(5_000)),
    "an unknown number of 60,000 digits": more(b"9" * 60_000),
    "an unknown exponent of 60,000 digits": more(b"1e" + b"9" * 60_000),
    "200 levels": more(b"[" * 199 + b"]" * 199),
    "20,000 brackets in text": more(b'"' + b"[" * 20_000 + b'"'),
    "5,000 flat lists": more(b"[" + b",".join([b"[]"] * 5_000) + b"]"),
}


@pytest.mark.parametrize(("reason", "value"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_payload_is_refused_at_once_and_in_little_memory(reason: str, value: bytes) -> None:
    refusal, seconds, held = measured(value)
    assert refusal == reason
    assert seconds < 0.5
    assert held < 8 * _MIB


@pytest.mark.parametrize("value", TOLERATED.values(), ids=TOLERATED)
def test_a_clumsy_payload_is_read_at_once_and_in_little_memory(value: bytes) -> None:
    refusal, seconds, held = measured(value)
    assert refusal is None
    assert seconds < 0.5
    assert held < 8 * _MIB


@pytest.mark.parametrize("size", [MAX_RECORD_BYTES, 1_000_000])
def test_a_hostile_payload_in_binary_mode_is_refused_alike(size: int) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", b"visit.queued")]
    with pytest.raises(BadRecord) as refused:
        CanonicalDecoder().decode(structured(headers, b"[" * size) or b"")
    assert refused.value.reason in {"json", "too_large"}


def test_what_a_decoder_has_learnt_is_bounded() -> None:
    decoder = CanonicalDecoder()
    for n in range(70_000):
        decoder._known["x", b"%d" % n] = (0, 0, "", "", "", 0)
    decoder.decode(_GOOD % b"", ms(0))
    assert len(decoder._known) == 1


def measured(value: bytes) -> tuple[str | None, float, int]:
    """Why it is refused, None if it is not; after how long; and how much memory that took at most."""
    decoder, refusal = CanonicalDecoder(), None
    tracemalloc.start()
    began = time.perf_counter()
    try:
        decoder.decode(value, ms(0))
    except BadRecord as bad:
        refusal = str(bad.reason)
    seconds = time.perf_counter() - began
    _, held = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return refusal, seconds, held


@pytest.mark.parametrize("name", ["+4930123456", "ana.perez@example.org", "ch\u2005at", "a\nb", ""])
@pytest.mark.parametrize("slots", [1, -1, "x"])
def test_the_name_of_a_channel_that_is_none_is_not_repeated(name: str, slots: object) -> None:
    document = {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "agent.state",
        "time": "2026-11-21T09:00:00Z",
        "subject": "a-1",
        "data": {"state": "available", "capacity": {name: slots}},
    }
    with pytest.raises(BadRecord) as refused:
        CanonicalDecoder().decode(json.dumps(document).encode())
    assert refused.value.detail.startswith("data.capacity.by_channel.?")
    assert refused.value.detail.isprintable()
    assert not name or name not in refused.value.detail
