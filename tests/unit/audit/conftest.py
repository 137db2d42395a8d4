"""An audit that begins empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.audit.recomputation import Audit


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    with Audit(tmp_path / "database") as found:
        yield found
