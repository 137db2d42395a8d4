"""Whether this worker is a member of the consumer group."""

from collections.abc import Awaitable, Callable
from typing import Any

import faust

from stream.errors import BrokerRefused


class Membership:
    """Follows rebalances of the group. A member may have no partition."""

    def __init__(self, require_admission: Callable[[], Awaitable[None]]) -> None:
        self._require_admission = require_admission
        self.is_member = False

    async def refusal(self) -> str:
        """Why Kafka refuses the worker; "" where it does not say."""
        try:
            await self._require_admission()
        except BrokerRefused as refused:
            return str(refused)
        return ""

    def attach(self, app: faust.App) -> None:
        """Follow the rebalances of this app."""

        @app.on_partitions_assigned.connect
        async def joined(_: faust.App, *__: Any, **___: Any) -> None:
            self.is_member = True

        @app.on_partitions_revoked.connect
        async def left(_: faust.App, *__: Any, **___: Any) -> None:
            self.is_member = False
