"""What sends events in a thread of its own, and keeps what ended it for who waits."""

import asyncio
from abc import ABC, abstractmethod


class Sending(ABC):
    """Give `send` to a thread; `failure` is what ended it before its time."""

    failure: BaseException | None = None

    def send(self) -> None:
        """Send until it is over."""
        try:
            asyncio.run(self._send())
        except BaseException as failure:  # noqa: BLE001 - told by the thread that waits
            self.failure = failure

    @abstractmethod
    async def _send(self) -> None: ...
