"""A real Prometheus that has seen a week, and what it makes of an expression at every evaluation."""

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml
from support.monitoring import monitor

from stream.dev.ports import free_port

#: As often as rules are evaluated; Prometheus gives 11,000 instants an answer.
STEP_SECONDS, _MOST_INSTANTS = 30, 10_000
Labels = tuple[tuple[str, str], ...]
_DURATION = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Rule(NamedTuple):
    """An alert as it is told Prometheus."""

    name: str
    expr: str
    for_seconds: int
    keep_seconds: int
    labels: dict[str, str]


def rules(folder: Path) -> list[Rule]:
    """All alerts of the rule files of a folder."""
    groups = [
        group for file in sorted(folder.glob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]
    ]
    found = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return [
        Rule(
            rule["alert"],
            rule["expr"],
            _seconds(rule.get("for", "0s")),
            _seconds(rule.get("keep_firing_for", "0s")),
            rule.get("labels", {}),
        )
        for rule in found
    ]


def _seconds(text: str) -> int:
    return sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))


@contextmanager
def having_seen(scrapes: list[Path], folder: Path) -> Iterator[str]:
    """The address of a Prometheus that has these scrapes, a file for each day."""
    data, config, port = folder / "data", folder / "prometheus.yml", free_port()
    for day in scrapes:
        _promtool(
            "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", str(day), str(data)
        )
    config.write_text("rule_files: []\n")
    url = f"http://127.0.0.1:{port}"
    arguments = [
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=10y",
        "--query.max-samples=500000000",
    ]
    with monitor("prometheus", arguments, folder=folder, port=port):
        yield url


def _promtool(*arguments: str) -> None:
    command = [str(shutil.which("promtool")), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:])


def true_at(url: str, expr: str, start_s: int, end_s: int) -> dict[Labels, list[int]]:
    """For each set of labels, at which instants an expression has a value."""
    found: dict[Labels, list[int]] = {}
    for first in range(start_s, end_s, STEP_SECONDS * _MOST_INSTANTS):
        last = min(end_s, first + STEP_SECONDS * (_MOST_INSTANTS - 1))
        asked = {"query": expr, "start": first, "end": last, "step": STEP_SECONDS}
        data = urllib.parse.urlencode(asked).encode()
        with urllib.request.urlopen(f"{url}/api/v1/query_range", data, timeout=600) as answer:  # noqa: S310
            result = json.loads(answer.read())["data"]["result"]
        for series in result:
            labels = tuple(sorted(pair for pair in series["metric"].items() if pair[0] != "__name__"))
            found.setdefault(labels, []).extend(int(at) for at, _ in series["values"])
    return found
