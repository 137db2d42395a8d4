"""What names a person outside of the centre where a key is meant: a phone number, a mail address.

Keys are kept in Redis and in the log, so a source sends pseudonyms (`pseudonym`); what is plainly none is
refused. Names of queues and teams are the centre's own, and may be numbers or addresses.
"""

import re

from stream.adapters.pseudonym import PSEUDONYM
from stream.errors import BadRecord, RejectReason

_PERSONAL = re.compile(r"\+\d(?:[ ().-]{0,2}\d){6,}|[^\s@<>]+@[^\s@<>]+\.[^\W\d_]{2,}")
_PSEUDONYM = re.compile(PSEUDONYM)


def refuse_personal(field: str, text: str) -> None:
    """Raise `BadRecord`, which does not tell it, where `text` holds a phone number or a mail address."""
    # What neither sign is in costs no search: all but a few texts.
    if ("@" in text or "+" in text) and _PERSONAL.search(text):
        raise BadRecord(
            RejectReason.PERSONAL, f"{field}: looks like a phone number or a mail address; send a pseudonym"
        )


def refuse_unless_pseudonym(field: str, text: str) -> None:
    """Raise `BadRecord`, which does not tell it, where `text` has not the form of a pseudonym."""
    if not _PSEUDONYM.fullmatch(text):
        raise BadRecord(
            RejectReason.PERSONAL,
            f"{field}: is no pseudonym; `k1:` and 32 hex digits in lower case are accepted, "
            "never a number, name or address",
        )
