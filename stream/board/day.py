"""The business day: from local midnight, in the zone of the centre; 23, 24 or 25 hours long."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def day_start_ms(now_ms: int, zone: ZoneInfo) -> int:
    """The instant at which the local day of `now_ms` began."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return round(midnight.astimezone(UTC).timestamp()) * 1000
