"""Connecting to Kafka: once, with an error of one line, or for as long as it takes."""

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaClient
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from stream.access import Access
from stream.backoff import Backoff
from stream.errors import BrokerRefused, BrokerUnavailable

log = logging.getLogger("pantau.broker")
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_LOGIN_REFUSED = (SaslAuthenticationFailed, UnsupportedSaslMechanismError, IllegalSaslStateError)


def arguments(kafka: Access) -> dict[str, Any]:
    """The arguments of every client of aiokafka, so that all connect in the same way."""
    found: dict[str, Any] = {"bootstrap_servers": kafka.address}
    if kafka.tls is not None:
        found["ssl_context"] = kafka.tls.context()
    if kafka.login is not None:
        found |= {
            "sasl_mechanism": kafka.login.mechanism,
            "sasl_plain_username": kafka.login.user,
            "sasl_plain_password": kafka.login.password,
        }
    secured = "SSL" if kafka.tls is not None else "PLAINTEXT"
    return {**found, "security_protocol": f"SASL_{secured}" if kafka.login else secured}


async def check(kafka: Access) -> None:
    """Raise `BrokerUnavailable` unless a broker answers."""
    client = AIOKafkaClient(**arguments(kafka), request_timeout_ms=5_000)
    try:
        with connecting(kafka):
            await client.bootstrap()
    finally:
        await client.close()


async def wait_for(kafka: Access) -> None:
    """Return once a broker answers; log meanwhile that none does. Raises `BrokerRefused`."""
    backoff = Backoff(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
    while True:
        try:
            await check(kafka)
        except BrokerRefused:
            raise
        except BrokerUnavailable as failure:
            pause = backoff.pause_seconds()
            log.warning("broker_unavailable again_in_seconds=%.0f: %s", pause, failure)
            await asyncio.sleep(pause)
        else:
            return


@contextmanager
def connecting(kafka: Access) -> Iterator[None]:
    """Turn what aiokafka raises and logs while it connects into one `BrokerUnavailable` with the reason."""
    causes = _Causes()
    loggers = [logging.getLogger(name) for name in ("aiokafka", "aiokafka.conn")]
    for logger in loggers:
        logger.addFilter(causes)
    try:
        yield
    except (KafkaError, OSError) as failure:
        raise _error(kafka, causes.found or failure) from None
    finally:
        for logger in loggers:
            logger.removeFilter(causes)


class _Causes(logging.Filter):
    """Keeps the latest exception that aiokafka logs but does not raise, and its lines out of the log."""

    found: BaseException | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        for argument in record.args if isinstance(record.args, tuple) else ():
            if isinstance(argument, BaseException):
                self.found = argument
        return False


def _error(kafka: Access, cause: BaseException) -> BrokerUnavailable:
    where = f"Kafka at {kafka.address}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return BrokerRefused(
            f"{where} shows a certificate that is not accepted: {cause.verify_message}; PANTAU_KAFKA_TLS_CA "
            "names the authorities that are, PANTAU_KAFKA the hosts as the certificate does"
        )
    if isinstance(cause, ssl.SSLError):
        return BrokerRefused(f"{where} and we do not agree on TLS: {cause.reason}; see PANTAU_KAFKA_TLS_*")
    if isinstance(cause, _LOGIN_REFUSED) and kafka.login is not None:
        return BrokerRefused(
            f"{where} refused the login of {kafka.login.user!r} by {kafka.login.mechanism}: {cause}; set "
            "PANTAU_KAFKA_USER, _PASSWORD and _SASL_MECHANISM to what it knows"
        )
    hint = ""
    if isinstance(cause, KafkaConnectionError):  # a server that closes the connection gives no reason
        hint = " it may ask for " + ("TLS" if kafka.tls is None else "a certificate or a login of ours") + ";"
    return BrokerUnavailable(
        f"Kafka does not answer at {kafka.address}: {cause};{hint} start it or set PANTAU_KAFKA to host:port"
    )
