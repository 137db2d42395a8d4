"""A real Prometheus on the real stack: a simulated centre as workers and exporter show it."""

import contextlib
from collections.abc import Iterator

import pytest
import yaml
from promql_checks import panel_queries, rule_queries
from stack_processes import asked, free_port, needed, serving, until
from test_prometheus import configured, result, values

from stream.dev.stack import stack

PANEL_QUERIES = panel_queries()
#: What only shows when somebody waits at this very instant, or a queue is under its target.
MAY_BE_EMPTY = ("Longest wait", "Waiting")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, binary = tmp_path_factory.mktemp("live"), needed("prometheus")
    port = free_port()
    with contextlib.ExitStack() as running:
        live = running.enter_context(stack(port=free_port(), seed=1))
        targets = {
            "pantau-exporter": [live.url.removeprefix("http://")],
            "pantau-worker": [live.worker_url.removeprefix("http://")],
        }
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(configured(targets)), encoding="utf-8")
        command = [
            binary,
            f"--config.file={file}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
        url = running.enter_context(serving(command, f"http://127.0.0.1:{port}", folder / "log"))
        until(lambda: live.board()["state"] == "fresh", "fresh data")
        query = 'sum(pantau_queue_window_contacts_answered{window="30m"}) > 100'
        until(lambda: bool(result(url, query)), "half an hour of contacts on the board")
        until(lambda: values(result(url, "up")) == [1, 1], "both targets answering")
        yield url


@pytest.mark.parametrize("name", PANEL_QUERIES)
def test_every_panel_shows_the_live_centre(prometheus: str, name: str) -> None:
    found = result(prometheus, PANEL_QUERIES[name])
    assert found or any(part in name for part in MAY_BE_EMPTY), "NO DATA although there is"


def test_pipeline_alerts_are_silent_while_all_is_well(prometheus: str) -> None:
    loud = {
        name
        for name, expr in rule_queries().items()
        if name.startswith("pipeline/") and "Watchdog" not in name and result(prometheus, expr)
    }
    assert loud == set()


def test_both_targets_answer(prometheus: str) -> None:
    assert values(result(prometheus, "up")) == [1, 1]
    assert asked(f"{prometheus}/api/v1/targets")["data"]["activeTargets"]
