"""Reads the file of keys for pseudonyms."""

from pathlib import Path

from stream.adapters.pseudonym import Pseudonyms, pseudonyms
from stream.errors import BadSettings


def read_pseudonyms(file: Path) -> Pseudonyms:
    """Read the file in `PANTAU_PSEUDONYM_KEYS_FILE`. Raises `BadSettings`, which contains no key."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "not UTF-8"
        raise BadSettings(
            f"{file}: cannot be read: {why}; give a file with lines of `k1` and the output of "
            "`openssl rand -hex 32`"
        ) from None
    return pseudonyms(text, str(file))
