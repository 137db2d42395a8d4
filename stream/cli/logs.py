"""Logs of long-running commands: one event per line on standard error."""

import logging
import time

#: What aiokafka says many times a second of a topic that does not exist, by its loggers.
_REPEATED = {
    "aiokafka.cluster": "Topic %s not found in cluster metadata",
    "aiokafka.coordinator.assignors.roundrobin": "No partition metadata for topic %s",
}


def start_logging() -> None:
    """Send warnings of libraries and everything of ours to standard error, times in UTC."""
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("pantau").setLevel(logging.INFO)


def leave_out_repetition() -> None:
    """Keep out of the log what would drown the rest: who lacks a topic says so in a line of ours."""
    for name in _REPEATED:
        logging.getLogger(name).addFilter(_is_not_repeated)


def _is_not_repeated(record: logging.LogRecord) -> bool:
    return record.msg != _REPEATED.get(record.name)
