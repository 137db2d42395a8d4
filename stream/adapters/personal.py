"""Refuses keys and names that identify a person: see `shapes` and docs/security.md.

Redis and the log keep keys, so a source must send pseudonyms (`pseudonym`). Keys that are plainly personal
are refused. So are names of queues and teams, unless the settings name them.
"""

import re

from stream.adapters.pseudonym import PSEUDONYM
from stream.adapters.shapes import shape_of
from stream.errors import BadRecord, RejectReason

_PSEUDONYM = re.compile(PSEUDONYM)


def refuse_personal(field: str, text: str) -> None:
    """Raise `BadRecord`, without the text, if `text` contains personal data."""
    if shape := shape_of(text):
        raise BadRecord(RejectReason.PERSONAL, f"{field}: looks like {shape}; send a pseudonym")


def refuse_personal_name(field: str, text: str) -> None:
    """The same for the name of a queue or team that is not in the settings."""
    if shape := shape_of(text):
        raise BadRecord(
            RejectReason.PERSONAL,
            f"{field}: looks like {shape}; if it is a name of the centre, add it to the settings",
        )


def refuse_unless_pseudonym(field: str, text: str) -> None:
    """Raise `BadRecord`, without the text, if `text` is no pseudonym."""
    if not _PSEUDONYM.fullmatch(text):
        raise BadRecord(
            RejectReason.PERSONAL,
            f"{field}: is not a pseudonym; `k1:` and 32 hex digits in lower case are accepted, "
            "never a number, name or address",
        )
