"""What is asked of Redis, wherever that is: of one server, of whichever is the master, of a cluster's."""

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
    """A Lua script of these files, one after the other, known by its digest."""

    def __init__(self, *names: str) -> None:
        texts = [files(__package__).joinpath(f"{name}.lua").read_text() for name in names]
        self.text = "\n".join(texts)
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Connection:
    """The servers at `access`, which are asked nothing yet."""

    def __init__(self, access: Access, timeout_seconds: float) -> None:
        self._access, self._timeout_seconds = access, timeout_seconds
        self._found: Any = None
        self._lock = asyncio.Lock()

    async def call(self, call: Callable[[Any], Awaitable[T]]) -> T:
        """What `call` answers when it is given the client. Raises `StoreUnavailable`."""
        with calling():
            client = await self._client()
            try:
                return await call(client)
            except RedisClusterException:
                await self._forget(client)
                raise

    async def run(self, script: Script, keys: list[str], args: list[Any]) -> Any:
        """Run a script where its keys are, which all lie in one slot."""
        return await self.call(lambda client: _run(client, script, keys, args))

    async def fields(self, key: str, *names: str) -> list[str | None]:
        """Some fields of a hash."""
        found = await self.call(lambda client: client.hmget(key, list(names)))
        return cast(list[str | None], found)

    async def scan(self, key: str, cursor: int, pattern: str, *, count: int) -> tuple[int, list[str]]:
        """One step of a scan of the keys where `key` is."""
        command = ("SCAN", cursor, "MATCH", pattern, "COUNT", count)
        reply = await self.call(lambda client: client.execute_command(*command, **_at(client, key)))
        at, found = cast(tuple[int | dict[str, int], list[str]], reply)
        return (next(iter(at.values())) if isinstance(at, dict) else at), found

    async def place(self, key: str) -> object:
        """Which server has `key`, a hash; it is asked, for only so a client learns of another."""
        return await self.call(lambda client: _place(client, key))

    async def hashes(self, keys: list[str]) -> list[Any]:
        """The hash at each of these keys of one partition; an exception where no hash stands."""

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
        """What each server that takes writes tells of its memory."""

        async def ask(client: Any) -> list[dict[str, Any]]:
            if not isinstance(client, RedisCluster):
                return [await client.info("memory")]
            await client.initialize()
            masters = client.get_primaries()
            return [await client.info("memory", target_nodes=master) for master in masters]

        return await self.call(ask)

    async def close(self) -> None:
        """Let all connections go."""
        if self._found is not None:
            await self._forget(self._found)

    async def _forget(self, client: Any) -> None:
        """The next call begins anew at the addresses given: those that a cluster told may be gone."""
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
    except NoScriptError:  # a server that is new here: of a cluster, the one that has the keys
        await client.execute_command("SCRIPT LOAD", script.text, **_at(client, keys[0]))
        return await client.evalsha(*asked)


def _at(client: Any, key: str) -> dict[str, Any]:
    """Names the node that has `key`, where there are several."""
    return {"target_nodes": _node(client, key)} if isinstance(client, RedisCluster) else {}


def _node(client: RedisCluster, key: str) -> Any:
    return client.nodes_manager.get_node_from_slot(client.keyslot(key))


async def _place(client: Any, key: str) -> object:
    with suppress(ResponseError):  # no hash stands there
        await client.hmget(key, ["format"])
    if isinstance(client, RedisCluster):
        return _node(client, key).name
    return getattr(client.connection_pool, "master_address", None)
