"""What names a person outside of the centre where a key or a name is meant: see `shapes`, docs/security.md.

Keys are kept in Redis and in the log, so a source sends pseudonyms (`pseudonym`); what is plainly none is
refused. So are names of queues and teams, unless the settings name them: those are the centre's own.
"""

import re

from stream.adapters.pseudonym import PSEUDONYM
from stream.adapters.shapes import shape_of
from stream.errors import BadRecord, RejectReason

_PSEUDONYM = re.compile(PSEUDONYM)


def refuse_personal(field: str, text: str) -> None:
    """Raise `BadRecord`, which does not tell it, where `text` holds what names a person."""
    if shape := shape_of(text):
        raise BadRecord(RejectReason.PERSONAL, f"{field}: looks like {shape}; send a pseudonym")


def refuse_personal_name(field: str, text: str) -> None:
    """The same of the name of a queue or a team that the settings do not name."""
    if shape := shape_of(text):
        raise BadRecord(
            RejectReason.PERSONAL,
            f"{field}: looks like {shape}; if it is a name of the centre, name it in the settings",
        )


def refuse_unless_pseudonym(field: str, text: str) -> None:
    """Raise `BadRecord`, which does not tell it, where `text` has not the form of a pseudonym."""
    if not _PSEUDONYM.fullmatch(text):
        raise BadRecord(
            RejectReason.PERSONAL,
            f"{field}: is no pseudonym; `k1:` and 32 hex digits in lower case are accepted, "
            "never a number, name or address",
        )
