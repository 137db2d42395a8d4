"""Somebody who is told by Alertmanager, and remembers what and when."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """One alert of one message: `at` by the wall clock, in seconds."""

    at: float
    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.labels["alertname"]


class Message(NamedTuple):
    """One message as it came: `at` by the wall clock, in seconds."""

    at: float
    receiver: str
    said: dict[str, Any]

    @property
    def alerts(self) -> frozenset[tuple[str, str]]:
        """What it tells of, and whether that is over."""
        return frozenset((each["fingerprint"], each["status"]) for each in self.said["alerts"])

    @property
    def is_watchdog(self) -> bool:
        """Whether it only says that alerts are told."""
        return all(each["labels"].get("severity") == "none" for each in self.said["alerts"])


class Receiver:
    """All that was heard. Of one alert it is told again and again: `changes` leaves that out."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.messages: list[Message] = []

    def doubled(self) -> list[Message]:
        """Messages that tell nothing but what the message before them told, the Watchdog's left out."""
        last: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        found = []
        for one in self.messages:
            key = (one.receiver, one.said["groupKey"])
            if last.get(key) == one.alerts and not one.is_watchdog:
                found.append(one)
            last[key] = one.alerts
        return found

    def take(self, receiver: str, message: dict[str, Any]) -> None:
        """Remember a message."""
        self.messages.append(Message(time.time(), receiver, message))
        self.heard += [
            Heard(time.time(), receiver, each["status"], each["labels"], each["annotations"])
            for each in message["alerts"]
        ]

    def changes(self) -> list[Heard]:
        """What was new: an alert that fires, or is resolved, and did not before."""
        last: dict[str, str] = {}
        found = []
        for one in self.heard:
            key = json.dumps([one.receiver, one.labels], sort_keys=True)
            if one.labels.get("severity") != "none" and last.get(key) != one.status:
                found.append(one)
            last[key] = one.status
        return found


@contextmanager
def listening(receiver: Receiver) -> Iterator[str]:
    """Where to tell it: the path is the name of a receiver of Alertmanager."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            receiver.take(self.path.strip("/"), json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
