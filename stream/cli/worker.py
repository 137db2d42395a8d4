"""`pantau worker`."""

from stream.app.run import run_worker
from stream.cli.logs import start_logging
from stream.settings import load_settings


def worker() -> None:
    """Fold events from Kafka into Redis, until SIGTERM or Ctrl-C.

    Run one per processor core: workers of one group share the partitions. It serves its own metrics on
    PANTAU_WORKER_METRICS_HOST:PANTAU_WORKER_METRICS_PORT (127.0.0.1:9465). On SIGTERM it finishes and stores
    the current batch, commits, and leaves the group.
    """
    settings = load_settings()
    start_logging()
    run_worker(settings)
