"""Reaching Redis: as whom, and what is said where it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream.access import Login, Tls
from stream.errors import StoreUnavailable


def client(url: str, login: Login | None, tls: Tls | None, timeout_seconds: float) -> Redis:
    """A client of the server at `url`, which is asked nothing yet."""
    return Redis.from_url(
        url,
        **_secured(login, tls),
        decode_responses=True,
        encoding_errors="surrogateescape",  # what is no text is told from what is; see `codec`
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        health_check_interval=15,
    )


def _secured(login: Login | None, tls: Tls | None) -> dict[str, Any]:
    """Who we are, and whose certificates count: the server's and its host name are always verified."""
    found: dict[str, Any] = {} if login is None else {"username": login.user, "password": login.password}
    if tls is not None:
        files = {"ssl_ca_certs": tls.ca, "ssl_certfile": tls.cert, "ssl_keyfile": tls.key}
        found |= {name: str(file) for name, file in files.items() if file is not None}
        found |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    return found


@contextmanager
def calling() -> Iterator[None]:
    """Turn what redis-py raises into one `StoreUnavailable` that says what to do."""
    try:
        yield
    except AuthenticationError as failure:
        raise StoreUnavailable(
            f"Redis refused the login: {failure}; set PANTAU_REDIS_USER and PANTAU_REDIS_PASSWORD to one "
            "that it knows"
        ) from failure
    except NoPermissionError as failure:
        raise StoreUnavailable(
            f"Redis refused a command: {failure}; give the user the rights named in docs/security.md"
        ) from failure
    except (RedisConnectionError, RedisTimeoutError, OSError) as failure:
        why = str(failure).removesuffix(".")
        raise StoreUnavailable(
            f"Redis cannot be reached: {why}; start it or set PANTAU_REDIS_URL"
        ) from failure
    except ResponseError as failure:
        raise StoreUnavailable(f"Redis refused: {failure}") from failure
    except RedisError as failure:
        raise StoreUnavailable(f"Redis failed: {failure}") from failure


def is_of_another_type(reply: object) -> bool:
    """Whether a reply says that what stands at a key is not what was asked for."""
    return isinstance(reply, ResponseError) and str(reply).startswith("WRONGTYPE")
