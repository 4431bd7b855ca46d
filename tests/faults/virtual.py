"""Virtual time: one operating-system thread in which simulated machines' threads take turns, from a seed.

A thread is a greenlet that runs until it waits. What it waits for is on one heap, ordered by virtual time, so
a run depends on nothing but the seed, and an hour of waiting takes no time. A machine's process may be killed
(its threads never run again, and nothing of its own code notices) or frozen (they run later, all at once).
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

# Seconds since 1970 at which every run begins.
EPOCH = 1_800_000_000.0
# Switching from one thread to another takes a moment that differs, so that runs meet in different orders.
TURN_SECONDS = 0.000_2


class Timer:
    """Something that is to happen, unless it is cancelled before."""

    __slots__ = ("arguments", "call", "cancelled", "when")

    def __init__(self, when: float, call: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self.when = when
        self.call = call
        self.arguments = arguments
        self.cancelled = False

    def cancel(self) -> None:
        """Let it not happen."""
        self.cancelled = True


class Process:
    """One process on one machine: its clock, and its threads, which die and freeze together."""

    def __init__(self, name: str, *, skew: float = 0.0, booted: float = 0.0) -> None:
        """`skew` is how many seconds its time of day is ahead; `booted` where its monotonic clock began."""
        self.name = name
        self.skew = skew
        self.booted = booted
        self.dead = False
        self.on_death: list[Callable[[], None]] = []
        self.errors: list[tuple[str, BaseException]] = []
        self._frozen: list[Callable[[], None]] | None = None

    def deliver(self, resume: Callable[[], None]) -> None:
        """Let a thread of this process go on: now, when it thaws, or never."""
        if self.dead:
            return
        if self._frozen is not None:
            self._frozen.append(resume)
        else:
            resume()

    def freeze(self) -> None:
        """SIGSTOP."""
        if self._frozen is None:
            self._frozen = []

    def thaw(self) -> None:
        """SIGCONT: everything that was due meanwhile is due now."""
        waiting, self._frozen = self._frozen, None
        for resume in waiting or ():
            self.deliver(resume)

    def kill(self) -> None:
        """SIGKILL: its memory is gone, its disk stays."""
        if not self.dead:
            self.dead = True
            for call in self.on_death:
                call()


class Task:
    """One thread of a process."""

    __slots__ = ("done", "greenlet", "name", "process", "ticket", "value")

    def __init__(self, process: Process, name: str) -> None:
        self.process = process
        self.name = name
        self.done = False
        self.ticket = 0  # of the wait that it is in; an older one wakes nobody
        self.value: Any = None
        self.greenlet: greenlet | None = None


class Scheduler:
    """The heap of what is to happen, and whose turn it is."""

    def __init__(self, seed: object) -> None:
        self.chance = random.Random(f"{seed} turns")
        self.now = 0.0
        self.turns = 0
        self.closed = False
        self.current: Task | None = None
        self.server = Process("server")
        self._hub = getcurrent()
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._tasks: list[Task] = []

    @property
    def process(self) -> Process:
        """Whose code runs now."""
        return self.current.process if self.current is not None else self.server

    def time(self) -> float:
        """The time of day, as the process that asks has it."""
        return EPOCH + self.now + self.process.skew

    def monotonic(self) -> float:
        """Seconds since some moment, as the process that asks counts them."""
        return self.now + self.process.booted

    def call_at(self, when: float, call: Callable[..., object], *arguments: Any) -> Timer:
        """Do something at a time. What is due at one time happens in the order of the calls."""
        timer = Timer(max(when, self.now), call, arguments)
        heapq.heappush(self._heap, (timer.when, next(self._numbers), timer))
        return timer

    def call_later(self, seconds: float, call: Callable[..., object], *arguments: Any) -> Timer:
        """Do something after some seconds."""
        return self.call_at(self.now + seconds, call, *arguments)

    def spawn(self, process: Process, name: str, run: Callable[[], object]) -> Task:
        """Start a thread."""
        task = Task(process, name)

        def body() -> None:
            try:
                run()
            except GreenletExit:
                pass
            except BaseException as error:
                process.errors.append((name, error))
            task.done = True

        task.greenlet = greenlet(body, parent=self._hub)
        self._tasks.append(task)
        self.call_later(self._turn(), self._switch, task, 0, None)
        return task

    def park(self, seconds: float | None = None) -> Any:
        """Let the others run until this thread is woken, or the time is over; what it was woken with."""
        self.check()
        task = self.current
        if task is None:
            raise RuntimeError("the server's side must not wait")
        timer = None
        if seconds is not None:
            timer = self.call_later(max(0.0, seconds), self._switch, task, task.ticket, None)
        value = self._hub.switch()
        if timer is not None:
            timer.cancel()
        return value

    def waker(self) -> Callable[[Any], None]:
        """What wakes this thread from the wait that it is about to begin."""
        task = self.current
        assert task is not None
        ticket = task.ticket
        return lambda value: self.wake(task, ticket, value)

    def wake(self, task: Task, ticket: int, value: Any) -> None:
        """Let a thread go on soon, if it is still in the wait of that ticket."""
        if task.ticket == ticket:
            self.call_later(self._turn(), self._switch, task, ticket, value)

    def die(self) -> None:
        """Kill the process that runs, in the middle of what it does."""
        process = self.process
        process.kill()
        self._hub.switch()  # nobody comes back to it
        raise GreenletExit

    def check(self) -> None:
        """Nothing waits, and nothing reaches the network, once the run is over or its process dead."""
        if self.closed or (self.current is not None and self.current.process.dead):
            raise GreenletExit

    def run(self, until: Callable[[], bool], deadline: float) -> bool:
        """Let things happen until something holds; False if the deadline comes first."""
        while self._heap and self._heap[0][0] <= deadline:
            when, _, timer = heapq.heappop(self._heap)
            if timer.cancelled:
                continue
            self.now = when
            self.turns += 1
            timer.call(*timer.arguments)
            if until():
                return True
        self.now = max(self.now, deadline)
        return until()

    def close(self) -> None:
        """Let go of every thread that is left, the dead ones' too."""
        self.closed = True
        for task in self._tasks:
            if task.greenlet is not None and not task.done:
                self.current = task
                task.greenlet.throw(GreenletExit)
        self.current = None
        self._tasks.clear()
        self._heap.clear()

    def _turn(self) -> float:
        return self.chance.random() * TURN_SECONDS

    def _switch(self, task: Task, ticket: int, value: Any) -> None:
        def resume() -> None:
            if task.ticket != ticket or task.done or task.process.dead:
                return
            task.ticket += 1
            before, self.current = self.current, task
            assert task.greenlet is not None
            task.greenlet.switch(value) if ticket else task.greenlet.switch()
            self.current = before

        task.process.deliver(resume)
