"""Lets these tests read the expressions of rules and dashboards as the tests of those do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "observability"))
