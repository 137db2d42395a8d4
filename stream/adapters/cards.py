"""Recognises numbers of payment cards by issuer (ISO/IEC 7812), length and check digit."""

import re

from stream.adapters.check_digits import luhn

#: Written without blanks: only numbers that no known system gives its contacts as ids.
_BARE = re.compile(
    r"3[47][0-9]{13}|4[0-9]{15}|5[1-5][0-9]{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)[0-9]{12}"
    r"|(?:6011|64[4-9]\d|65\d\d)[0-9]{12}|35(?:2[89]|[3-8]\d)[0-9]{12}|62[0-9]{14,17}"
)
#: Written in groups as on a card; here 14 and 19 digits are recognised too.
_GROUPED = re.compile(
    rf"(?:{_BARE.pattern}|3(?:0[0-5]|[689]\d)[0-9]{{11}}|4[0-9]{{18}}|(?:5[06-9]|6\d)[0-9]{{11,17}})"
)
#: Stores that scatter their ids give multiples of a large power of two, as is one card in 4,096.
_SCATTER, _SCATTERED_DIGITS = 4_096, 16
#: Ids that begin with the number of an installation are padded with these.
_FILL = "000000"


def is_card(digits: str) -> bool:
    """Whether digits without blanks are the number of a card."""
    if _BARE.fullmatch(digits) is None or not luhn(digits) or _FILL in digits:
        return False
    return len(digits) != _SCATTERED_DIGITS or int(digits) % _SCATTER != 0


def is_grouped_card(digits: str) -> bool:
    """Whether digits that were written in groups are the number of a card."""
    return _GROUPED.fullmatch(digits) is not None and luhn(digits)
