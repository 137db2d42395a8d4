"""Heartbeats of the path: they are about no contact or agent and are not folded."""

from stream.adapters.envelope import envelope_bytes

TYPE = "pantau.heartbeat"


def heartbeat_record(source: str, subject: str, at_ms: int) -> bytes:
    """The record of a heartbeat."""
    return envelope_bytes(
        identity=f"{subject}-{at_ms}", source=source, type_=TYPE, at_ms=at_ms, subject=subject
    )
