"""What a service of docker-compose.yml uses of the memory that the file gives it, as the kernel counts.

Used is what the kernel cannot take back at once: file pages that nobody has touched for long are not counted.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.boxes import limited

from soak.curve import sparkline

#: Above so much of its limit a service has no headroom.
MOST_RATIO = 0.9
_SUFFIXES = {"m": 20, "g": 30}


@dataclass(frozen=True)
class Group:
    """The control group of a service's memory, in either version of the hierarchy."""

    folder: Path

    def used_bytes(self) -> int:
        """What it holds now."""
        second = (self.folder / "memory.current").exists()
        name, idle = (
            ("memory.current", "inactive_file")
            if second
            else ("memory.usage_in_bytes", "total_inactive_file")
        )
        return int((self.folder / name).read_text()) - self._table("memory.stat")[idle]

    def killed(self) -> int:
        """How many of its processes the kernel ended because memory was full."""
        second = (self.folder / "memory.events").exists()
        return self._table("memory.events" if second else "memory.oom_control").get("oom_kill", 0)

    def _table(self, name: str) -> dict[str, int]:
        rows = (line.split() for line in (self.folder / name).read_text().splitlines())
        return {row[0]: int(row[1]) for row in rows}


@dataclass
class Curve:
    """What a service used over time, in MiB; `killed` processes of it by the kernel."""

    name: str
    limit_mib: float
    used_mib: list[float] = field(default_factory=list)
    killed: int = 0

    @property
    def faults(self) -> list[str]:
        """Why it is not well within its limit, a line each."""
        top, most = max(self.used_mib, default=0.0), MOST_RATIO * self.limit_mib
        found = [] if self.used_mib else [f"{self.name}: nothing was measured"]
        if top > most:
            found.append(
                f"{self.name} used {top:,.0f} MiB; at most {MOST_RATIO:.0%} of {self.limit_mib:,.0f} is well"
            )
        if self.killed:
            found.append(f"{self.name}: the kernel ended {self.killed} processes, because memory was full")
        return found

    def row(self) -> str:
        """A line of the table: see `HEADER`."""
        used = self.used_mib or [0.0]
        share = max(used) / self.limit_mib
        figures = (min(used), used[-1], max(used), self.limit_mib)
        return (
            f"{self.name:12} {sparkline(used):48} {' '.join(f'{mib:7,.0f}' for mib in figures)} {share:5.0%}"
        )


HEADER = f"{'MiB':12} {'':48} {'least':>7} {'last':>7} {'peak':>7} {'limit':>7} share"


WITHOUT_ROOT = (
    "WITHOUT ROOT there are no control groups: address space is limited instead, and resident memory is told"
)


@contextmanager
def within(
    name: str, service: Mapping[str, Any], argv: Sequence[str]
) -> Iterator[tuple[list[str], Group | None]]:
    """What to run instead of `argv` so that it has the limits of a service, and where memory is counted.

    Without root it has a limit of its address space, and is counted nowhere: see `WITHOUT_ROOT`.
    """
    if os.geteuid() != 0:
        yield ["prlimit", f"--as={round(limit_mib(service)) << 20}", *argv], None
        return
    with limited(f"soak-{name}", service) as groups:
        joined = "; ".join(f"echo $$ > {group}/cgroup.procs" for group in groups)
        memory = next(group for group in groups if group.parent.name in {"memory", "cgroup"})
        yield ["sh", "-euc", f'{joined}; exec "$@"', name, *argv], Group(memory)


def limit_mib(service: Mapping[str, Any]) -> float:
    """The memory that the file gives a service."""
    told: str = service["deploy"]["resources"]["limits"]["memory"]
    return (int(told[:-1]) << _SUFFIXES[told[-1]]) / 2**20
