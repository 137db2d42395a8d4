"""Servers that ask who is there, and Pantau's settings for them."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from support.authority import Authority, Certificate
from support.redis_server import SecuredRedis
from support.secured_kafka import SecuredKafka

from stream.dev.ports import free_ports
from stream.dev.process import ManagedProcess
from stream.dev.programs import MissingError

Server = TypeVar("Server", bound=ManagedProcess)


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with tempfile.TemporaryDirectory(prefix="pantau-test-") as folder:
        yield Authority(Path(folder))


@pytest.fixture(scope="session")
def client(authority: Authority) -> Certificate:
    return authority.issue("client", "client.example")


@pytest.fixture(scope="session")
def kafka(authority: Authority) -> Iterator[SecuredKafka]:
    with _served(lambda folder: SecuredKafka(folder=folder, authority=authority), "KAFKA") as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(authority: Authority) -> Iterator[SecuredRedis]:
    port, tls_port = free_ports(2)
    with _served(
        lambda folder: SecuredRedis(folder=folder, port=port, tls_port=tls_port, authority=authority), "REDIS"
    ) as server:
        yield server


@contextmanager
def _served(make: Callable[[Path], Server], name: str) -> Iterator[Server]:
    """Run a real server; without it skip, or fail where it is required."""
    switch = f"PANTAU_REQUIRE_{name}"
    with tempfile.TemporaryDirectory(prefix="pantau-test-") as folder:
        try:
            server = make(Path(folder)).start()
        except MissingError as missing:
            if os.environ.get(switch) == "1":
                pytest.fail(str(missing))
            pytest.skip(f"NOT TESTED: {missing}; {switch}=1 makes this a failure")
        with server:
            yield server
