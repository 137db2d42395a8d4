"""The agent entity."""

from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType

from msgspec.json import Decoder

from stream.domain.agent.now import AgentsNow
from stream.domain.agent.schedule import schedule_of
from stream.domain.agent.state import STATES, AgentLive, details_of
from stream.domain.agent.timeline import Agent
from stream.domain.definition import Definitions
from stream.domain.entity import Entity
from stream.domain.fact import Fact
from stream.domain.kinds import Kind

_live = Decoder(AgentLive).decode
_SERIES = {"a": 1, "g": 1}


class _Agents(Entity):
    """See `Entity`."""

    name, letter, retention = "agent", "a", "agents_ms"
    series = MappingProxyType(_SERIES)
    stays_kept = False
    beats = frozenset({int(Kind.AGENT_HEARTBEAT)})
    at_once = 10

    def reader(self, definitions: Definitions, grace_ms: int) -> Callable[[Iterable[Fact]], Agent]:  # noqa: ARG002 - see `Entity`
        """See `Entity`."""
        return lambda facts: Agent(facts, grace_ms=grace_ms)

    def live_of(self, text: bytes | str) -> AgentLive:
        """See `Entity`."""
        agent = _live(text)
        if agent.state not in STATES:
            raise ValueError("no state of an agent")
        return agent

    def live_index(self) -> AgentsNow:
        """See `Entity`."""
        return AgentsNow()

    def require_sound(self, fact: Fact) -> None:
        """See `Entity`."""
        if fact.kind == Kind.AGENT_STATE:
            details_of(fact.details)
        elif fact.kind == Kind.SCHEDULE_PUBLISHED:
            schedule_of([fact])

    def is_long_open(self, facts: Sequence[Fact], *, now_ms: int, after_ms: int, least_ms: int) -> bool:
        """See `Entity`: whether any state except logged out lasted that long."""
        states = Agent(facts).states
        ends = [*(later.at_ms for later in states[1:]), now_ms]
        return any(
            end_ms - state.at_ms >= after_ms and end_ms >= least_ms and state.state != "logged_out"
            for state, end_ms in zip(states, ends, strict=False)  # without states there is still a now
        )


#: The agent entity.
AGENT = _Agents()
