"""The `sequence` of CloudEvents: the place of an event among those of its source."""

_DIGITS_FROM = 3


def sortable(sequence: str) -> str:
    """`sequence` as sortable text: whole numbers by size, then other text; "" if absent."""
    if sequence.isascii() and sequence.isdigit():
        digits = sequence.lstrip("0") or "0"
        return f"{len(digits):0{_DIGITS_FROM}d}{digits}"
    return sequence and f"t{sequence}"


def sequence_of(sorted_by: str) -> str:
    """The inverse of `sortable`, without leading zeros."""
    return sorted_by[1:] if sorted_by.startswith("t") else sorted_by[_DIGITS_FROM:]
