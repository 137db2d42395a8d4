"""A worker's own port."""

import pytest
from support.pantau import get

from stream.dev.ports import free_port
from stream.metrics.own import PrometheusProbe
from stream.settings import Settings
from stream.web.guard import Guard
from stream.web.plain import serve


@pytest.mark.parametrize(("well", "status"), [(True, 200), (False, 503)])
def test_a_worker_serves_its_metrics_and_whether_it_is_well(well: bool, status: int) -> None:  # noqa: FBT001 - a column of the table
    port, registry = free_port(), PrometheusProbe().registry
    serve("127.0.0.1", port, registry, Guard.of(Settings()), healthy=lambda: well)
    assert get(f"http://127.0.0.1:{port}/healthz").status == status
    metrics = get(f"http://127.0.0.1:{port}/metrics")
    assert (metrics.status, "pantau_build_info" in metrics.text) == (200, True)
