"""An audit that begins empty."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.audit import recomputation
from stream.audit.recomputation import FILES, Audit


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    with Audit(tmp_path / "database") as found:
        yield found


@pytest.fixture
def up_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Recompute only up to a file: each of them takes a tenth of a second to plan."""
    return lambda last: monkeypatch.setattr(recomputation, "FILES", FILES[: FILES.index(last) + 1])
