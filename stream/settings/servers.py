"""Settings of the servers that are reached, and of the ports that are served: addresses, TLS, logins."""

import logging
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from stream.access import Access, Login, RedisAddress, Tls, is_loopback, own_certificate
from stream.errors import BadSettings
from stream.settings.accepted import brokers, host_names, redis_address

log = logging.getLogger("pantau.settings")
#: In place of a file: the authorities that this machine trusts.
SYSTEM = Path("system")
_LONGEST_SECRET = 4_096
_OTHERS_MAY_READ = 0o004
#: How settings end that name a file with a secret.
_OF_SECRETS = ("_password_file", "_token_file", "_tls_key", "_keys_file")

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class ServerSettings(BaseSettings):
    """The part of the environment that says how Pantau is connected."""

    model_config = SettingsConfigDict(env_prefix="PANTAU_", extra="ignore")

    kafka: Annotated[str, AfterValidator(brokers)] = "127.0.0.1:9092"
    kafka_tls_ca: Path | None = None
    kafka_tls_cert: Path | None = None
    kafka_tls_key: Path | None = None
    kafka_sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    kafka_password_file: Path | None = None
    redis_url: Annotated[str, AfterValidator(redis_address)] = "redis://127.0.0.1:6379/0"
    redis_tls_ca: Path | None = None
    redis_tls_cert: Path | None = None
    redis_tls_key: Path | None = None
    redis_user: str | None = None
    redis_password: SecretStr | None = None
    redis_password_file: Path | None = None
    redis_sentinel_user: str | None = None
    redis_sentinel_password: SecretStr | None = None
    redis_sentinel_password_file: Path | None = None
    exporter_tls_cert: Path | None = None
    exporter_tls_key: Path | None = None
    exporter_user: str | None = None
    exporter_password: SecretStr | None = None
    exporter_password_file: Path | None = None
    exporter_token: SecretStr | None = None
    exporter_token_file: Path | None = None
    exporter_hosts: Annotated[str, AfterValidator(host_names)] = ""

    def secret(self, name: str) -> str | None:
        """A secret, from its variable or its file; raises `BadSettings` for an unusable file."""
        given: SecretStr | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if file is None:
            return None if given is None else _sound(given.get_secret_value(), f"PANTAU_{name.upper()}")
        if given is not None:
            variable = f"PANTAU_{name.upper()}"
            raise BadSettings(f"{variable} and {variable}_FILE are both set; set one of them")
        return read_secret(file)

    def kafka_access(self) -> Access:
        """How Kafka is reached, by all that reach it. Raises `BadSettings`."""
        password = self.secret("kafka_password")
        login = None
        if self.kafka_user is not None and password is not None:
            login = Login(self.kafka_user, password, self.kafka_sasl_mechanism)
        with_tls = self.kafka_tls_ca is not None or self.kafka_tls_cert is not None
        tls = _tls(self.kafka_tls_ca, self.kafka_tls_cert, self.kafka_tls_key) if with_tls else None
        return Access(self.kafka, login, tls)

    def redis_access(self) -> Access:
        """How Redis is reached, by all that reach it. Raises `BadSettings`."""
        password = self.secret("redis_password")
        login = None if password is None else Login(self.redis_user or "default", password)
        with_tls = self._redis().is_secured
        tls = _tls(self.redis_tls_ca, self.redis_tls_cert, self.redis_tls_key) if with_tls else None
        password, user = self.secret("redis_sentinel_password"), self.redis_sentinel_user or "default"
        return Access(self.redis_url, login, tls, None if password is None else Login(user, password))

    def exporter_tls(self) -> ssl.SSLContext | None:
        """What serves our ports over TLS, None where they are served in the clear. Raises `BadSettings`."""
        if self.exporter_tls_cert is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        own_certificate(context, self.exporter_tls_cert, self.exporter_tls_key)
        return context

    def served_names(self) -> list[str]:
        """By which names our ports may be asked, beside addresses and `localhost`."""
        return [name for name in self.exporter_hosts.split(",") if name]

    def connection_faults(self) -> list[str]:
        """Everything that is wrong with how Pantau is to be connected."""
        faults = [*self._incomplete(), *self._in_the_clear()]
        attempts: list[Callable[[], object]] = [
            lambda: _usable(self.kafka_access()),
            lambda: _usable(self.redis_access()),
            self.exporter_tls,
            lambda: self.secret("exporter_password"),
            lambda: self.secret("exporter_token"),
        ]
        for attempt in attempts:
            try:
                attempt()
            except BadSettings as bad:
                faults.append(str(bad))
        return faults

    def warn_of_open_files(self) -> None:
        """Log a line for each file with a secret that everybody on this machine may read."""
        for name in (name for name in type(self).model_fields if name.endswith(_OF_SECRETS)):
            file: Path | None = getattr(self, name)
            if file is not None and file.exists() and file.stat().st_mode & _OTHERS_MAY_READ:
                log.warning("secret_readable_by_all file=%s: give it to its user alone: chmod 600", file)

    def _redis(self) -> RedisAddress:
        return RedisAddress.of(self.redis_url)

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None or getattr(self, f"{name}_file") is not None

    def _incomplete(self) -> Iterator[str]:
        """What is set without what belongs to it."""
        for whose in ("kafka", "redis", "exporter"):
            cert, key = (getattr(self, f"{whose}_tls_{part}") is not None for part in ("cert", "key"))
            if cert != key:
                name = f"PANTAU_{whose.upper()}_TLS"
                yield f"{name}_CERT and {name}_KEY belong together: set both, or neither"
            user, password = getattr(self, f"{whose}_user") is not None, self._has(f"{whose}_password")
            if user != password and not (whose == "redis" and password):
                name = f"PANTAU_{whose.upper()}"
                yield f"{name}_USER and {name}_PASSWORD or {name}_PASSWORD_FILE: set both, or neither"
        if self._has("redis_password") and "@" in self.redis_url:
            yield "PANTAU_REDIS_URL holds a login and PANTAU_REDIS_PASSWORD another: set one of them"
        if not self._redis().is_secured and (self.redis_tls_ca or self.redis_tls_cert):
            yield (
                "PANTAU_REDIS_TLS_CA and _CERT say TLS, PANTAU_REDIS_URL does not: begin it with rediss:// "
                "or rediss+sentinel://"
            )
        if self.redis_sentinel_user is not None and not self._has("redis_sentinel_password"):
            yield "PANTAU_REDIS_SENTINEL_USER has no password: set PANTAU_REDIS_SENTINEL_PASSWORD or _FILE"
        if self._has("redis_sentinel_password") and not self._redis().service:
            yield (
                "PANTAU_REDIS_SENTINEL_PASSWORD is set, and PANTAU_REDIS_URL names no sentinels: "
                "redis+sentinel://host:port,host:port/service"
            )

    def _in_the_clear(self) -> Iterator[str]:
        """Passwords that would leave this machine in the clear."""
        refused = "PANTAU_{} would send a password in the clear; {}, or reach it on this machine"
        hosts = [address.rpartition(":")[0] for address in self.kafka.split(",")]
        without = self._has("kafka_password") and not (self.kafka_tls_ca or self.kafka_tls_cert)
        if without and not all(map(is_loopback, hosts)):
            yield refused.format("KAFKA", "set PANTAU_KAFKA_TLS_CA to a file of authorities, or to `system`")
        redis = self._redis()
        given = self._has("redis_password") or self._has("redis_sentinel_password") or redis.tells_password
        if given and not redis.is_secured and not all(is_loopback(host) for host, _ in redis.hosts):
            yield refused.format("REDIS_URL", "begin it with rediss:// or rediss+sentinel:// for TLS")


def read_secret(file: Path) -> str:
    """The secret in a file, without white space around it. Raises `BadSettings`, which never tells it."""
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "not UTF-8"
        raise BadSettings(f"{file}: cannot be read: {why}; give a file that holds the secret alone") from None
    return _sound(secret, str(file))


def _sound(secret: str, where: str) -> str:
    if not 0 < len(secret) <= _LONGEST_SECRET or not secret.isprintable():
        raise BadSettings(f"{where}: one line of 1 to {_LONGEST_SECRET} printable characters is accepted")
    return secret


def _tls(ca: Path | None, cert: Path | None, key: Path | None) -> Tls:
    return Tls(None if ca == SYSTEM else ca, cert, key)


def _usable(access: Access) -> None:
    if access.tls is not None:
        access.tls.context()
