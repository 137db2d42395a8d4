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

#: Sites scrape and evaluate every 10 s: they find incidents sooner, and more of what lasts under a minute.
STEP_SECONDS = 30
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


def stored(scrapes: list[Path], data: Path) -> None:
    """Make a store of Prometheus of these scrapes, a file for each day."""
    for day in scrapes:
        _promtool(
            "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", str(day), str(data)
        )


@contextmanager
def having_seen(data: Path, folder: Path) -> Iterator[str]:
    """The address of a Prometheus that has this store."""
    config, port = folder / "prometheus.yml", free_port()
    config.write_text("rule_files: []\n")
    url = f"http://127.0.0.1:{port}"
    arguments = [
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=10y",
        f"--query.lookback-delta={STEP_SECONDS - 1}s",  # what a scrape lacks is gone, as if marked stale
        "--query.max-samples=500000000",
    ]
    with monitor("prometheus", arguments, folder=folder, port=port):
        yield url


def _promtool(*arguments: str) -> None:
    command = [str(shutil.which("promtool")), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:])


def true_at(url: str, expr: str, spans: list[tuple[int, int]]) -> dict[Labels, list[int]]:
    """For each set of labels, at which instants of these spans an expression has a value."""
    found: dict[Labels, list[int]] = {}
    for first, last in spans:
        asked = {"query": expr, "start": first, "end": last, "step": STEP_SECONDS}
        data = urllib.parse.urlencode(asked).encode()
        with urllib.request.urlopen(f"{url}/api/v1/query_range", data, timeout=600) as answer:  # noqa: S310
            result = json.loads(answer.read())["data"]["result"]
        for series in result:
            labels = tuple(sorted(pair for pair in series["metric"].items() if pair[0] != "__name__"))
            found.setdefault(labels, []).extend(int(at) for at, _ in series["values"])
    return found
