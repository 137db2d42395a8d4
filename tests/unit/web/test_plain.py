"""A worker's own port."""

from collections.abc import Callable

import pytest
from support.pantau import get

from stream.dev.ports import free_port
from stream.metrics.own import PrometheusProbe
from stream.web.auth import Auth
from stream.web.binding import bound
from stream.web.listening import listen_beside
from stream.web.plain import application


def served(
    *, healthy: Callable[[], bool] = lambda: True, not_ready_because: Callable[[], str] = lambda: ""
) -> str:
    app = application(
        PrometheusProbe().registry, Auth(), healthy=healthy, not_ready_because=not_ready_because
    )
    sockets = bound("it", "127.0.0.1", port := free_port(), ("--host", "--port"))
    listen_beside(app, sockets)
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("well", "status"), [(True, 200), (False, 503)])
def test_a_worker_serves_its_metrics_and_whether_it_is_well(well: bool, status: int) -> None:  # noqa: FBT001 - a column of the table
    url = served(healthy=lambda: well)
    assert get(f"{url}/healthz").status == status
    metrics = get(f"{url}/metrics")
    assert (metrics.status, "pantau_build_info" in metrics.text) == (200, True)


@pytest.mark.parametrize(("because", "status"), [("", 200), ("Redis does not answer", 503)])
def test_a_worker_says_what_it_waits_for(because: str, status: int) -> None:
    ready = get(f"{served(not_ready_because=lambda: because)}/readyz")
    assert (ready.status, ready.json().get("because", "")) == (status, because)
