"""Calls Redis, be it one server, the master that sentinels name, or a cluster."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar, cast

from redis.asyncio import RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, ResponseError

from stream.access import Access
from stream.store.clients import find
from stream.store.failures import calling, is_of_another_type

T = TypeVar("T")


class Script:
    """A Lua script made of these files, one after the other, and its digest."""

    def __init__(self, *names: str) -> None:
        texts = [files(__package__).joinpath(f"{name}.lua").read_text() for name in names]
        self.text = "\n".join(texts)
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Connection:
    """The servers at `access`. The first call connects."""

    def __init__(self, access: Access, timeout_seconds: float) -> None:
        self._access, self._timeout_seconds = access, timeout_seconds
        self._found: Any = None
        self._lock = asyncio.Lock()

    async def call(self, call: Callable[[Any], Awaitable[T]]) -> T:
        """The answer of `call` to the client. Raises `StoreUnavailable`."""
        with calling():
            client = await self._client()
            try:
                return await call(client)
            except RedisClusterException:
                await self._forget(client)
                raise

    async def run(self, script: Script, keys: list[str], args: list[Any]) -> Any:
        """Run a script on the server that has its keys, which all lie in one slot."""
        return await self.call(lambda client: _run(client, script, keys, args))

    async def fields(self, key: str, *names: str) -> list[str | None]:
        """Some fields of a hash."""
        found = await self.call(lambda client: client.hmget(key, list(names)))
        return cast(list[str | None], found)

    async def scan(self, key: str, cursor: int, pattern: str, *, count: int) -> tuple[int, list[str]]:
        """One step of a scan of the keys on the server that has `key`."""
        command = ("SCAN", cursor, "MATCH", pattern, "COUNT", count)
        reply = await self.call(lambda client: client.execute_command(*command, **_at(client, key)))
        at, found = cast(tuple[int | dict[str, int], list[str]], reply)
        return (next(iter(at.values())) if isinstance(at, dict) else at), found

    async def place(self, key: str) -> object:
        """The server that has `key`, a hash. It is asked something: only so does a client notice another."""
        return await self.call(lambda client: _place(client, key))

    async def hashes(self, keys: list[str]) -> list[Any]:
        """The hash at each of these keys of one partition; an exception where there is none."""

        async def ask(client: Any) -> list[Any]:
            async with client.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.hgetall(key)
                found = list(await pipeline.execute(raise_on_error=False))
            for reply in found:
                if isinstance(reply, Exception) and not is_of_another_type(reply):
                    raise reply
            return found

        return await self.call(ask) if keys else []

    async def memories(self) -> list[dict[str, Any]]:
        """The memory statistics of each server that takes writes."""

        async def ask(client: Any) -> list[dict[str, Any]]:
            if not isinstance(client, RedisCluster):
                return [await client.info("memory")]
            await client.initialize()
            masters = client.get_primaries()
            return [await client.info("memory", target_nodes=master) for master in masters]

        return await self.call(ask)

    async def close(self) -> None:
        """Close all connections."""
        if self._found is not None:
            await self._forget(self._found)

    async def _forget(self, client: Any) -> None:
        """Have the next call connect to the given addresses: those that a cluster named may be gone."""
        if client is self._found:
            self._found = None
            await client.aclose()

    async def _client(self) -> Any:
        async with self._lock:
            if self._found is None:
                self._found = await find(self._access, self._timeout_seconds)
        return self._found


async def _run(client: Any, script: Script, keys: list[str], args: list[Any]) -> Any:
    asked = (script.sha, len(keys), *keys, *args)
    try:
        return await client.evalsha(*asked)
    except NoScriptError:  # this server, of a cluster the one with the keys, has not run it before
        await client.execute_command("SCRIPT LOAD", script.text, **_at(client, keys[0]))
        return await client.evalsha(*asked)


def _at(client: Any, key: str) -> dict[str, Any]:
    """Arguments that name the node with `key`, where there are several."""
    return {"target_nodes": _node(client, key)} if isinstance(client, RedisCluster) else {}


def _node(client: RedisCluster, key: str) -> Any:
    return client.nodes_manager.get_node_from_slot(client.keyslot(key))


async def _place(client: Any, key: str) -> object:
    with suppress(ResponseError):  # it holds another type of value
        await client.hmget(key, ["format"])
    if isinstance(client, RedisCluster):
        return _node(client, key).name
    return getattr(client.connection_pool, "master_address", None)
