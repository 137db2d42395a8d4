"""How Pantau is connected: what belongs together, what is refused, and what is told of it."""

import logging
from pathlib import Path

import pytest

from stream.access import Access, Login, Tls
from stream.errors import BadSettings
from stream.settings import load_settings

REPOSITORY = Path(__file__).parents[2]


def fault(monkeypatch: pytest.MonkeyPatch, **given: object) -> str:
    for name, value in given.items():
        monkeypatch.setenv(f"PANTAU_{name.upper()}", str(value))
    with pytest.raises(BadSettings) as bad:
        load_settings()
    (line,) = str(bad.value).splitlines()
    return line


def test_nothing_is_secured_by_default() -> None:
    settings = load_settings()
    assert settings.kafka_access() == Access("127.0.0.1:9092")
    assert settings.redis_access() == Access("redis://127.0.0.1:6379/0")
    assert settings.exporter_tls() is None


def test_a_login_and_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" hidden\n")
    file.chmod(0o600)
    for name, value in {
        "KAFKA_USER": "pantau",
        "KAFKA_PASSWORD_FILE": str(file),
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_TLS_CA": "system",
        "REDIS_URL": "rediss://cache:6380/0",
        "REDIS_PASSWORD": "hidden",
    }.items():
        monkeypatch.setenv(f"PANTAU_{name}", value)
    settings = load_settings()
    assert settings.kafka_access() == Access("127.0.0.1:9092", Login("pantau", "hidden", "PLAIN"), Tls())
    assert settings.redis_access() == Access("rediss://cache:6380/0", Login("default", "hidden"), Tls())
    assert "hidden" not in repr(settings) + repr(settings.kafka_access())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kafka": "kafka:9093", "kafka_user": "u", "kafka_password": "hidden"}, "in the clear"),
        ({"kafka": "127.0.0.1:1,kafka:1", "kafka_user": "u", "kafka_password": "hidden"}, "in the clear"),
        ({"redis_url": "redis://cache:6379", "redis_password": "hidden"}, "in the clear"),
        ({"redis_url": "redis://u:hidden@cache:6379"}, "in the clear"),
        ({"redis_url": "redis://cache:6379?password=hidden"}, "in the clear"),
        ({"redis_url": "redis://u:hidden@127.0.0.1:1", "redis_password": "hidden"}, "set one of them"),
        ({"redis_url": "redis://127.0.0.1:1,cache:2/0", "redis_password": "hidden"}, "in the clear"),
        ({"redis_url": "redis+sentinel://u:hidden@cache/main"}, "in the clear"),
        ({"redis_url": "redis+sentinel://cache/main", "redis_sentinel_password": "hidden"}, "in the clear"),
        ({"redis_url": "redis+sentinel://cache"}, "redis+sentinel://host:port,host:port/service"),
        ({"redis_url": "redis+sentinel://cache/main", "redis_tls_ca": "system"}, "rediss+sentinel://"),
        ({"redis_sentinel_user": "u"}, "has no password"),
        ({"redis_sentinel_password": "hidden"}, "names no sentinels"),
        ({"redis_url": "rediss://cache:6380?ssl_cert_reqs=none"}, "always verified"),
        ({"redis_tls_ca": "system"}, "begin it with rediss://"),
        ({"kafka_user": "u"}, "set both, or neither"),
        ({"exporter_password": "hidden"}, "set both, or neither"),
        ({"redis_user": "u"}, "set both, or neither"),
        ({"exporter_tls_key": "/nowhere"}, "belong together"),
        ({"exporter_token": "hidden", "exporter_token_file": "/nowhere"}, "set one of them"),
        ({"exporter_token": ""}, "printable characters"),
        ({"exporter_token_file": "/nowhere"}, "No such file"),
        ({"kafka_tls_ca": "/nowhere"}, "No such file"),
        ({"kafka_tls_ca": REPOSITORY / "README.md"}, "PEM"),
        ({"kafka_sasl_mechanism": "GSSAPI"}, "SCRAM-SHA-256"),
    ],
    ids=str,
)
def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, object], told: str) -> None:
    line = fault(monkeypatch, **given)
    assert told in line
    assert "hidden" not in line


def test_a_login_of_sentinels_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "rediss+sentinel://s-1:26379,s-2:26379/main/0"
    for name, value in {"URL": url, "SENTINEL_PASSWORD": "hidden", "PASSWORD": "secret"}.items():
        monkeypatch.setenv(f"PANTAU_REDIS_{name}", value)
    access = load_settings().redis_access()
    assert access == Access(url, Login("default", "secret"), Tls(), Login("default", "hidden"))
    assert "hidden" not in repr(access)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_a_password_may_stay_on_this_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name, value in {"KAFKA": f"{host}:1", "KAFKA_USER": "u", "KAFKA_PASSWORD": "p"}.items():
        monkeypatch.setenv(f"PANTAU_{name}", value)
    assert load_settings().kafka_access().login == Login("u", "p", "SCRAM-SHA-512")


def test_a_file_that_all_may_read_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token"
    file.write_text("hidden")
    file.chmod(0o644)
    monkeypatch.setenv("PANTAU_EXPORTER_TOKEN_FILE", str(file))
    with caplog.at_level(logging.WARNING):
        load_settings()
    assert f"secret_readable_by_all file={file}" in caplog.text
    assert "hidden" not in caplog.text


def test_servers_are_reached_in_one_way() -> None:
    """Whoever read the bare address would leave login and certificates out."""
    read = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "stream").rglob("*.py")
        if any(
            bare in path.read_text() for bare in ("settings.kafka,", "settings.kafka)", "settings.redis_url")
        )
    }
    assert read == set()
    made = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "stream").rglob("*.py")
        if "bootstrap_servers=" in path.read_text()
    }
    assert made == {"stream/dev/broker.py"}  # which asks its own broker whether it is up
