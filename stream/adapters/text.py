"""Allowed characters of texts, as ranges of code points, independent of the Unicode tables of a library.

They are character classes that the regular expressions of JSON Schema, Python and Rust read alike.
"""

import re

_CONTROL = r"\x00-\x1f\x7f-\x9f"
#: Characters that change the direction of text or break its line.
_TURNING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
#: Blanks other than the plain one.
_BLANK = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: Invisible and private-use characters.
UNSEEN = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ue000-\uf8ff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f\U000f0000-\U0010ffff"
)
#: Identifiers that look the same are the same.
IDENTIFIER = f"^[^{_CONTROL}{_BLANK}{UNSEEN}]+$"
#: Names are a centre's own words and may use characters that only some scripts need.
NAME = f"^[^{_CONTROL}{_TURNING}]+$"
_IDENTIFIER = re.compile(IDENTIFIER)


def is_identifier(text: str) -> bool:
    """Whether `text` is a non-empty identifier."""
    if text.isascii():  # all tables agree on ASCII
        return text != "" and text.isprintable()
    return _IDENTIFIER.fullmatch(text) is not None
