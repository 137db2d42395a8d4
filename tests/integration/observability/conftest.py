"""Lets these tests read the same list of known series and expressions as the unit tests beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "observability"))
