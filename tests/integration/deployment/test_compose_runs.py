"""Every service of docker-compose.yml runs as the file says: command line, environment, user, limits, mounts.

Not run: Grafana, which Debian does not have, and the health check of Kafka, whose tool is not among the jars
of its server.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.boxes import Boxes, boxes
from support.kafka import jars
from support.missing import or_skip

from stream.dev.process import ManagedProcess
from stream.dev.programs import installed

ROOT = Path(__file__).parents[3]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
#: The program that an image starts, to which the file gives arguments.
PROGRAMS = {
    "pantau": ["pantau"],
    "redis": [],
    "prom/prometheus": ["prometheus"],
    "prom/alertmanager": ["prometheus-alertmanager"],
}
NEEDED = {
    "java": "KAFKA",
    "redis-server": "REDIS",
    "prometheus": "PROMETHEUS",
    "promtool": "PROMETHEUS",
    "prometheus-alertmanager": "PROMETHEUS",
    "amtool": "PROMETHEUS",
}
#: In the order of what they wait for; `kafka` and `topics` come between.
FIRST, LAST = (
    ("redis", "prometheus", "alertmanager"),
    ("worker-1", "worker-2", "exporter-1", "exporter-2", "heartbeat", "simulator", "audit"),
)
CHECKED = [name for name in (*FIRST, *LAST) if "test" in SERVICES[name]["healthcheck"]]
PATIENCE_SECONDS = 40


@dataclass(frozen=True)
class Running:
    """All services, in their boxes."""

    boxes: Boxes
    processes: dict[str, ManagedProcess]

    def until(self, name: str, truth: Callable[[], bool], what: str) -> None:
        """Wait for something of a service, which must live on."""
        process = self.processes[name]
        end = time.monotonic() + PATIENCE_SECONDS
        while not truth():
            process.check()
            assert time.monotonic() < end, f"{name}: not {what}: {process.log_path.read_text()[-2000:]}"
            time.sleep(0.1)

    def told(self, name: str, url: str) -> Any:
        """What a server answers in JSON to whoever is in the box of a service; None where it does not."""
        program = (
            "import sys; from urllib.request import urlopen; print(urlopen(sys.argv[1]).read().decode())"
        )
        done = self.boxes.ask(self.processes[name], ["python", "-c", program, url])
        return json.loads(done.stdout) if done.returncode == 0 else None


def called(name: str) -> list[str]:
    service = SERVICES[name]
    return [*PROGRAMS[service["image"].rpartition(":")[0]], *service["command"]]


def kafka() -> list[str]:
    """The real server, with the settings that its image makes of the environment."""
    environment = SERVICES["kafka"]["environment"]
    properties = "".join(
        f"{key.removeprefix('KAFKA_').lower().replace('_', '.')}={value}\n"
        for key, value in environment.items()
        if key.startswith("KAFKA_") and key != "KAFKA_HEAP_OPTS"
    )
    java = f"java $KAFKA_HEAP_OPTS -XX:TieredStopAtLevel=1 -cp '{jars()}/*'"
    lines = (
        f"printf %s '{properties}' > /tmp/properties",
        f"{java} kafka.tools.StorageTool format -t $CLUSTER_ID -c /tmp/properties",
        f"exec {java} kafka.Kafka /tmp/properties",
    )
    return ["sh", "-euc", "\n".join(lines)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    for program, switch in NEEDED.items():
        or_skip(lambda program=program: installed(program), switch)
    command = or_skip(kafka, "KAFKA")
    with boxes(tmp_path_factory.mktemp("boxes"), SERVICES) as made:
        processes = {"kafka": made.start("kafka", command)}
        processes |= {name: made.start(name, called(name)) for name in FIRST}
        stack = Running(made, processes)
        log = processes["kafka"].log_path
        stack.until("kafka", lambda: "Kafka Server started" in log.read_text(), "started")
        done = made.run("topics", called("topics"))
        assert done.returncode == 0, done.stdout + done.stderr
        processes |= {name: made.start(name, called(name)) for name in LAST}
        yield stack


@pytest.mark.parametrize("name", CHECKED)
def test_a_service_becomes_healthy_by_its_own_check(running: Running, name: str) -> None:
    kind, *command = SERVICES[name]["healthcheck"]["test"]
    assert kind == "CMD"
    if command[:3] == ["promtool", "check", "healthy"]:  # newer than Debian's promtool: what it asks is asked
        url = command[3].removeprefix("--url=")
        command = ["python", "-c", f"from urllib.request import urlopen; urlopen('{url}/-/healthy')"]

    def is_healthy() -> bool:
        return running.boxes.ask(running.processes[name], command).returncode == 0

    running.until(name, is_healthy, "healthy")


def test_events_become_numbers(running: Running) -> None:
    board: dict[str, Any] = {}

    def is_live() -> bool:
        board.update(running.told("exporter-1", "http://exporter-1:9464/api/v1/board") or {})
        return bool(board and board["all"]["totals"]["answered"] and board["state"] == "fresh")

    running.until("exporter-1", is_live, "fresh with contacts")
    assert "orders" in {row["queue"] for row in board["queues"]}


def test_prometheus_has_its_rules_and_finds_alertmanager(running: Running) -> None:
    groups = running.told("prometheus", "http://prometheus:9090/api/v1/rules")["data"]["groups"]
    assert {"agents.yml", "pipeline.yml", "service.yml"} == {Path(group["file"]).name for group in groups}
    found = running.told("prometheus", "http://prometheus:9090/api/v1/alertmanagers")["data"]
    assert [each["url"] for each in found["activeAlertmanagers"]] == [
        "http://alertmanager:9093/api/v2/alerts"
    ]


@pytest.mark.parametrize("name", ["kafka", *FIRST, *LAST])
def test_a_service_lives_as_its_user_without_privileges_and_within_its_limits(
    running: Running, name: str
) -> None:
    process = running.processes[name]
    process.check()
    told = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    assert told["Uid"].split() != ["0"] * 4
    assert (told["CapEff"].strip(), told["CapBnd"].strip(), told["NoNewPrivs"].strip()) == (
        "0" * 16,
        "0" * 16,
        "1",
    )
    assert "pantau-test-" in Path(f"/proc/{process.pid}/cgroup").read_text()
    written = running.boxes.ask(process, ["sh", "-c", "echo > /etc/here || echo > /usr/here"])
    assert written.returncode != 0


def test_a_limit_is_one(running: Running) -> None:
    done = running.boxes.run("topics", ["python", "-c", "print(len(bytearray(300 << 20)))"])
    assert done.returncode != 0
    assert running.boxes.run("topics", ["python", "-c", "print(len(bytearray(100 << 20)))"]).returncode == 0


def test_every_service_is_run_or_named() -> None:
    assert {"kafka", "topics", *FIRST, *LAST, "grafana"} == SERVICES.keys()
