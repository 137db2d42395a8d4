"""Dead letters told together: what is the same fault, how often, since when, until when, and where."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from stream.broker.letters import Letter
from stream.domain.instant import instant_text

_MOST_PLACES = 10
#: Sizes and instants differ from record to record, and make no other fault of it.
_NUMBER = re.compile(r"\d+")


def summary(letters: Iterable[Letter]) -> list[dict[str, Any]]:
    """A row for each topic, reason and fault; `places` are the latest, `detail` is the last letter's."""
    grouped: dict[tuple[str, str, str], list[Letter]] = defaultdict(list)
    for letter in letters:
        grouped[letter.place.topic, letter.reason, _NUMBER.sub("#", letter.detail)].append(letter)
    return [_row(group) for _, group in sorted(grouped.items())]


def _row(group: list[Letter]) -> dict[str, Any]:
    latest = sorted(group, key=lambda letter: (letter.last_seen_ms, letter.place), reverse=True)
    first = latest[0]
    return {
        "topic": first.place.topic,
        "reason": first.reason.value,
        "records": len(group),
        "first_seen": instant_text(min(letter.first_seen_ms for letter in group)),
        "last_seen": instant_text(first.last_seen_ms),
        "places": [str(letter.place) for letter in latest[:_MOST_PLACES]],
        "detail": first.detail,
    }
