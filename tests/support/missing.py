"""What becomes of a test whose server is not on this machine."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

from stream.dev.programs import MissingError

Started = TypeVar("Started")


def or_skip(start: Callable[[], Started], name: str) -> Started:
    """Start a server; without its program skip loudly, or fail when PANTAU_REQUIRE_<name>=1."""
    switch = f"PANTAU_REQUIRE_{name}"
    try:
        return start()
    except MissingError as missing:
        if os.environ.get(switch) == "1":
            pytest.fail(str(missing))
        pytest.skip(f"NOT TESTED: {missing}; {switch}=1 makes this a failure")
