"""What nobody foresaw is one line, of every command, and its trace is there for who asks for it."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.load import last_hours
from support.pantau import Pantau
from support.records import publish

_TRACE = "Traceback (most recent call last)"
#: The command line, in which one thing fails whenever it is called.
_BROKEN = """
import sys
from {module} import {of}
from stream.cli import main

def broken(*_, **__):
    raise ZeroDivisionError("one\\ntwo")

{of}.{name} = broken
main()
"""


def broken(module: str, of: str, name: str, *arguments: str) -> list[str]:
    """What starts a command that is broken there."""
    return [sys.executable, "-c", _BROKEN.format(module=module, of=of, name=name), *arguments]


COMMANDS = {
    "explain": broken("stream.explain.service", "ExplainService", "explain", "explain", "billing"),
    "audit": broken("stream.audit.round", "Auditor", "run", "audit"),
    "rebuild": broken("stream.store.redis", "RedisStore", "partitions", "rebuild"),
    "check": broken("stream.store.redis", "RedisStore", "partitions", "check"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_it_in_one_line(tmp_path: Path, valkey_url: str, name: str) -> None:
    pantau = Pantau("127.0.0.1:1", valkey_url, tmp_path)

    def run(**settings: object) -> subprocess.CompletedProcess[str]:
        environment = pantau.environment(**settings)
        return subprocess.run(
            COMMANDS[name], env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    done = run()
    assert done.returncode == 70, done.stderr
    assert done.stderr.startswith("pantau: this is a bug: ZeroDivisionError: one two (stream/"), done.stderr
    assert done.stderr.count("\n") == 1
    traced = run(debug=1)
    assert (traced.returncode, _TRACE in traced.stderr) == (70, True)


def test_a_worker_says_it_on_the_line_where_it_stops(embedded: Pantau) -> None:
    worker = embedded.worker()
    worker.argv = broken("stream.worker.processor", "Processor", "process", "worker")
    with worker:
        publish(embedded.kafka, last_hours(1, 0.01, seed=1))
        assert worker.exit_code(seconds=40) == 1
    lines = worker.log().splitlines()
    said = "ZeroDivisionError: one two (stream/app/partition_queues.py:"
    assert any("worker_stops partition=" in line and said in line for line in lines), worker.log()
    assert not any(line.startswith((_TRACE, "  File ", "ZeroDivisionError")) for line in lines), worker.log()
