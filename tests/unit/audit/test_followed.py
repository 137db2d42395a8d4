"""An exporter whose waits stand still is not audited: the log would go on to its instant."""

import io
import json
from typing import Any

import pytest

from stream.audit import board as audited
from stream.audit.board import board_of_exporter
from stream.errors import PantauError
from stream.settings import load_settings

pytestmark = pytest.mark.pure


def away(what: str, *sources: str) -> dict[str, Any]:
    return {"what": what, "sources": list(sources)}


def asked(monkeypatch: pytest.MonkeyPatch, state: str, *found: dict[str, Any]) -> dict[str, Any]:
    served = {"positions": {}, "state": state, "away": list(found)}
    monkeypatch.setattr(audited, "urlopen", lambda *_, **__: io.BytesIO(json.dumps(served).encode()))
    return board_of_exporter("http://127.0.0.1:9", load_settings())


@pytest.mark.parametrize(
    "found", [[away("store")], [away("worker"), away("broker")], [away("source", "/crm")]]
)
def test_waits_that_stand_still_are_not_audited(
    monkeypatch: pytest.MonkeyPatch, found: list[dict[str, Any]]
) -> None:
    named = ", ".join(one["what"] for one in found)
    with pytest.raises(PantauError, match=f"reports {named} away, so its waits stand still"):
        asked(monkeypatch, "stale", *found)


@pytest.mark.parametrize(
    ("state", "found"),
    [("fresh", []), ("stale", []), ("stale", [away("source")]), ("fresh", [away("source", "/crm")])],
)
def test_others_are(monkeypatch: pytest.MonkeyPatch, state: str, found: list[dict[str, Any]]) -> None:
    assert asked(monkeypatch, state, *found)["state"] == state
