"""Whether the consumer group has this worker in it, as its app is told."""

from collections.abc import Awaitable, Callable
from typing import Any

import faust

from stream.errors import BrokerRefused


class Membership:
    """Follows what the group does; who is in it may still have no partition."""

    def __init__(self, require_admission: Callable[[], Awaitable[None]]) -> None:
        self._require_admission = require_admission
        self.is_member = False

    async def refusal(self) -> str:
        """Why Kafka does not take it in; "" where it does not say so."""
        try:
            await self._require_admission()
        except BrokerRefused as refused:
            return str(refused)
        return ""

    def attach(self, app: faust.App) -> None:
        """Listen to the app."""

        @app.on_partitions_assigned.connect
        async def joined(_: faust.App, *__: Any, **___: Any) -> None:
            self.is_member = True

        @app.on_partitions_revoked.connect
        async def left(_: faust.App, *__: Any, **___: Any) -> None:
            self.is_member = False
