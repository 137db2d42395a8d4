"""A whole installation with its alerting, all real: servers, workers, exporters, Prometheus, Alertmanager."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from support.kafka import ApacheKafka
from support.monitoring import monitor
from support.pantau import Exporter, Pantau, Served, Worker, command, get
from support.records import fresh_topics
from support.redis_server import LastingCache
from support.source import Source

from stream.dev.ports import LOOPBACK, free_port
from stream.dev.process import ManagedProcess
from timeline.receiver import Receiver, listening

ALERTS = Path(__file__).parents[2] / "alerts"
SETTINGS = Path(__file__).parent / "settings.toml"


@dataclass
class Watched:
    """Everything that may be broken, and who is told."""

    kafka: ApacheKafka
    cache: LastingCache
    pantau: Pantau
    source: Source
    workers: list[Worker]
    exporters: list[Exporter]
    prometheus: ManagedProcess
    alertmanager: ManagedProcess
    receiver: Receiver
    heartbeats: ManagedProcess
    prometheus_url: str

    def raised(self) -> dict[str, str]:
        """The alerts that Prometheus raises, each with its state; none where it does not answer."""
        try:
            found = get(f"{self.prometheus_url}/api/v1/alerts").json()["data"]["alerts"]
        except (OSError, ValueError):
            return {}
        return {f"{one['labels']['alertname']} ({one['labels']['severity']})": one["state"] for one in found}

    def status(self) -> str:
        """What the whole is called on the board, or why there is none."""
        for exporter in self.exporters:
            try:
                board = exporter.board()
            except OSError:
                continue
            queues = {queue["queue"]: queue["status"]["name"] for queue in board["queues"]}
            return f"{board['state']} {queues.get('orders', '-')}"
        return "no exporter"


@contextmanager
def watched(folder: Path, *, workers: int = 2) -> Iterator[Watched]:
    """Start all of it, each with the files of `alerts/`, pointed at this machine."""
    receiver = Receiver()
    with ExitStack() as running:
        told = running.enter_context(listening(receiver))
        for name in ("kafka", "redis", "pantau", "watch"):
            (folder / name).mkdir()
        kafka = running.enter_context(ApacheKafka(folder=folder / "kafka", port=free_port()))
        cache = running.enter_context(LastingCache(folder=folder / "redis", port=free_port(), valkey=False))
        fresh_topics(kafka.address)
        pantau = Pantau(kafka.address, cache.url, folder / "pantau")
        given = {"config": SETTINGS}
        served: list[Served] = [pantau.worker(f"worker-{n}", **given) for n in range(workers)]
        served += [pantau.exporter(f"exporter-{n}", **given) for n in range(2)]
        for process in served:
            running.callback(process.stop)
            process.launch()
        for process in served:
            process.await_listening()
        source = Source(kafka.address, idempotent=True)
        source.start()
        running.callback(source.stop)
        heartbeats = running.enter_context(_heartbeats(pantau))
        port, alertmanager = _alertmanager(folder / "watch", told)
        running.enter_context(alertmanager)
        targets = {
            "pantau-worker": [process.port for process in served if isinstance(process, Worker)],
            "pantau-exporter": [process.port for process in served if isinstance(process, Exporter)],
        }
        address, prometheus = _prometheus(folder / "watch", targets, port)
        running.enter_context(prometheus)
        yield Watched(
            kafka,
            cache,
            pantau,
            source,
            [process for process in served if isinstance(process, Worker)],
            [process for process in served if isinstance(process, Exporter)],
            prometheus,
            alertmanager,
            receiver,
            heartbeats,
            address,
        )


def _heartbeats(pantau: Pantau) -> ManagedProcess:
    """`pantau heartbeat`, without which a quiet night looks like a broken path."""
    return ManagedProcess(
        name="heartbeat",
        argv=command("heartbeat"),
        folder=pantau.folder,
        env=pantau.environment(config=SETTINGS),
        cwd=pantau.folder,
    )


def _alertmanager(folder: Path, told: str) -> tuple[int, ManagedProcess]:
    """Ours and its port, but that all receivers are one who remembers."""
    config: dict[str, Any] = yaml.safe_load((ALERTS / "alertmanager.yml").read_text())
    config.pop("templates", None)
    config["receivers"] = [
        {
            "name": each["name"],
            "webhook_configs": [{"url": f"{told}/{each['name']}", "send_resolved": True}],
        }
        for each in config["receivers"]
    ]
    file, port = folder / "alertmanager.yml", free_port()
    file.write_text(yaml.safe_dump(config))
    arguments = [
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
    ]
    return port, monitor("prometheus-alertmanager", arguments, folder=folder, port=port)


def _prometheus(folder: Path, targets: dict[str, list[int]], alertmanager: int) -> tuple[str, ManagedProcess]:
    """Ours with its address, but for where everything is."""
    config: dict[str, Any] = yaml.safe_load((ALERTS / "prometheus.yml").read_text())
    config["rule_files"] = [str(ALERTS / name) for name in config["rule_files"]]
    jobs = [job for job in config["scrape_configs"] if job["job_name"] in targets]
    for job in jobs:
        job["static_configs"] = [{"targets": [f"{LOOPBACK}:{port}" for port in targets[job["job_name"]]]}]
    config["scrape_configs"] = jobs
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [f"{LOOPBACK}:{alertmanager}"]}]}]
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(yaml.safe_dump(config))
    arguments = [f"--config.file={file}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    return f"http://{LOOPBACK}:{port}", monitor("prometheus", arguments, folder=folder, port=port)
