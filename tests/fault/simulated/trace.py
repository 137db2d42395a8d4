"""What happened in a run, line by line; told when something is wrong, and compared to prove a replay."""

from hashlib import blake2b


class Trace:
    """All lines of a run: what happened in pieces, put together when somebody reads them."""

    def __init__(self) -> None:
        self._lines: list[tuple[float, str, tuple[object, ...]]] = []

    def note(self, now: float, who: str, *what: object) -> None:
        self._lines.append((now, who, what))

    def last(self, count: int = 40) -> str:
        """The last lines as a person reads them."""
        return "\n".join(
            f"{now:9.3f}  {who:8}  {' '.join(map(str, what))}" for now, who, what in self._lines[-count:]
        )

    def digest(self) -> str:
        """What tells this run from every other."""
        return blake2b(repr(self._lines).encode(), digest_size=16).hexdigest()
