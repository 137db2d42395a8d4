"""A real Apache Kafka for the tests: one node in KRaft combined mode, its jars resolved through Maven.

The jars are resolved once for each state of the pom and kept beside it; Java and Maven must be installed.
"""

import contextlib
import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from stream.dev.broker import broker_answers
from stream.dev.ports import LOOPBACK, free_port, require_free
from stream.dev.process import ChildError, ManagedProcess
from stream.dev.programs import MissingError, installed

_HOME = Path(__file__).parents[1] / "kafka"
_POM = _HOME / "pom.xml"
_CLUSTER_ID = "pantau-test-broker-id0"

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{address},CONTROLLER://{controller}{more}
advertised.listeners=PLAINTEXT://{advertised}{more_advertised}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{controller}
log.dirs={data}
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=2000
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""


class ApacheKafka(ManagedProcess):
    """Apache Kafka on a loopback port; its data stays in the folder, so it may crash and come back.

    Clients are sent to the port that is `advertised`, if one is: that of a wire that leads to it.
    """

    #: More lines of the properties, and more arguments of the tool that formats the storage.
    more_properties = ""
    more_listeners = ""
    #: How those are told to clients; "" for as they are.
    more_advertised = ""
    more_format: tuple[str, ...] = ()

    def __init__(self, *, folder: Path, port: int, advertised: int | None = None) -> None:
        self.port = port
        self.address = f"{LOOPBACK}:{port}"
        self._advertised = f"{LOOPBACK}:{advertised or port}"
        self._data = folder / "data"
        self._properties = folder / "server.properties"
        super().__init__(
            name="kafka",
            argv=[],
            folder=folder,
            cwd=folder,
            ready=lambda: broker_answers(port),
            deadline_seconds=90.0,
        )

    def lead_through(self, ways: Mapping[str, tuple[int, int]]) -> None:
        """Listen at more ports, and tell clients of each another: that of a wire that leads to it."""
        names = {name: name.upper() for name in ways}
        self.more_listeners = "".join(f",{names[n]}://{LOOPBACK}:{own}" for n, (own, _) in ways.items())
        self.more_advertised = "".join(f",{names[n]}://{LOOPBACK}:{told}" for n, (_, told) in ways.items())
        protocols = ",".join(f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", *names.values()))
        self.more_properties += f"listener.security.protocol.map={protocols}\n"

    def start(self) -> Self:
        """Start the node, formatted first if it is new."""
        if self.is_running:
            return self
        require_free(self.port)
        if not self._data.exists():
            self._format()
        self.argv = [*self._java(), "kafka.Kafka", str(self._properties)]
        return super().start()

    def _format(self) -> None:
        self._properties.write_text(
            _PROPERTIES.format(
                address=self.address,
                advertised=self._advertised,
                controller=f"{LOOPBACK}:{free_port()}",
                data=self._data,
                more=self.more_listeners,
                more_advertised=self.more_advertised or self.more_listeners,
            )
            + self.more_properties
        )
        tool = [*self._java(), "kafka.tools.StorageTool", "format"]
        _run(
            [*tool, "-t", _CLUSTER_ID, "-c", str(self._properties), *self.more_format],
            what="Kafka's storage was not formatted",
        )

    def _java(self) -> list[str]:
        flags = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
        log_level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return [installed("java"), *flags, f"-Djava.io.tmpdir={self.folder}", log_level, "-cp", f"{jars()}/*"]


def jars() -> Path:
    """Give the folder with Kafka's jars; Maven fills it the first time."""
    kept = _HOME / "target" / f"jars-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]}"
    if not kept.is_dir():
        _resolve(kept)
    return kept


def _resolve(kept: Path) -> None:
    maven = [
        installed("mvn"),
        "-B",
        "-q",
        "-Dstyle.color=never",
        "-f",
        str(_POM),
        "dependency:copy-dependencies",
    ]
    kept.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as partial:
        try:
            _run([*maven, f"-DoutputDirectory={partial}/jars"], what="Maven could not resolve Kafka's jars")
        except ChildError as failure:
            raise MissingError(str(failure)) from failure
        with contextlib.suppress(OSError):  # another run has put its own there first
            Path(partial, "jars").rename(kept)


def _run(argv: list[str], *, what: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        told = [
            line
            for line in (done.stdout + done.stderr).splitlines()
            if "ERROR" in line or "Exception" in line
        ]
        raise ChildError(f"{what}: {told[0] if told else f'exit code {done.returncode}'}")
