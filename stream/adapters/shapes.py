"""Shapes of personal numbers and addresses, to tell them from the ids of systems: see docs/security.md.

A shape needs more than a length: a prefix, a check digit or a date. Bare digits without one of these are ids.
Every text is normalised first: see `plain_spelling`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import unquote

from stream.adapters.accounts import is_account
from stream.adapters.cards import is_card, is_grouped_card
from stream.adapters.check_digits import bsn, cpf, dni, tax_code
from stream.adapters.identities import is_nik, is_ssn
from stream.adapters.phones import is_international
from stream.adapters.text import UNSEEN

_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
_INVISIBLE = re.compile(
    f"[{UNSEEN}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_ALIKE = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u3002": "."})
_MOST_KNOWN = 65_536
_NOT_PRINTED = bytes([*range(32), *range(127, 256)])
#: Maps digits to 1 and letters to a or A; characters of addresses, unprintable and non-ASCII ones to @.
KINDS = bytes.maketrans(
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@+%<" + _NOT_PRINTED,
    b"1" * 10 + b"a" * 26 + b"A" * 26 + b"@" * (4 + len(_NOT_PRINTED)),
)
HEX = bytes.maketrans(b"023456789abcdef", b"1" * 15)
#: Random ids in hex: UUIDs with and without dashes, and ids of databases.
UUID = b"-".join(b"1" * length for length in (8, 4, 4, 4, 12))
_IDS = frozenset({UUID, b"1" * 32, b"1" * 24})
_GROUPS = re.compile("[0-9A-Za-z]+")
_BEFORE, _AFTER = "(?<![0-9A-Za-z])", "(?![0-9A-Za-z])"
_SPACED = "[ ().\\-/]{0,3}"


def _always(_: str) -> bool:
    return True


def _heads(text: str) -> Iterator[str]:
    """The text up to each of its groups, without separators: words may follow a number."""
    return accumulate(_GROUPS.findall(text))


def _bare(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


class Shape(NamedTuple):
    """A name for people, a pattern for candidates, and a check of a candidate."""

    name: str
    pattern: re.Pattern[str]
    is_one: Callable[[str], bool] = _always


_MAIL = Shape("a mail address", re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\W\d_]{2,}"))
_PHONE = "a phone number"
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")

#: Checked in this order. A test compares them with the table in docs/security.md.
SHAPES = (
    _MAIL,
    Shape(
        "an account number (IBAN)",
        re.compile(rf"{_BEFORE}[A-Za-z]{{2}}[0-9]{{2}}(?:[ -]?[A-Za-z0-9]){{11,30}}{_AFTER}"),
        lambda text: any(map(is_account, _heads(text.upper()))),
    ),
    Shape(_PHONE, re.compile(rf"\+\s?\(?[0-9](?:{_SPACED}[0-9]){{6,}}")),
    Shape(
        _PHONE,
        re.compile(rf"(?<![0-9A-Za-z.:])00[ (]{{0,2}}[1-9](?:{_SPACED}[0-9]){{7,14}}{_AFTER}"),
        lambda text: any(map(is_international, _heads(text))),
    ),
    Shape(
        "the address of a phone",
        re.compile(
            rf"(?:sips?|tel|callto|whatsapp|h323):(?://)?\(?[0-9](?:{_SPACED}[0-9]){{8,}}", re.IGNORECASE
        ),
    ),
    Shape(
        "the address of a phone",
        re.compile(
            r"[\w\"'][\s\"']*<\s*(?:(?:sips?|tel|mailto|xmpp|h323):[^<>]+|\+?[0-9 ().\-]{5,})>", re.IGNORECASE
        ),
    ),
    Shape(
        "the number of a card",
        re.compile(rf"{_BEFORE}(?<![0-9]\.)[0-9]{{15,19}}(?!\.[0-9]){_AFTER}"),
        is_card,
    ),
    Shape(
        "the number of a card",
        re.compile(
            rf"{_BEFORE}(?<![0-9][.-])[0-9]{{4}}(?:([ -])[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}(?:\1?[0-9]{{3}})?"
            rf"|([ -])[0-9]{{6}}\2[0-9]{{4,5}})(?![.-][0-9]){_AFTER}"
        ),
        lambda text: is_grouped_card(_bare(text)),
    ),
    Shape("an identity number", re.compile(rf"{_BEFORE}[0-9]{{16}}(?!\.[0-9]){_AFTER}"), is_nik),
    Shape(
        "an identity number",
        re.compile(rf"{_BEFORE}(?<![0-9][.-])[0-9]{{3}}([ -])[0-9]{{2}}\1[0-9]{{4}}(?![.-][0-9]){_AFTER}"),
        lambda text: is_ssn(_bare(text)),
    ),
    Shape(
        "an identity number",
        re.compile(rf"{_BEFORE}(?<![0-9]\.)[0-9]{{4}}\.[0-9]{{2}}\.[0-9]{{3}}(?!\.[0-9]){_AFTER}"),
        lambda text: bsn(_bare(text)),
    ),
    Shape(
        "an identity number",
        re.compile(rf"{_BEFORE}(?:[0-9]{{8}}|[A-Z]-?[0-9]{{7}})-?[A-Z]{_AFTER}"),
        lambda text: _DATE.match(text) is None and dni(_bare(text)),
    ),
    Shape(
        "an identity number",
        re.compile(
            rf"{_BEFORE}[A-Za-z]{{6}}[0-9]{{2}}[A-Ea-eHLMPRSThlmprst][0-9]{{2}}[A-Za-z][0-9]{{3}}[A-Za-z]{_AFTER}"
        ),
        lambda text: tax_code(text.upper()),
    ),
    Shape(
        "an identity number",
        re.compile(rf"{_BEFORE}[0-9]{{3}}\.[0-9]{{3}}\.[0-9]{{3}}-[0-9]{{2}}{_AFTER}"),
        lambda text: cpf(_bare(text)),
    ),
)


_ANY_ADDRESS = Shape("the address of a phone", re.compile(rf":(?://)?\(?[0-9](?:{_SPACED}[0-9]){{8,}}"))
_TWELVE_DIGITS = re.compile(rf"[0-9](?:{_SPACED}[0-9]){{11}}")
_DOUBLE_ZERO = re.compile(r"(?<![0-9A-Za-z.:])00[ (]{0,2}[1-9]")


#: Kinds that hold no shape; learnt as they come.
PLAIN: set[bytes] = set()
#: Other kinds: whether they hold none unless two zeros begin a number.
_NOT_PLAIN: dict[bytes, bool] = {}


@lru_cache(maxsize=_MOST_KNOWN)
def shape_of(text: str) -> str:
    """Name the personal data that `text` holds; "" if none is recognised."""
    if not text.isascii() or "%" in text:
        text = plain_spelling(text)
    if is_plain(text):
        return ""
    text = _UUID.sub("\0", text)
    for shape in SHAPES:
        if any(shape.is_one(found[0]) for found in shape.pattern.finditer(text)):
            return shape.name
    return ""


def is_plain(text: str) -> bool:
    """Whether `text`, of an identifier's characters, surely holds no shape.

    Decided by the kinds of its characters, and remembered. An empty text is not plain.
    """
    raw = text.encode()
    if raw.translate(HEX) in _IDS:
        return True
    kinds = raw.translate(KINDS)
    if kinds in PLAIN:
        return True
    zeros_decide = _NOT_PLAIN.get(kinds)
    if zeros_decide is None:
        pattern = kinds.decode()
        zeros_decide = not _may_hold_a_shape(pattern)
        if zeros_decide and not _TWELVE_DIGITS.search(pattern):
            if len(PLAIN) < _MOST_KNOWN:
                PLAIN.add(kinds)
            return True
        if len(_NOT_PLAIN) < _MOST_KNOWN:
            _NOT_PLAIN[kinds] = zeros_decide
    return zeros_decide and not _DOUBLE_ZERO.search(text)


def _may_hold_a_shape(kinds: str) -> bool:
    return not kinds or "@" in kinds or any(shape.pattern.search(kinds) for shape in (*SHAPES, _ANY_ADDRESS))


def plain_spelling(text: str) -> str:
    """Normalise characters that look alike to plain digits and letters, and remove invisible ones."""
    for _ in range(2):
        text = unquote(text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_ALIKE)
    return "".join(str(digit) if (digit := unicodedata.decimal(c, None)) is not None else c for c in text)
