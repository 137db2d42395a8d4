"""Logs of long-running commands: one event per line on standard error."""

import logging
import time


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
