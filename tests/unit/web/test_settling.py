"""What an exporter keeps is left out of collections of garbage, once for each thing that it keeps."""

import gc

import pytest

from stream.board.interval import WINDOWS
from stream.settings import Reloading, load_settings
from stream.web.auth import Auth
from stream.web.settings import ReloadingExporter

pytestmark = pytest.mark.pure


def test_what_stays_is_left_out_of_collections_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(Reloading, "hear", lambda _: None)
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    heeding = ReloadingExporter(load_settings(), Auth())
    counts = []
    made_up = ((False, ()), (True, ()), (True, ()), (True, WINDOWS), (True, WINDOWS), (False, WINDOWS))
    for read, made in made_up:
        heeding._live.store_is_up = read
        heeding._live._made.update([made] if made else [])
        heeding._settle()
        counts.append(len(frozen))
    assert counts == [0, 1, 1, 2, 2, 2]
