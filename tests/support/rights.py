"""Rights on Kafka, given as an operator's command line says."""

import asyncio
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from support.pantau import REPOSITORY

_RESOURCES = {"--topic": 2, "--group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
_PATTERNS = {"literal": 3, "prefixed": 4}
_ALLOW, _ANY_HOST = 3, "*"


class Right(NamedTuple):
    """One login may do one thing to one topic or group, named as the command line names them."""

    user: str
    operation: str
    resource: str
    name: str
    pattern: str = "literal"


def documented() -> list[Right]:
    """The rights that docs/security.md gives."""
    lines = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    return [right for line in lines if line.startswith("kafka-acls ") for right in rights_of(line)]


def rights_of(line: str) -> Iterator[Right]:
    """What one call of `kafka-acls` gives; raises `KeyError` for what is not known here."""
    words = shlex.split(line)
    if words[1] != "--add":
        raise KeyError(words[1])
    given = list(zip(words[2::2], words[3::2], strict=True))
    told = dict(given)
    user = re.sub("^User:", "", told.pop("--allow-principal"))
    pattern = told.pop("--resource-pattern-type", "literal")
    if told.keys() - {"--operation", *_RESOURCES}:
        raise KeyError(line)
    for operation in (value for option, value in given if option == "--operation"):
        for resource, name in given:
            if resource in _RESOURCES:
                yield Right(user, operation, resource, name, pattern)


def grant(address: str, rights: Iterable[Right]) -> None:
    """Give rights; raises `AssertionError` where Kafka does not take one."""
    asyncio.run(_grant(address, rights))


async def _grant(address: str, rights: Iterable[Right]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        for right in rights:
            answer = await admin._send_request(_request(right))
            assert [error for error, _ in answer.creation_responses] == [0], (right, answer)
    finally:
        await admin.close()


def _request(right: Right) -> CreateAclsRequest:
    return CreateAclsRequest(
        _RESOURCES[right.resource],
        right.name,
        _PATTERNS[right.pattern],
        f"User:{right.user}",
        _ANY_HOST,
        _OPERATIONS[right.operation],
        _ALLOW,
    )
