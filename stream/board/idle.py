"""What a window in which nothing happened comes to."""

from functools import lru_cache

from stream.domain.definition import Definition
from stream.domain.kpi import Counted, Kpis, counted, kpis
from stream.domain.reading import Reading

_NOTHING = Reading()


@lru_cache(maxsize=1_024)
def idle(definition: Definition) -> tuple[Counted, Kpis]:
    """The same objects for all windows of a definition: most of thousands of queues are at rest."""
    count = counted(_NOTHING, definition, 0)
    return count, kpis(_NOTHING, count, definition)
