"""An event loop without a clock of its own: time jumps to whatever is due next.

What runs when follows from the delays alone, which a seed draws: the same seed gives the same run.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any


class Loop(asyncio.AbstractEventLoop):
    """Enough of an event loop for tasks, futures, queues and sleeping; `time` is in simulated seconds."""

    def __init__(self) -> None:
        self._now = 0.0
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self.steps = 0

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asked of every loop: it is passed over when its time comes."""

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if "handle" in context:
            raise context["exception"]

    def run(self, until: Callable[[], bool], *, seconds: float) -> bool:
        """Run until something holds, for so many simulated seconds at most; whether it came to hold."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            return self._run(until, self._now + seconds)
        finally:
            asyncio._set_running_loop(before)

    def _run(self, until: Callable[[], bool], last: float) -> bool:
        ready, timers = self._ready, self._timers
        while not until():
            if ready:
                handle = ready.popleft()
            elif timers and timers[0][0] <= last:
                when, _, handle = heapq.heappop(timers)
                if not handle._cancelled:
                    self._now = max(self._now, when)
            else:
                self._now = last
                return False
            if not handle._cancelled:
                self.steps += 1
                handle._run()
        return True

    def finish(self) -> None:
        """End every task that is left."""
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        self.run(lambda: not self._ready, seconds=0)
