"""Logs of long-running commands: one event per line on standard error."""

import logging
import threading
import time
from copy import copy

from stream.cli.unforeseen import DEBUG, in_one_line, wants_traces

log = logging.getLogger("pantau.threads")


class _OneLine(logging.Formatter):
    """Writes a failure on the line of its event, with its place in the code; traces on request."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        failure = record.exc_info[1] if record.exc_info else None
        if failure is None or wants_traces():
            return super().format(record)
        record = copy(record)
        record.exc_info = record.exc_text = None
        line = " ".join(super().format(record).split("\n"))
        return f"{line}: {in_one_line(failure)}; {DEBUG}=1 shows the trace"


#: Messages that aiokafka repeats many times a second for a missing topic, by logger.
_REPEATED = {
    "aiokafka.cluster": "Topic %s not found in cluster metadata",
    "aiokafka.coordinator.assignors.roundrobin": "No partition metadata for topic %s",
}


def start_logging() -> None:
    """Log warnings of libraries, and all messages of Pantau, to standard error with times in UTC."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        _OneLine("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("pantau").setLevel(logging.INFO)
    threading.excepthook = _thread_failed


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not issubclass(failed.exc_type, SystemExit):
        name = failed.thread.name if failed.thread else "a thread"
        log.error("thread_failed name=%s", name, exc_info=failed.exc_value)


def leave_out_repetition() -> None:
    """Suppress messages that would flood the log; Pantau reports a missing topic in its own line."""
    for name in _REPEATED:
        logging.getLogger(name).addFilter(_is_not_repeated)


def _is_not_repeated(record: logging.LogRecord) -> bool:
    return record.msg != _REPEATED.get(record.name)
