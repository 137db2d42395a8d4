"""The users of Redis that docs/security.md gives have the rights that the scripts use."""

import re
from collections.abc import Sequence
from importlib.resources import files

import pytest
from support.redis_server import documented_users

_COMMAND = re.compile(r"(?:call|each|fields)\('([A-Z]+)'")
WORKER, EXPORTER = documented_users()
#: What a reader runs; of these `verify` writes for an owner alone.
READ = ("counted", "delta", "hash", "load", "verify")


def commands(*names: str) -> set[str]:
    texts = (files("stream.store").joinpath(f"{name}.lua").read_text() for name in names)
    return {found.lower() for text in texts for found in _COMMAND.findall(text)}


def rights(user: str) -> set[str]:
    return set(re.findall(r"\+([a-z]+)", user))


ALL = [
    name.removesuffix(".lua")
    for file in files("stream.store").iterdir()
    if (name := file.name).endswith(".lua")
]


@pytest.mark.parametrize(
    ("user", "scripts", "never"),
    [(WORKER, ALL, set()), (EXPORTER, READ, {"hdel"})],
    ids=["worker", "exporter"],
)
def test_a_user_may_run_its_scripts(user: str, scripts: Sequence[str], never: set[str]) -> None:
    needed = commands(*scripts) - never
    assert len(needed) > 5
    assert needed - rights(user) == set()
