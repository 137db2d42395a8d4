"""When a service is well within its limit, and how its curve is told; the kernel's account is read right."""

from pathlib import Path

import pytest
from soak.boxed import HEADER, Curve, Group, limit_mib

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(("used", "faults"), [([100, 460.7], 0), ([100, 461, 100], 1), ([], 1)])
def test_a_service_keeps_a_tenth_of_its_limit_free(used: list[float], faults: int) -> None:
    assert len(Curve("exporter", 512, used).faults) == faults


def test_what_the_kernel_ended_is_told() -> None:
    assert Curve("redis", 1024, [10], killed=2).faults == [
        "redis: the kernel ended 2 processes, because memory was full"
    ]


def test_a_row_stands_below_its_header() -> None:
    row = Curve("worker", 768, [100, 384, 200]).row()
    assert row.endswith("    100     200     384     768   50%")
    assert len(row) == len(HEADER)


@pytest.mark.parametrize("text", ["512m", "2g"])
def test_the_limit_of_a_service_is_read(text: str) -> None:
    service = {"deploy": {"resources": {"limits": {"memory": text}}}}
    assert limit_mib(service) == {"512m": 512, "2g": 2048}[text]


FIRST = {
    "memory.usage_in_bytes": "5000\n",
    "memory.stat": "inactive_file 7\ntotal_inactive_file 1000\n",
    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
}
SECOND = {
    "memory.current": "5000\n",
    "memory.stat": "anon 1\ninactive_file 1000\n",
    "memory.events": "oom 4\noom_kill 3\n",
}


@pytest.mark.parametrize("files", [FIRST, SECOND])
def test_what_a_group_holds_is_read_in_both_hierarchies(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    group = Group(tmp_path)
    assert (group.used_bytes(), group.killed()) == (4000, 3)
