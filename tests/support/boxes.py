"""A service of docker-compose.yml without a container engine: the real program, boxed as the file says.

A box is a root of its own, laid over this machine's, with the volumes, the writable folders and the user that
the file gives, on a network of all boxes that leads nowhere. Memory, processor and processes are limited by
control groups. It takes root, so that is asked for.
"""

import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stream.dev.process import ManagedProcess

_ROOT = Path(__file__).parents[2]
_CGROUPS = Path("/sys/fs/cgroup")
_NETWORK = "ip link add boxes type bridge; ip link set boxes up; echo up; exec sleep infinity"
#: What the images have as users that are told by name.
_USERS = {"appuser": "1000", "redis": "999"}
_WITHOUT_PRIVILEGES = ("--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
_OF_IMAGES = {
    "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - inside the box
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass
class Boxes:
    """Boxes on one network, in which each service is found by its name."""

    folder: Path
    services: Mapping[str, Mapping[str, Any]]
    network: ManagedProcess
    opened: ExitStack

    def start(self, name: str, command: Sequence[str]) -> ManagedProcess:
        """Start a service, with this as its whole command; it is killed in the end."""
        groups = self.opened.enter_context(limited(name, self.services[name]))
        argv = self._boxed(name, command, groups)
        process = ManagedProcess(name=name, argv=argv, folder=self.folder).start()
        self.opened.callback(process.kill)
        return process

    def run(self, name: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a service that ends by itself."""
        with limited(name, self.services[name]) as groups:
            argv = self._boxed(name, command, groups)
            return subprocess.run(argv, capture_output=True, text=True, check=False)

    def ask(self, process: ManagedProcess, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command inside the box of a service that runs."""
        box = ["nsenter", "--target", str(process.pid), "--mount", "--net", "--root"]
        argv = [*box, "sh", "-euc", f"exec {_entered(self.services[process.name], command)}"]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    def _boxed(self, name: str, command: Sequence[str], groups: Sequence[Path]) -> list[str]:
        service = self.services[name]
        place = self.folder / name
        for folder in (place, *(self._source(volume) for volume in service.get("volumes", []))):
            folder.mkdir(parents=True, exist_ok=True)
        joined = [*(f"echo $$ > {group}/cgroup.procs" for group in groups), *self._connected(name)]
        entered = f"exec chroot {place}/all {_entered(service, command)}"
        script = "\n".join([*joined, *self._laid(place, service), entered])
        return ["unshare", "--net", "--mount", "sh", "-euc", script]

    def _address(self, name: str) -> str:
        return f"10.77.0.{2 + list(self.services).index(name)}"

    def _connected(self, name: str) -> Iterator[str]:
        """The commands that plug a network of one into that of all."""
        at, port = self.network.pid, f"box{list(self.services).index(name)}"
        yield f"ip link add eth0 type veth peer name {port} netns {at}"
        yield f"nsenter --target {at} --net ip link set {port} master boxes up"
        yield f"ip link set lo up; ip address add {self._address(name)}/24 dev eth0; ip link set eth0 up"

    def _source(self, volume: str) -> Path:
        name = volume.split(":", maxsplit=1)[0]
        return _ROOT / name if name.startswith(".") else self.folder / "volumes" / name

    def _laid(self, place: Path, service: Mapping[str, Any]) -> Iterator[str]:
        """The commands that lay out a root: this machine's, and over it what the service asks for."""
        root = f"{place}/all"
        yield "mount --make-rprivate /"
        yield f"mount -t tmpfs tmpfs {place}; mkdir {place}/upper {place}/work {root}"
        yield f"mount -t overlay overlay -o lowerdir=/,upperdir={place}/upper,workdir={place}/work {root}"
        for target, options in (each.split(":") for each in service.get("tmpfs", [])):
            yield f"mount -t tmpfs -o {options},mode=1777 tmpfs {root}{target}"
        for path in {_ROOT, Path(sys.base_prefix)}:  # which may lie below a folder that is empty in the box
            yield f"mkdir -p {root}{path}; mount --bind {path} {root}{path}"
            yield f"mount -o remount,bind,ro {root}{path}"
            yield "; ".join(f"chmod a+x {root}{parent}" for parent in path.parents)
        yield f"mount --rbind /proc {root}/proc; mount --rbind /dev {root}/dev"
        hosts = "".join(f"{self._address(name)} {name}\n" for name in self.services) + "127.0.0.1 localhost\n"
        yield f"printf %s {shlex.quote(hosts)} > {root}/etc/hosts"
        for volume in service.get("volumes", []):
            _, target, *mode = volume.split(":")
            yield f"mkdir -p {root}{target}; mount --bind {self._source(volume)} {root}{target}"
            yield (
                f"mount -o remount,bind,ro {root}{target}"
                if mode
                else f"chown {_user(service)} {root}{target}"
            )
        if service.get("read_only"):
            yield f"mount -o remount,bind,ro {root}"


def _entered(service: Mapping[str, Any], command: Sequence[str]) -> str:
    """What becomes a program of a service: its user, its environment and no other, and no privileges."""
    environment = _OF_IMAGES | service.get("environment", {})
    user, group = _user(service).split(":")
    own = [volume.split(":")[1] for volume in service.get("volumes", []) if not volume.startswith(".")]
    where = f"--chdir={own[0] if own else '/tmp'}"  # noqa: S108 - where the images work: in their own volume
    who = ["setpriv", f"--reuid={user}", f"--regid={group}", *_WITHOUT_PRIVILEGES]
    return shlex.join(
        [*who, "env", "-i", where, *(f"{name}={value}" for name, value in environment.items()), *command]
    )


def _user(service: Mapping[str, Any]) -> str:
    user, _, group = service["user"].partition(":")
    number = _USERS.get(user, user)
    return f"{number}:{group or number}"


@contextlib.contextmanager
def boxes(folder: Path, services: Mapping[str, Mapping[str, Any]]) -> Iterator[Boxes]:
    """A network for boxes; leaving it ends all that runs in them, and it."""
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: to box a service as docker-compose.yml says takes root")
    argv = ["unshare", "--net", "sh", "-euc", _NETWORK]
    log = folder / "network.log"
    network = ManagedProcess(
        name="network", argv=argv, folder=folder, ready=lambda: "up" in log.read_text(errors="replace")
    )
    with network, ExitStack() as opened:
        yield Boxes(folder, services, network, opened)


@contextlib.contextmanager
def limited(name: str, service: Mapping[str, Any]) -> Iterator[list[Path]]:
    """Control groups with the limits of a service, in the hierarchy or hierarchies that this machine has."""
    limits = service["deploy"]["resources"]["limits"]
    memory = int(limits["memory"][:-1]) << {"m": 20, "g": 30}[limits["memory"][-1]]
    quota = round(float(limits["cpus"]) * 100_000)
    if (_CGROUPS / "cgroup.controllers").exists():
        wanted = {"": {"memory.max": memory, "pids.max": limits["pids"], "cpu.max": f"{quota} 100000"}}
    else:
        wanted = {
            "memory": {"memory.limit_in_bytes": memory},
            "pids": {"pids.max": limits["pids"]},
            "cpu": {"cpu.cfs_quota_us": quota},
        }
    groups = {_CGROUPS / kind / f"pantau-test-{os.getpid()}-{name}": files for kind, files in wanted.items()}
    try:
        for group, files in groups.items():
            group.mkdir()
            for file, value in files.items():
                (group / file).write_text(str(value))
        yield list(groups)
    finally:
        for group in groups:
            group.rmdir()
