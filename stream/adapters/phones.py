"""Phone numbers with the international prefix 00, by the country codes of ITU-T E.164."""

import re
from collections.abc import Mapping

#: Country codes by the number of digits of a number including the code.
_LENGTHS = """
10: 238 239 246 248 269 291 297 45 47 501 592 597 65 673 674 676 677 678 679 680 683 688 690 691 692 960
10/11: 230 241 267 27 32 36 372 46 507 51 599 66 670 675 961 975
10/11/12: 20 231 252 254 359 595 60 63 64 82 95 967
10/11/12/13: 243 352 353 358 381 39 43 49 62 86 880
10/12: 220 265 354 421 423 53 57
10/13: 685
11: 216 222 223 226 227 228 232 235 236 253 257 266 268 33 34 350 356 357 370 371 373 374 382 386 389 40
  41 48 502 503 504 505 506 509 56 591 598 61 686 689 852 853 93 94 965 968 973 974 993
11/12: 213 224 250 258 264 355 377 385 387 44 593 81 84 855 886 92 962 963 970 971 972
11/12/13: 383 856 964 976
11/13: 31 378 850 977
12: 211 212 218 221 233 237 240 242 244 245 249 251 255 256 260 261 262 263 30 351 375 376 380 420 508
  52 58 590 594 596 90 91 966 98 992 994 995 996 998
12/13: 54 55
13: 225 229 234
"""


def _read(table: str) -> Mapping[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    lengths: frozenset[int] = frozenset()
    for word in table.split():
        if word.endswith(":"):
            lengths = frozenset(map(int, word[:-1].split("/")))
        else:
            found[word] = lengths
    return found


_CODES = _read(_LENGTHS)
_OF_NORTH_AMERICA = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_OF_RUSSIA_AND_KAZAKHSTAN = re.compile(r"7[3-9][0-9]{9}")


def is_international(text: str) -> bool:
    """Whether the digits after 00 are a number of a country. Ids padded with zeros do not fit one."""
    digits = text[2:]
    if digits[:1] in {"1", "7"}:
        return bool(_OF_NORTH_AMERICA.fullmatch(digits) or _OF_RUSSIA_AND_KAZAKHSTAN.fullmatch(digits))
    return any(len(digits) in _CODES.get(digits[:length], ()) for length in (2, 3))
