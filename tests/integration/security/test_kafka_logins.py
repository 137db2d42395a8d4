"""Apache Kafka over TLS, with logins and with certificates: what works, and one clear line where not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.authority import Authority, Certificate
from support.pantau import Pantau, together
from support.processes import wait_until
from support.secured_kafka import PASSWORD, USER, SecuredKafka

from stream.broker.topics import ALL

Given = dict[str, Any]
WRONG = "Wr0ng-Canary"


@pytest.fixture
def pantau(kafka: SecuredKafka, valkey_url: str, tmp_path: Path) -> Pantau:
    return Pantau(kafka.login, valkey_url, tmp_path)


@pytest.fixture
def login(authority: Authority, tmp_path: Path) -> Given:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    return {"kafka_tls_ca": authority.file, "kafka_user": USER, "kafka_password_file": file}


@pytest.fixture
def certificate(authority: Authority, client: Certificate) -> Given:
    return {
        "kafka_tls_ca": authority.file,
        "kafka_tls_cert": client.cert,
        "kafka_tls_key": client.key,
    }


def the_line(pantau: Pantau, *command: str, **given: object) -> str:
    """The one line that a command tells; it fails, without a stack trace and without the password."""
    done = pantau.run(*command, **given)
    assert done.returncode == 1, done.stdout
    assert PASSWORD not in done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_each_mechanism_logs_in(pantau: Pantau, login: Given, mechanism: str) -> None:
    done = pantau.run("topics", "--create", "--json", **login, kafka_sasl_mechanism=mechanism)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout).keys() == set(ALL)
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize("way", ["login", "certificate"])
def test_everything_works_over_tls(
    kafka: SecuredKafka, valkey_url: str, tmp_path: Path, request: pytest.FixtureRequest, way: str
) -> None:
    given: Given = request.getfixturevalue(way)
    address = {"login": kafka.login, "certificate": kafka.mutual}[way]
    pantau = Pantau(address, valkey_url, tmp_path)
    assert pantau.run("topics", "--create", **given).returncode == 0
    sent = pantau.run("simulate", "--hours", "0.02", "--queues", "2", "--contacts-per-second", "1", **given)
    assert sent.returncode == 0, sent.stderr
    checked = pantau.run("check", "--json", **given)
    told = json.loads(checked.stdout)
    # Another module may have left dead letters here: that they are counted shows that they are read.
    assert re.fullmatch(r"ok|warning: \d+ records refused .*", told.pop("records")), checked.stdout
    assert told == {"settings": "ok", "kafka": "ok", "redis": "ok"}
    worker, exporter = pantau.worker(**given), pantau.exporter(**given)
    with together(worker, exporter):
        assert wait_until(lambda: exporter.board()["all"]["totals"]["offered"] > 10, seconds=30)
    assert PASSWORD not in worker.log() + exporter.log()
    assert "Traceback" not in worker.log()


@pytest.mark.parametrize("command", [["topics"], ["worker"], ["simulate", "--hours", "0.001"]], ids=" ".join)
def test_a_wrong_password_is_one_line(pantau: Pantau, login: Given, command: list[str]) -> None:
    del login["kafka_password_file"]
    line = the_line(pantau, *command, **login, kafka_password=WRONG, worker_metrics_port=0)
    assert "refused the login of 'pantau' by SCRAM-SHA-512" in line
    assert WRONG not in line


def test_a_mechanism_that_the_server_does_not_offer_is_one_line(
    kafka: SecuredKafka, pantau: Pantau, login: Given
) -> None:
    del kafka
    line = the_line(pantau, "topics", **login | {"kafka_user": "nobody"}, kafka_sasl_mechanism="PLAIN")
    assert "refused the login of 'nobody' by PLAIN" in line


def test_another_authority_is_one_line(pantau: Pantau, login: Given, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other").file
    line = the_line(pantau, "worker", **login | {"kafka_tls_ca": other}, worker_metrics_port=0)
    assert "shows a certificate that is not accepted: unable to get local issuer certificate" in line


@pytest.mark.parametrize(
    ("listener", "told"),
    [("stranger", "IP address mismatch"), ("expired", "certificate has expired")],
)
def test_a_wrong_certificate_is_one_line(
    kafka: SecuredKafka, pantau: Pantau, authority: Authority, listener: str, told: str
) -> None:
    address = getattr(kafka, listener)
    line = the_line(pantau, "topics", kafka=address, kafka_tls_ca=authority.file)
    assert f"Kafka at {address} shows a certificate that is not accepted: {told}" in line


def test_no_certificate_where_one_is_asked_for_is_one_line(
    kafka: SecuredKafka, pantau: Pantau, authority: Authority
) -> None:
    line = the_line(pantau, "topics", kafka=kafka.mutual, kafka_tls_ca=authority.file)
    assert "it may ask for a certificate or a login of ours" in line


def test_check_tells_it_too(pantau: Pantau, login: Given) -> None:
    del login["kafka_password_file"]
    done = pantau.run("check", "--json", **login, kafka_password=WRONG)
    assert done.returncode == 1
    assert "refused the login" in json.loads(done.stdout)["kafka"]
    assert WRONG not in done.stdout + done.stderr
