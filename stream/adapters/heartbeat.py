"""Signs of life of the path itself: they say nothing of any contact or agent, and are not folded."""

from stream.adapters.base import SkippedRecord
from stream.adapters.envelope import envelope_bytes

TYPE = "pantau.heartbeat"


class Heartbeat(SkippedRecord):
    """`source` put it into the partition named `subject`, at `at_ms`: no later than it came in."""

    def __init__(self, source: str, subject: str, at_ms: int) -> None:
        super().__init__("heartbeat")
        self.source, self.subject, self.at_ms = source, subject, at_ms


def heartbeat_record(source: str, subject: str, at_ms: int) -> bytes:
    """The record of a heartbeat."""
    return envelope_bytes(
        identity=f"{subject}-{at_ms}", source=source, type_=TYPE, at_ms=at_ms, subject=subject
    )
