"""Check digits of the public rules that number cards, bank accounts and people."""

from collections.abc import Mapping
from string import ascii_uppercase, digits

_LETTERS_OF_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
#: The value of a character of an Italian tax code at an odd place, counted from 1.
_ODD: Mapping[str, int] = dict(
    zip(
        digits + ascii_uppercase,
        (
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21),
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        ),
        strict=True,
    )
)
_EVEN: Mapping[str, int] = {
    **{digit: int(digit) for digit in digits},
    **{letter: place for place, letter in enumerate(ascii_uppercase)},
}


def luhn(number: str) -> bool:
    """ISO/IEC 7812: cards."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(int(digit) for digit in number[::-2]) + sum(doubled)) % 10 == 0


def mod_97(number: str) -> bool:
    """ISO 7064 as ISO 13616 has it: accounts (IBAN)."""
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def bsn(number: str) -> bool:
    """The Dutch citizen service number: nine digits."""
    weighted = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), number, strict=False))
    return (weighted - int(number[-1])) % 11 == 0 and int(number) > 0


def dni(number: str) -> bool:
    """The Spanish identity number of citizens and, with X, Y or Z before it, of foreigners."""
    body = number[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return body.isdigit() and _LETTERS_OF_DNI[int(body) % len(_LETTERS_OF_DNI)] == number[-1]


def tax_code(code: str) -> bool:
    """The Italian tax code: sixteen characters."""
    total = sum(_ODD[character] for character in code[:-1:2]) + sum(
        _EVEN[character] for character in code[1:-1:2]
    )
    return ascii_uppercase[total % len(ascii_uppercase)] == code[-1]


def cpf(number: str) -> bool:
    """The Brazilian number of taxpayers: eleven digits."""
    return len(set(number)) > 1 and all(_cpf_digit(number[:place]) == int(number[place]) for place in (9, 10))


def _cpf_digit(before: str) -> int:
    weighted = sum(
        weight * int(digit) for weight, digit in zip(range(len(before) + 1, 1, -1), before, strict=True)
    )
    return weighted * 10 % 11 % 10
