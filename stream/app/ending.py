"""Ends a worker at once. That is safe at any time: a batch is stored with its position, or not at all."""

import logging
import os
from typing import NoReturn


def end(log: logging.Logger, why: str, *arguments: object) -> NoReturn:
    """Exit with 1 and without cleaning up, which could wait for what is stuck."""
    log.critical(why, *arguments)
    logging.shutdown()
    os._exit(1)
