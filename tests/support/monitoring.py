"""Debian's Prometheus and Alertmanager as processes that may be stopped and started again."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from support.pantau import get

from stream.dev.ports import LOOPBACK
from stream.dev.process import ManagedProcess


def monitor(name: str, arguments: Sequence[str], *, folder: Path, port: int) -> ManagedProcess:
    """Make one, not yet started, that listens on a port of this machine; `name` is that of the program."""

    def is_ready() -> bool:
        try:
            return get(f"http://{LOOPBACK}:{port}/-/ready").status == 200
        except OSError:
            return False

    argv = [str(shutil.which(name)), f"--web.listen-address={LOOPBACK}:{port}", *arguments]
    return ManagedProcess(name=name, argv=argv, folder=folder, ready=is_ready, deadline_seconds=120)
