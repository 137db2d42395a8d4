"""Servers that ask who is there, and Pantau's settings for them."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.authority import Authority, Certificate
from support.secured_kafka import SecuredKafka

from stream.dev.programs import MissingError


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with tempfile.TemporaryDirectory(prefix="pantau-test-") as folder:
        yield Authority(Path(folder))


@pytest.fixture(scope="session")
def client(authority: Authority) -> Certificate:
    return authority.issue("client", "client.example")


@pytest.fixture(scope="session")
def kafka(authority: Authority) -> Iterator[SecuredKafka]:
    with tempfile.TemporaryDirectory(prefix="pantau-test-") as folder:
        try:
            server = SecuredKafka(folder=Path(folder), authority=authority).start()
        except MissingError as missing:
            if os.environ.get("PANTAU_REQUIRE_KAFKA") == "1":
                pytest.fail(str(missing))
            pytest.skip(f"NOT TESTED: {missing}; PANTAU_REQUIRE_KAFKA=1 makes this a failure")
        try:
            yield server
        finally:
            server.stop()
