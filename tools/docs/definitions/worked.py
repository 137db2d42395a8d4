"""Examples, worked: a story is decoded, folded and read by the code that does it for a live centre."""

import json
from functools import lru_cache
from typing import Any

from stream.adapters.canonical import CanonicalDecoder
from stream.board.document import document
from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.definition import Definition, Timeline, definitions
from stream.domain.fact import Event
from stream.domain.fold import PartitionFold
from stream.domain.instant import instant_ms
from stream.store.delta import Delta
from stream.store.partition import Partition
from tools.docs.definitions.entry import Example, Value

_DAY = "2026-11-21"
_QUEUE = "billing"
_NUMBERS = {"visit", "capacity"}
_TIMES = {"accepted", "due", "since", "from", "to", "time"}
_NAMES = ("queue", "team", "reason")


def worked(example: Example, where: str) -> Value:
    """What the core makes of `example` at the path `where` of the board; KeyError if there is none."""
    timeline = example.definition
    if isinstance(timeline, Definition):
        timeline = ((0, timeline),)
    score = f"{example.story.score.strip()}\n{example.more.strip()}".strip()
    found: Any = _board(score, example.at, timeline)
    for step in where.split("."):
        found = _row(found, step) if isinstance(found, list) else found[step]
    if isinstance(found, dict | list):
        raise KeyError(f"{where} is no value, but {sorted(found)}")
    return found  # type: ignore[no-any-return] # a leaf of the board


def time_ms(text: str) -> int:
    """The instant of `10:00:05` on the day of the stories, or of `2026-11-20T23:59:59`; UTC."""
    return instant_ms(f"{text}Z" if "T" in text else f"{_DAY}T{text}Z")


def _row(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for row in rows:
        if name in {row.get(key) for key in _NAMES}:
            return row
    raise KeyError(name)


@lru_cache(maxsize=256)
def _board(score: str, at: str, timeline: Timeline) -> dict[str, Any]:
    rules = definitions({(_QUEUE, ""): timeline}, default=timeline[-1][1])
    model = Model()
    now_ms = time_ms(at)
    fold = PartitionFold(rules)
    live: dict[str, tuple[Live, ...] | AgentLive | None] = {}
    for event in _events(score):  # one by one, for what is late is late after another batch
        fold.fold([event], {})
        live.update(fold.settle({}).live)
    delta = Delta(1, full=True, position=0, watermark_ms=fold.watermark_ms, written_ms=fold.watermark_ms)
    delta.cells.update(fold.cells())
    delta.live.update({entity: state for entity, state in live.items() if state is not None})
    model.take(Partition("pantau.all", 0), delta, now_ms=now_ms)
    return document(BoardBuilder(model, rules).board(now_ms), tenant="default")


def _events(score: str) -> list[Event]:
    decode = CanonicalDecoder().decode
    return [event for line in score.splitlines() for event in decode(record(line))]


def record(line: str) -> bytes:
    """The canonical event that a line of a score stands for."""
    time, subject, type_, *told = line.split()
    data: dict[str, Any] = {}
    for word in told:
        name, _, text = word.partition("=")
        if name == "shift":
            data.setdefault("shifts", []).append(_shift(text))
        else:
            data[name] = _said(name, text)
    event = {
        "specversion": "1.0",
        "id": f"{subject}-{type_}-{time}",
        "source": "/stories",
        "type": type_,
        "time": _rfc_3339(time),
        "subject": subject,
        "data": data,
    }
    return json.dumps(event).encode()


def _said(name: str, text: str) -> Any:
    if ":" in text and name == "capacity":
        return {channel: int(most) for channel, _, most in (slot.partition(":") for slot in text.split(","))}
    if name in _NUMBERS:
        return int(text)
    if name in _TIMES:
        return _rfc_3339(text)
    return text.split(",") if name == "queues" else text


def _shift(text: str) -> dict[str, str]:
    """`10:00:00/10:08:00/productive`."""
    from_, to, activity = text.split("/")
    return {"from": _rfc_3339(from_), "to": _rfc_3339(to), "activity": activity}


def _rfc_3339(text: str) -> str:
    return f"{text}Z" if "T" in text else f"{_DAY}T{text}Z"
