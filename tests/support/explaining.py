"""Questions about a number: put to a scenario, and to a store that holds one."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from support.factories import CONTACTS
from support.scenario import Centre, finished
from support.taking import take

from stream.domain.contact.entity import CONTACT
from stream.domain.definition import Definitions, definitions
from stream.domain.fact import Event
from stream.domain.fold import PartitionFold
from stream.explain.explanation import Asked, Explanation, explain
from stream.explain.history import ContactHistory, contact_history
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.store.ports import Store


def explained(  # noqa: PLR0913 - who asks about what
    centre: Centre,
    rules: Definitions | None = None,
    queue: str = "billing",
    channel: str = "voice",
    window: str = "30m",
    *,
    zone: str = "UTC",
) -> Explanation:
    """The explanation of a queue in a window, as things stand in a centre."""
    rules = rules or definitions()
    row = centre.queue(queue, channel)
    asked = Asked(row, window, centre.now_ms, ZoneInfo(zone))
    return explain(finished(histories_of(centre, rules)), centre.model, asked, rules)


async def histories_of(centre: Centre, rules: Definitions) -> list[ContactHistory]:
    """Every contact that the store of a centre holds."""
    return [
        contact_history(name, facts, rules)
        for partition in await centre.store.partitions()
        async for name, facts in centre.store.known(partition, CONTACT)
    ]


async def fold_into(
    store: Store, events: Sequence[Event], rules: Definitions | None = None, partition: Partition = CONTACTS
) -> None:
    """Fold events into a store that holds nothing of them yet, as a worker does."""
    fold = PartitionFold(rules or definitions())
    fold.fold(events, {})
    changes = fold.settle({})
    lease = await take(store, partition)
    begin = lease.position or 0
    told = (begin, begin + len(events), fold.watermark_ms, fold.watermark_ms, changes)
    step = Checkpoint(*told, records=len(events))
    assert await store.apply(partition, lease.token, step) is Verdict.APPLIED
