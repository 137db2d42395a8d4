"""Which characters text may have: ranges of code points, so that no table of a Python or a library decides.

They are written as a class of characters, which all dialects of regular expressions read alike: those of JSON
Schema, Python and Rust.
"""

import re

_CONTROL = r"\x00-\x1f\x7f-\x9f"
#: They turn the direction of what is shown after them, or break its line.
_TURNING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
#: Blanks other than the plain one.
_BLANK = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: Characters that are not seen, or are nobody's: formats and private use.
UNSEEN = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ue000-\uf8ff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f\U000f0000-\U0010ffff"
)
#: Of identifiers: two that look the same are the same.
IDENTIFIER = f"^[^{_CONTROL}{_BLANK}{UNSEEN}]+$"
#: Of names, which are a centre's own words: also what only some scripts need.
NAME = f"^[^{_CONTROL}{_TURNING}]+$"
_IDENTIFIER = re.compile(IDENTIFIER)


def is_identifier(text: str) -> bool:
    """Whether `text` has the characters of an identifier, and one of them at least."""
    if text.isascii():  # of these no table has another opinion
        return text != "" and text.isprintable()
    return _IDENTIFIER.fullmatch(text) is not None
