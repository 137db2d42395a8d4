"""Questions put to a scenario: how did this number come about?"""

from zoneinfo import ZoneInfo

from support.scenario import Centre, finished

from stream.board.case import Case, case
from stream.board.explanation import Asked, Explanation, explain
from stream.domain.definition import Definitions, definitions


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
    return explain(finished(cases_of(centre, rules)), centre.model, asked, rules)


async def cases_of(centre: Centre, rules: Definitions) -> list[Case]:
    """Every contact that the store of a centre holds."""
    return [
        case(name, facts, rules)
        for partition in await centre.store.partitions()
        async for name, facts in centre.store.contacts(partition)
    ]
