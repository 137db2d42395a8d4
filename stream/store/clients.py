"""Clients of one Redis server, of the master that sentinels name, or of a cluster.

No setting says which: a server itself tells whether it is part of a cluster, in answer to HELLO, which every
user may send.
"""

from collections.abc import Callable
from typing import Any, cast

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import parse_url
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from stream.access import Access, Login, RedisAddress, Tls, is_loopback
from stream.errors import StoreUnavailable

Options = dict[str, Any]
Place = tuple[str, int]
#: A cluster's client looks up the slots before each retry. Callers retry what fails for longer.
_TIMES_AGAIN = 2
_NO_CLUSTER = (
    "PANTAU_REDIS_URL names several servers, and {} is none of a cluster; name the one to use, or the "
    "sentinels that watch them: redis+sentinel://host:port,host:port/service"
)
_DATABASE = (
    "Redis at {} is one of a cluster, which has one database and is reached over the network; set "
    "PANTAU_REDIS_URL to redis://host:port/0"
)
_IN_THE_CLEAR = (
    "the password would be sent to {}:{} in the clear; begin PANTAU_REDIS_URL with rediss:// or "
    "rediss+sentinel:// for TLS"
)
_MOVING = "a slot of the cluster is being moved to another node; this waits until it is there"


async def find(access: Access, timeout_seconds: float) -> Any:
    """A client of what is at `access`. Raises `StoreUnavailable`, and what redis-py raises."""
    address = RedisAddress.of(access.address)
    options = _options(timeout_seconds) | _secured(access.tls)
    may_go = _where_it_may_go(access, address)
    if address.service:
        return _Master(address, options, access, may_go)
    return await _first_to_answer(address, options | _credentials(access.login), may_go)


def _where_it_may_go(access: Access, address: RedisAddress) -> Callable[[Place], Place]:
    """A function that returns a server's place, and refuses one to which a password would go in the clear."""
    in_the_clear = (access.login is not None or address.tells_password) and not address.is_secured

    def passed(place: Place) -> Place:
        if in_the_clear and not is_loopback(place[0]):
            raise StoreUnavailable(_IN_THE_CLEAR.format(*place))
        return place

    return passed


async def _first_to_answer(address: RedisAddress, options: Options, may_go: Callable[[Place], Place]) -> Any:
    """A client of the first server that answers, or of its cluster."""
    *others, last = address.servers
    for url in others:
        try:
            return await _client(address, url, options, may_go)
        except AuthenticationError:
            raise
        except (RedisConnectionError, RedisTimeoutError, OSError):
            continue
    return await _client(address, last, options, may_go)


async def _client(address: RedisAddress, url: str, options: Options, may_go: Callable[[Place], Place]) -> Any:
    alone = len(address.servers) == 1
    client: Any = cast(Any, Redis).from_url(url, **options, **_retrying(alone=alone))
    try:
        of_cluster = await _mode(client) == "cluster"
    except BaseException:
        await client.aclose()
        raise
    if alone and not of_cluster:
        return client
    await client.aclose()
    if not of_cluster:
        raise StoreUnavailable(_NO_CLUSTER.format(RedisAddress((url,)).where))
    if not address.hosts or client.get_connection_kwargs().get("db"):
        raise StoreUnavailable(_DATABASE.format(RedisAddress((url,)).where))
    return _cluster(address, options | {"address_remap": may_go})


def _retrying(*, alone: bool) -> Options:
    """How often redis-py itself retries: never where another server can be asked."""
    return {} if alone else {"retry": Retry(NoBackoff(), 0)}


async def _mode(client: Any) -> str:
    """The mode of a server: standalone, sentinel or cluster; "" where it does not know HELLO."""
    try:
        reply = await client.execute_command("HELLO")
    except ResponseError as refused:  # a cluster refuses every database but 0 before it answers
        return "cluster" if "cluster mode" in str(refused) else ""
    properties = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=False))
    return str(properties.get("mode", ""))


def _cluster(address: RedisAddress, options: Options) -> RedisCluster:
    nodes = [ClusterNode(host, port) for host, port in address.hosts]
    return _Cluster.from_url(
        address.servers[0], startup_nodes=nodes, **options, retry=Retry(NoBackoff(), _TIMES_AGAIN)
    )


class _Cluster(RedisCluster):
    """A cluster client that waits while slots are moved.

    Scripts use more keys than the one that names the slot. While those are moved one by one, some are in
    the old place and some in the new, and a script would take those that it does not find for empty.
    """

    def get_node(self, *_: object, **__: object) -> Any:
        """Refuse to follow ASK, for which alone the client looks up a node by its name."""
        raise ResponseError(_MOVING)


class _Sentinels(Sentinel):
    """Sentinels, whose master must pass `may_go`."""

    def __init__(self, hosts: list[Place], asking: Options, may_go: Callable[[Place], Place]) -> None:
        cast(Any, super()).__init__(hosts, sentinel_kwargs=asking)
        self._may_go = may_go

    async def discover_master(self, service_name: str) -> Place:
        """The place of the master."""
        return self._may_go(await super().discover_master(service_name))


class _Master(Redis):
    """A client of the master of a service that sentinels watch, whichever server that is."""

    def __init__(
        self, address: RedisAddress, options: Options, access: Access, may_go: Callable[[Place], Place]
    ) -> None:
        given: Options = {**parse_url(address.servers[0])}
        for name in ("host", "port", "connection_class"):
            given.pop(name, None)
        with_tls = {"ssl": access.tls is not None}
        asking = options | with_tls | _credentials(access.sentinel) | {"retry": Retry(NoBackoff(), 0)}
        self._sentinel = _Sentinels(address.hosts, asking, may_go)
        wanted = options | with_tls | given | _credentials(access.login)
        pool = cast(Any, SentinelConnectionPool)(address.service, self._sentinel, **wanted)
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's
        """Close the connections to sentinels as well."""
        await super().aclose(close_connection_pool)
        await self._sentinel.aclose()


def _options(timeout_seconds: float) -> Options:
    return {
        "decode_responses": True,
        "encoding_errors": "surrogateescape",  # bytes that are no text are kept apart: see `codec`
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "health_check_interval": 15,
    }


def _credentials(login: Login | None) -> Options:
    return {} if login is None else {"username": login.user, "password": login.password}


def _secured(tls: Tls | None) -> Options:
    """TLS options: the server's certificate and host name are always verified."""
    if tls is None:
        return {}
    files = {"ssl_ca_certs": tls.ca, "ssl_certfile": tls.cert, "ssl_keyfile": tls.key}
    found: Options = {name: str(file) for name, file in files.items() if file is not None}
    return found | {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
