"""One listener process per device: started, started again when it dies, and ended together.

Each process is a whole listener, so that a device that hangs or crashes takes only its own task with it.
"""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

from listener.logs import log

LOOK_EVERY = 0.2
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# Starts in a row that come to nothing before a device is given up.
MOST_STARTS = 6
# A listener gives its task back within 25 s of being asked to leave; a little more, and it is ended.
DRAIN_SECONDS = 28.0
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True)
class Member:
    """How one device's listener is started. Its command must end when its standard input closes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Child:
    """One device's listener, through all its lives."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.process: subprocess.Popen[bytes] | None = None
        # Nothing more is to be done for it: it left in order, or was given up.
        self.over = False
        self.failed = False
        self._pause = SHORTEST_PAUSE
        self._starts = 0
        self._started = 0.0
        self._next = 0.0

    def look(self) -> None:
        """Start it, if it doesn't run and should."""
        if self.over:
            return
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return
            self._ended(status)
        if not self.over and time.monotonic() >= self._next:
            self._start()

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, until: float) -> None:
        """Wait for its end, and end it then."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log("device_killed", logging.ERROR, worker=self.member.name)
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _start(self) -> None:
        self._started, self._starts = time.monotonic(), self._starts + 1
        self.process = subprocess.Popen(
            self.member.command,
            env=dict(self.member.environment),
            stdin=subprocess.PIPE,  # closes when this process dies, however it dies
            start_new_session=True,  # Ctrl-C comes to this process alone, which passes it on
        )
        log("device_started", worker=self.member.name, process=self.process.pid)

    def _ended(self, status: int) -> None:
        lived = time.monotonic() - self._started
        self.wait(time.monotonic())
        self.process = None
        if status == 0:
            log("device_left", worker=self.member.name)
            self.over = True
            return
        if lived > LONGEST_PAUSE:
            self._starts, self._pause = 0, SHORTEST_PAUSE
        if self._starts >= MOST_STARTS:
            log("device_given_up", logging.ERROR, worker=self.member.name, status=status)
            self.over = self.failed = True
            return
        log("device_died", logging.WARNING, worker=self.member.name, status=status, again_in=self._pause)
        self._next = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


class Supervisor:
    """Keeps the members running until a signal, or until none is left."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.children = [Child(member) for member in members]
        self._stopping = threading.Event()
        self._hurry = threading.Event()

    def run(self) -> int:
        """Returns the exit status: 0 when all left in order, 1 when one was given up."""
        try:
            while not self._stopping.wait(LOOK_EVERY):
                for child in self.children:
                    child.look()
                if all(child.over for child in self.children):
                    break
        finally:
            self._end()
        return 1 if any(child.failed for child in self.children) else 0

    def stop(self) -> None:
        """Let them leave in order; the second time, at once."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    def stop_on_signals(self) -> None:
        """To be called from the main thread."""

        def leave(number: int, frame: FrameType | None) -> None:
            self.stop()

        for ending in ENDINGS:
            signal.signal(ending, leave)

    def _end(self) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        for child in self.children:
            child.send(signal.SIGTERM)
        while time.monotonic() < until and any(_runs(child) for child in self.children):
            if self._hurry.wait(LOOK_EVERY):
                break
        if self._hurry.is_set():
            for child in self.children:
                child.send(signal.SIGTERM)  # a listener's second signal, which it doesn't live to see
        for child in self.children:
            child.wait(time.monotonic() + 1.0)


def _runs(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def members_of(
    devices: Sequence[str], command: Sequence[str], environment: Mapping[str, str], worker: str
) -> list[Member]:
    """A member for each device: its name, its device and its metrics' port in its environment."""
    members = []
    port = environment.get("BRUSHFIRE_METRICS_PORT", "")
    threads = max(1, (os.cpu_count() or 1) // max(1, devices.count("cpu")))
    for number, device in enumerate(devices):
        own = {"BRUSHFIRE_DEVICE": device, "BRUSHFIRE_WORKER": f"{worker}-{number}"}
        if port.isdigit() and port != "0":
            own["BRUSHFIRE_METRICS_PORT"] = str(int(port) + number)
        if device == "cpu":
            # Each process would else take all the cores for itself.
            own["OMP_NUM_THREADS"] = environment.get("OMP_NUM_THREADS", str(threads))
        members.append(Member(own["BRUSHFIRE_WORKER"], command, {**environment, **own}))
    return members
