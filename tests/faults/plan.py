"""What goes wrong, and when: decided from the seed alone, call by call."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.virtual import Process

# Seconds that a request may be under way.
LONGEST_STALL = 180.0


class Fault(StrEnum):
    """What befalls one call."""

    NONE = "none"
    REFUSED = "refused"  # UNAVAILABLE, and never arrived
    ABORTED = "aborted"  # ABORTED, and not applied
    LOST = "answer lost"  # applied, then reported failed
    STALLED = "stalled"  # arrives much later, when the client may have given it up
    SLOW = "answer slow"  # applied, and the answer comes much later


class Phase(StrEnum):
    """At which moment of a call its process is killed."""

    BEFORE = "before"  # it hasn't left the machine
    APPLIED = "applied"  # the server has applied it, the answer is on its way
    ANSWERED = "answered"  # the answer is there, and nothing has been made of it


class StreamFault(StrEnum):
    """What befalls one watch's stream some time after it is opened."""

    NONE = "none"
    BROKEN = "broken"  # UNAVAILABLE: the library opens it again
    SILENT = "silent"  # stays open, and brings nothing any more
    LATE = "late"  # each message comes seconds later
    DOUBLED = "doubled"  # messages come twice
    ENDED = "ended"  # PERMISSION_DENIED: final


@dataclass(frozen=True)
class Fate:
    """One call's: times in seconds."""

    fault: Fault = Fault.NONE
    way_there: float = 0.005
    way_back: float = 0.005
    kill: Phase | None = None


@dataclass(frozen=True)
class StreamFate:
    """One stream's."""

    fault: StreamFault = StreamFault.NONE
    after: float = 0.0
    delay: float = 0.0


class Plan:
    """Nothing goes wrong; a step may be named at which the process that takes it is killed."""

    def __init__(self, kill_at: tuple[str, Phase, int] | None = None) -> None:
        """`kill_at` is a call's label, the moment, and which of the calls of that label (from 1)."""
        self.happened: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self._kill_at = kill_at

    def call(self, process: Process, label: str, now: float) -> Fate:
        """The fate of one call of a process."""
        if not is_listener(process):
            return Fate()
        self.labels[label] += 1
        if self._kill_at is not None and self._kill_at[0] == label:
            _, phase, number = self._kill_at
            if self.labels[label] == number:
                self.killed[f"{label}: {phase}"] += 1
                return Fate(kill=phase)
        return Fate()

    def stream(self, process: Process, now: float) -> StreamFate:
        """The fate of one stream."""
        return StreamFate()


class Seeded(Plan):
    """Each seed has a climate of its own: some faults often, some never. After `calm` all is well."""

    def __init__(self, seed: object, calm: float) -> None:
        super().__init__()
        self.calm = calm
        self._chance = random.Random(f"{seed} plan")
        often = {fault: self._chance.choice([0.0, 0.004, 0.02, 0.05]) for fault in Fault}
        self._faults = [fault for fault in Fault if fault is not Fault.NONE]
        self._weights = [often[fault] for fault in self._faults]
        self._kill = self._chance.choice([0.0, 0.001, 0.004, 0.01])
        self._stream = self._chance.choice([0.1, 0.5, 0.9])
        self._outages = sorted(
            (begin, begin + self._chance.choice([5.0, 20.0, 90.0]))
            for begin in (self._chance.uniform(5, calm) for _ in range(self._chance.choice([0, 0, 1, 2])))
        )

    def call(self, process: Process, label: str, now: float) -> Fate:
        chance = self._chance
        there, back = chance.expovariate(200), chance.expovariate(200)
        if now >= self.calm:
            return Fate(way_there=there, way_back=back)
        if any(begin <= now < end for begin, end in self._outages):
            # Half of what was under way when the line went was heard at the other end.
            fault = chance.choice([Fault.REFUSED, Fault.REFUSED, Fault.REFUSED, Fault.LOST])
            return self._counted(label, Fate(fault, there, back))
        total = sum(self._weights)
        fault = Fault.NONE
        if chance.random() < total:
            [fault] = chance.choices(self._faults, self._weights)
        if fault is Fault.STALLED:
            there = chance.choice([1.0, 8.0, 40.0, LONGEST_STALL / 1.5]) * chance.uniform(0.5, 1.5)
        elif fault is Fault.SLOW:
            back = chance.choice([1.0, 8.0, 40.0]) * chance.uniform(0.5, 1.5)
        kill = None
        if is_listener(process) and chance.random() < self._kill:
            kill = chance.choice(list(Phase))
            self.killed[f"{label}: {kill}"] += 1
        return self._counted(label, Fate(fault, there, back, kill))

    def stream(self, process: Process, now: float) -> StreamFate:
        chance = self._chance
        if now >= self.calm or chance.random() >= self._stream:
            return StreamFate()
        fault = chance.choice(list(StreamFault))
        self.happened[f"stream {fault}"] += 1
        return StreamFate(fault, after=chance.expovariate(0.05), delay=chance.uniform(0.1, 20.0))

    def _counted(self, label: str, fate: Fate) -> Fate:
        self.labels[label] += 1
        if fate.fault is not Fault.NONE:
            self.happened[fate.fault.value] += 1
        return fate


def is_listener(process: Process) -> bool:
    """Clients that submit and cancel meet with every fault too, but aren't killed."""
    return process.name.startswith("w")
