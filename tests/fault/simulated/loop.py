"""An event loop without a clock of its own: time jumps to whatever is due next.

What runs when follows from the delays alone, which a seed draws: the same seed gives the same run. Most of a
run is spent here, so calls are plain tuples, and none is given a context of its own.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from heapq import heappop, heappush
from typing import Any

_Call = Callable[..., Any]


class Timer(list[Any]):
    """When, which number, what and with what: in that order, as they are due. Cancelled, it does nothing."""

    __slots__ = ()

    def cancel(self) -> None:
        self[2] = None


class Loop(asyncio.AbstractEventLoop):
    """Enough of an event loop for tasks, futures, queues and sleeping; `time` is in simulated seconds."""

    def __init__(self) -> None:
        self._now = 0.0
        self._ready: deque[tuple[_Call, tuple[Any, ...]]] = deque()
        self._timers: list[Timer] = []
        self._count = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self._stopped = False
        self.steps = 0

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: _Call, *args: Any, context: Context | None = None) -> None:  # type: ignore[override]
        """Nobody here takes back what is to be done at once: there is no handle."""
        del context
        self._ready.append((callback, args))

    def call_later(  # type: ignore[override] # a timer can be cancelled, which is all that is asked of it
        self, delay: float, callback: _Call, *args: Any, context: Context | None = None
    ) -> Timer:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override] # as above
        self, when: float, callback: _Call, *args: Any, context: Context | None = None
    ) -> Timer:
        del context
        self._count += 1
        timer = Timer((when, self._count, callback, args))
        heappush(self._timers, timer)
        return timer

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=self, name=name or "", context=context)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A task that nobody waited for failed, or was left: its owner has been told, or the run is over."""

    def stop(self) -> None:
        """End `run` after the call that is on."""
        self._stopped = True

    def run(self, *, seconds: float) -> None:
        """Run until `stop`, until nothing is left to do, or for so many simulated seconds."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        self._stopped = False
        try:
            self._run(self._now + seconds)
        finally:
            asyncio._set_running_loop(before)

    def _run(self, last: float) -> None:
        ready, timers, steps = self._ready, self._timers, 0
        next_call = ready.popleft
        while not self._stopped:
            if ready:
                callback, args = next_call()
            elif timers and timers[0][0] <= last:
                when, _, callback, args = heappop(timers)
                if callback is None:
                    continue
                self._now = when
            else:
                self._now = last
                break
            steps += 1
            callback(*args)
        self.steps += steps

    def finish(self) -> None:
        """End every task that is left."""
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        self.run(seconds=0)
