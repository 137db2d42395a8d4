"""What a worker tells of itself: whether it is watched, and what it still waits for."""

from stream.app.membership import Membership
from stream.app.watchdog import Watchdog
from stream.worker.processor import Processor

_KAFKA_SILENT_SECONDS = 15.0


class Health:
    """Asked by who serves it, from the first moment on."""

    def __init__(self) -> None:
        self._of: tuple[Watchdog, Processor, Membership] | None = None

    def follow(self, watchdog: Watchdog, processor: Processor, membership: Membership) -> None:
        """Tell of these from now on: the worker is being started."""
        self._of = watchdog, processor, membership

    def is_well(self) -> bool:
        """Whether it is looked after; before that it waits for Kafka."""
        return self._of is None or self._of[0].healthy

    def not_ready_because(self) -> str:
        """What it waits for; "" where it serves."""
        if self._of is None:
            return "Kafka has not answered yet"
        watchdog, processor, membership = self._of
        if watchdog.silent_seconds > _KAFKA_SILENT_SECONDS:
            return "Kafka does not answer"
        if processor.waits_for_store:
            return "Redis does not answer"
        return "" if membership.is_member else "the consumer group has not taken it in"
