"""Records that are almost right: published ones with a value, a character or a byte changed."""

import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

_GOLDEN = Path(__file__).parents[1] / "contract" / "golden" / "events"
_TEXTS = (
    *(
        "",
        " ",
        "x",
        "x" * 64,
        "x" * 65,
        "x" * 128,
        "x" * 129,
        "a\tb",
        "a\n",
        "\n",
        "a\x7f",
        "a\x85",
        "a\xa0b",
    ),
    *(
        "a\u00ad",
        "a\u200b",
        "a\u200e",
        "\u202eab",
        "a\u2028",
        "a\u2066",
        "a\ufeff",
        "a\ue000",
        "ü",
        "客",
        "\U0001f600",
    ),
    *(
        "\U000e0001",
        "\U000110bd",
        "\U0001343f",
        "\U0010ffff",
        "e\u0301",
        "a\u3000b",
        "a\u0600",
        "null",
        "1.0",
        "0",
    ),
    *(
        "k1:" + "0" * 32,
        "+49 151 1234567",
        "ana@example.org",
        "007",
        "9" * 128,
        "voice",
        "callback",
        "talking",
    ),
)
_TIMES = (
    *("2026-11-21T10:00:00Z", "2026-11-21t10:00:00z", "2026-11-21 10:00:00Z", "2026-11-21T24:00:00Z"),
    *(
        "2016-12-31T23:59:60Z",
        "2026-11-21T10:00:00+14:60",
        "2026-11-21T10:00:00+24:00",
        "2026-02-29T10:00:00Z",
    ),
    *("2028-02-29T10:00:00Z", "2100-02-29T10:00:00Z", "2000-02-29T10:00:00+23:59", "2026-11-31T10:00:00Z"),
    *("2026-11-21T10:00:00.123456789Z", "2026-11-21T10:00:00.1234567891Z", "2026-11-21T10:00:00,5Z"),
    *("2026-11-21T10:00:00+0000", "2026-11-21T10:00Z", "2026-11-21T10:00:00", "0000-01-01T00:00:00Z"),
    *(
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-01-00T10:00:00Z",
        "1795860000",
        "1969-12-31T23:59:59Z",
    ),
    *(
        "\uff12026-11-21T10:00:00Z",
        "2026-11-21T10:60:00Z",
        "2026-11-21T10:00:00-00:00",
        "2026-11-21T10:00:00Z\n",
    ),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 1e2, -0.0, 100, 101, 999, 1000, 1001, 10**18, 10**30, 1e400),
    *([], {}, [1], ["a"], ["a"] * 65, {"voice": 1}, {"fax": 1}, {"voice": True}, {"chat": 1.0}, [[]] * 3),
)
_PIECES = (
    *(
        b",",
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b" ",
        b"\t",
        b"\n",
        b"\x00",
        b"\xff",
        b"0",
        b"-",
        b".5",
    ),
    *(
        b"e9",
        b"NaN",
        b"null",
        b"true",
        b"\\u0000",
        b"\\ud800",
        b"\\ud83d\\ude00",
        b"\xef\xbb\xbf",
        b"\xc2\xa0",
        b"//",
    ),
)
_MEMBER = re.compile(rb'"[a-z_]+":(?:"[^"\\]*"|-?[0-9.]+)')


@cache
def published() -> tuple[dict[str, Any], ...]:
    """Every published event of the newest version: all types, all fields."""
    newest = max(path.name for path in _GOLDEN.iterdir())
    lines = (_GOLDEN / newest / "structured.jsonl").read_text().splitlines()
    return tuple(json.loads(line) for line in lines)


def mutant(chance: Random) -> bytes:
    """A published record, changed once or a few times: mostly in what it says, at times in its bytes."""
    document = deepcopy(chance.choice(published()))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        _change(chance, document)
    separators = chance.choice(((",", ":"), (", ", ": ")))
    value = json.dumps(document, separators=separators, ensure_ascii=chance.random() < 0.5).encode()
    value = value.replace(b"Infinity", b"1e400")
    if chance.random() < 0.3:
        value = _bytes_changed(chance, value)
    return value


def _change(chance: Random, document: dict[str, Any]) -> None:
    holder = _somewhere(chance, document)
    name = chance.choice(sorted(holder)) if holder and chance.random() < 0.9 else chance.choice(_names())
    match chance.randrange(7):
        case 0:
            holder.pop(name, None)
        case 1:
            holder[chance.choice(_names())] = deepcopy(holder.get(name))
        case 2:
            holder[name] = deepcopy(chance.choice(_VALUES))
        case 3:
            holder[name] = chance.choice(_TIMES)
        case 4:
            holder[name] = deepcopy(chance.choice(_said()))
        case 5 if isinstance(holder.get(name), str):
            at, text = chance.randint(0, len(holder[name])), holder[name]
            holder[name] = text[:at] + chance.choice(_TEXTS) + text[at:]
        case _:
            holder[name] = chance.choice(_TEXTS)


def _somewhere(chance: Random, document: dict[str, Any]) -> dict[str, Any]:
    """The document, or an object in it."""
    inner = [value for value in document.values() if isinstance(value, dict)]
    inner += [
        each
        for value in document.values()
        if isinstance(value, list)
        for each in value
        if isinstance(each, dict)
    ]
    return _somewhere(chance, chance.choice(inner)) if inner and chance.random() < 0.7 else document


@cache
def _names() -> tuple[str, ...]:
    return tuple(
        sorted({name for document in published() for name in (*document, *document.get("data", {}))})
    )


@cache
def _said() -> tuple[Any, ...]:
    """All that any field says."""
    return tuple(
        value
        for document in published()
        for value in (*document.values(), *document.get("data", {}).values())
    )


def _bytes_changed(chance: Random, value: bytes) -> bytes:
    members = _MEMBER.findall(value)
    if members and chance.random() < 0.4:  # told twice, alike or otherwise
        member, at = (
            chance.choice(members),
            chance.choice([m.start() for m in re.finditer(rb'"[a-z_]+":', value)]),
        )
        if chance.random() < 0.5:
            member = chance.choice(
                _MEMBER.findall(json.dumps(chance.choice(published()), separators=(",", ":")).encode())
            )
        return value[:at] + member + b"," + value[at:]
    at, length = chance.randint(0, len(value)), chance.choice((0, 0, 0, 1, 2))
    return value[:at] + chance.choice(_PIECES) + value[at + length :]
