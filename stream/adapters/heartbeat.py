"""Signs of life of the path itself: they say nothing of any contact or agent, and are not folded."""

import json

from stream.adapters.base import SkippedRecord
from stream.domain.instant import instant_text

TYPE = "pantau.heartbeat"


class Heartbeat(SkippedRecord):
    """`source` put it into the partition named `subject`, at `at_ms`: no later than it came in."""

    def __init__(self, source: str, subject: str, at_ms: int) -> None:
        super().__init__("heartbeat")
        self.source, self.subject, self.at_ms = source, subject, at_ms


def heartbeat_record(source: str, subject: str, at_ms: int) -> bytes:
    """The record of a heartbeat."""
    document = {
        "specversion": "1.0",
        "id": f"{subject}-{at_ms}",
        "source": source,
        "type": TYPE,
        "time": instant_text(at_ms),
        "subject": subject,
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
