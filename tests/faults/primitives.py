"""`threading`'s classes on the virtual scheduler, as far as a listener and Google's clients use them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.faults.virtual import Scheduler, Task

_names = itertools.count(1)


class Lock:
    """Handed over in the order of asking."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._taken = False
        self._waiting: deque[Callable[[Any], None]] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        ends = None if timeout < 0 else self._scheduler.now + timeout
        while self._taken:
            if not blocking:
                return False
            left = None if ends is None else ends - self._scheduler.now
            if left is not None and left <= 0:
                return False
            self._waiting.append(self._scheduler.waker())
            self._scheduler.park(left)
        self._taken = True
        return True

    def release(self) -> None:
        self._taken = False
        waiting, self._waiting = self._waiting, deque()
        for wake in waiting:
            wake(True)

    def locked(self) -> bool:
        return self._taken

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *ignored: object) -> None:
        self.release()


class RLock:
    """A lock that its owner may take again."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._lock = Lock(scheduler)
        self._owner: Task | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._depth and self._owner is self._scheduler.current:
            self._depth += 1
            return True
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner, self._depth = self._scheduler.current, 1
        return True

    def release(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._lock.release()

    def let_go(self) -> int:
        """Release it however often it was taken; how often that was."""
        depth, self._depth, self._owner = self._depth, 0, None
        self._lock.release()
        return depth

    def take_again(self, depth: int) -> None:
        """Take it as often as before `let_go`."""
        self._lock.acquire()
        self._owner, self._depth = self._scheduler.current, depth

    __enter__ = acquire

    def __exit__(self, *ignored: object) -> None:
        self.release()


class Condition:
    """Waits for `notify` with its lock let go."""

    def __init__(self, scheduler: Scheduler, lock: Lock | RLock | None = None) -> None:
        self._scheduler = scheduler
        self._lock = lock or RLock(scheduler)
        self._waiting: deque[Callable[[Any], None]] = deque()
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, *ignored: object) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        wake = self._scheduler.waker()
        self._waiting.append(wake)
        depth = 0
        if isinstance(self._lock, RLock):
            depth = self._lock.let_go()
        else:
            self._lock.release()
        try:
            woken = bool(self._scheduler.park(timeout))
        finally:
            if wake in self._waiting:
                self._waiting.remove(wake)
        if isinstance(self._lock, RLock):
            self._lock.take_again(depth)
        else:
            self._lock.acquire()
        return woken

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        ends = None if timeout is None else self._scheduler.now + timeout
        while not (held := predicate()):
            left = None if ends is None else ends - self._scheduler.now
            if left is not None and left <= 0:
                break
            self.wait(left)
        return held

    def notify(self, n: int = 1) -> None:
        for _ in range(min(n, len(self._waiting))):
            self._waiting.popleft()(True)

    def notify_all(self) -> None:
        self.notify(len(self._waiting))


class Event:
    """Set or not; waiting ends when it is set."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._set = False
        self._waiting: list[Callable[[Any], None]] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake(True)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        if not self._set:
            wake = self._scheduler.waker()
            self._waiting.append(wake)
            self._scheduler.park(timeout)
            if wake in self._waiting:
                self._waiting.remove(wake)
        return self._set


class Thread:
    """A thread of the process that starts it."""

    def __init__(
        self,
        scheduler: Scheduler,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        self.name = name or f"Thread-{next(_names)}"
        self.daemon = bool(daemon)
        self._scheduler = scheduler
        self._target, self._args, self._kwargs = target, args, kwargs or {}
        self._over = Event(scheduler)
        self._started = False
        self.ident: int | None = None

    def start(self) -> None:
        self._started, self.ident = True, id(self)
        self._scheduler.spawn(self._scheduler.process, self.name, self._body)

    def join(self, timeout: float | None = None) -> None:
        self._over.wait(timeout)

    def is_alive(self) -> bool:
        return self._started and not self._over.is_set()

    def _body(self) -> None:
        try:
            if self._target is not None:
                self._target(*self._args, **self._kwargs)
        finally:
            self._over.set()


class Timer(Thread):
    """A thread that waits before it runs."""

    def __init__(self, scheduler: Scheduler, interval: float, function: Callable[..., object]) -> None:
        super().__init__(scheduler, target=self._wait)
        self._interval, self._function = interval, function
        self._cancelled = Event(scheduler)

    def cancel(self) -> None:
        self._cancelled.set()

    def _wait(self) -> None:
        if not self._cancelled.wait(self._interval):
            self._function()
