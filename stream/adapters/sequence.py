"""The `sequence` of CloudEvents: where an event stands among those of its source."""

_DIGITS_FROM = 3


def sortable(sequence: str) -> str:
    """`sequence` as text that sorts: whole numbers by their size, then other text; "" where none is told."""
    if sequence.isascii() and sequence.isdigit():
        digits = sequence.lstrip("0") or "0"
        return f"{len(digits):0{_DIGITS_FROM}d}{digits}"
    return sequence and f"t{sequence}"


def told(sorted_by: str) -> str:
    """The `sequence` that `sortable` was given, without leading zeros."""
    return sorted_by[1:] if sorted_by.startswith("t") else sorted_by[_DIGITS_FROM:]
