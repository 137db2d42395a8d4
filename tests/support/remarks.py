"""What a source says later of what it has told: corrections and retractions, among the other events."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from stream.dev.simulator import SimulatedEvent

#: So many events of others lie between an event and the remark on it, at most.
_LATER = 40


def remarked(events: Iterable[SimulatedEvent], *, share: float, seed: int) -> Iterator[SimulatedEvent]:
    """The events, and soon after some of them that they were otherwise, or never were."""
    chance = Random(seed)
    due: list[tuple[int, SimulatedEvent]] = []
    for place, event in enumerate(events):
        yield event
        if b'"agent.heartbeat"' not in event.value and chance.random() < share:
            due.append((place + chance.randrange(_LATER), _remark(event, chance, place)))
        yield from (remark for at, remark in due if at <= place)
        due = [(at, remark) for at, remark in due if at > place]
    yield from (remark for _, remark in due)


def _remark(event: SimulatedEvent, chance: Random, place: int) -> SimulatedEvent:
    said = json.loads(event.value)
    about: dict[str, Any] = {"id": said["id"], "type": said["type"]}
    kind = chance.choice(["event.corrected", "event.retracted"])
    if kind == "event.corrected":
        about |= {"time": said["time"].replace("Z", f"{chance.randrange(10)}Z"), "data": said.get("data", {})}
        about["data"] = _otherwise(about["data"], chance)
    told = {**said, "id": f"remark-{place}-{said['id']}", "type": kind, "data": about}
    return replace(event, value=json.dumps(told).encode())


def _otherwise(data: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The same, but for a team or a queue, where there is one."""
    names = [name for name in ("team", "queue") if name in data]
    return {**data, chance.choice(names): f"other-{data.get('channel', 'voice')}"} if names else data
