"""Asks Kafka whether it would take a worker into its group, without joining."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaClient
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import GroupAuthorizationFailedError, InvalidSessionTimeoutError, KafkaError
from aiokafka.protocol.group import JoinGroupRequest

from stream.access import Access
from stream.broker.connection import arguments
from stream.errors import BrokerRefused

#: No member has this id, so Kafka checks the request and changes nothing.
_NOBODY = "pantau-asks"
#: A new broker has no coordinator yet.
_TRIES, _PAUSE_SECONDS = 10, 0.5
#: Kafka refuses at once. A broker that accepts the request makes it wait for other members: that is a yes.
_ANSWER_SECONDS = 1.0


async def require_admission(kafka: Access, group: str, session_seconds: float) -> None:
    """Raise `BrokerRefused` where Kafka accepts no member of `group` with that session timeout.

    Where Kafka is away, or does not refuse at once, nothing is raised: the worker finds out later.
    """
    for _ in range(_TRIES):
        try:
            code = await _asked(kafka, group, session_seconds)
        except (KafkaError, OSError):
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        if code == InvalidSessionTimeoutError.errno:
            raise BrokerRefused(
                f"Kafka at {kafka.address} takes no worker with PANTAU_SESSION_SECONDS={session_seconds:g}: "
                "it accepts from group.min.session.timeout.ms (6000 unless set) to "
                "group.max.session.timeout.ms (1800000); set PANTAU_SESSION_SECONDS within them, or them"
            )
        return


async def _asked(kafka: Access, group: str, session_seconds: float) -> int:
    """The error code of Kafka's answer; 0 for none.

    This asks about a group that nobody is in; where our login may not use that, about our own.
    """
    with suppress(GroupAuthorizationFailedError):
        code = await _answer(kafka, f"{group}-asks", session_seconds)
        if code != GroupAuthorizationFailedError.errno:
            return code
    return await _answer(kafka, group, session_seconds)


async def _answer(kafka: Access, group: str, session_seconds: float) -> int:
    client = AIOKafkaClient(**arguments(kafka), request_timeout_ms=5_000)
    session_ms = round(session_seconds * 1000)
    question = JoinGroupRequest(
        group, session_ms, session_ms, _NOBODY, None, "consumer", [("roundrobin", b"")]
    )
    try:
        await client.bootstrap()
        node = await client.coordinator_lookup(CoordinationType.GROUP, group)
        await client.ready(node, group=ConnectionGroup.COORDINATION)
        sent = client.send(node, question, group=ConnectionGroup.COORDINATION)
        with suppress(TimeoutError):
            return int((await asyncio.wait_for(sent, _ANSWER_SECONDS)).error_code)
        return 0
    finally:
        await client.close()
