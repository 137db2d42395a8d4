"""Identity numbers without a check digit, recognised by the valid values of their parts."""

import datetime as dt

#: Provinces of Indonesia, as the first two digits of a NIK name them.
_PROVINCES = frozenset(
    (
        *range(11, 20),
        21,
        *range(31, 37),
        *range(51, 54),
        *range(61, 66),
        *range(71, 77),
        81,
        82,
        *range(91, 97),
    )
)
_REGENCIES, _CITIES = range(1, 30), range(71, 80)
_MOST_DISTRICTS = 69
_OF_WOMEN = 40  # added to the day
#: Microseconds since 1970 from the end of 2023 to the end of 2033: systems give these 16 digits as ids.
_MICROSECONDS = range(1_700_000_000_000_000, 2_018_000_000_000_000)
#: Stores that scatter their ids give multiples of this; see `cards`.
_SCATTER = 4_096
_NEVER_GIVEN, _FIRST_NEVER_GIVEN = 666, 900


def is_nik(digits: str) -> bool:
    """Whether 16 digits are an Indonesian NIK: place, day of birth, number."""
    number = int(digits)
    if number in _MICROSECONDS or number % _SCATTER == 0:
        return False
    province, place, district = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    day, month, year, last = (int(digits[at : at + 2]) for at in (6, 8, 10, 14))
    return (
        province in _PROVINCES
        and (place in _REGENCIES or place in _CITIES)
        and 0 < district <= _MOST_DISTRICTS
        and _is_date(2000 + year, month, day - _OF_WOMEN if day > _OF_WOMEN else day)
        and (int(digits[12:14]), last) != (0, 0)
    )


def is_ssn(digits: str) -> bool:
    """Whether nine digits that were written as 3-2-4 are a social security number of the United States."""
    area = int(digits[:3])
    return (
        area not in {0, _NEVER_GIVEN}
        and area < _FIRST_NEVER_GIVEN
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True
