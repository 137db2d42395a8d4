"""The source that a record names, even if the record is invalid, in a form that may be shown."""

import re
from collections.abc import Sequence

from pydantic_core import from_json

from stream.adapters.base import MAX_RECORD_BYTES
from stream.adapters.personal import refuse_personal
from stream.domain.oddity import OTHER
from stream.errors import BadRecord

_LONGEST = 64
#: The form of types: words with dots between. A person's name in its place is not repeated.
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+")


def source_of(headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> str:
    """The source that a record names; "" if there is none."""
    for name, text in headers:
        if name == "ce_source":
            return (text or b"").decode(errors="replace")
    if len(value or b"") > MAX_RECORD_BYTES:
        return ""
    try:
        document = from_json(value or b"")
    except ValueError:
        return ""
    source = document.get("source") if isinstance(document, dict) else None
    return source if isinstance(source, str) else ""


def shown(name: str) -> str:
    """A name safe for a log, a label or a terminal: `OTHER` if it is long, unprintable or personal."""
    if len(name) > _LONGEST or not name.isprintable():
        return OTHER
    try:
        refuse_personal("name", name)
    except BadRecord:
        return OTHER
    return name


def shown_type(type_: str) -> str:
    """A type of event safe for a log, a label or a terminal: `OTHER` if it has not the form of one."""
    return shown(type_) if _TYPE.fullmatch(type_) else OTHER
