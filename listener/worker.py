"""The worker: claim → render → upload → finish, one batch after another, until it is told to leave.

It never touches the database: what becomes of a task is said to the queue, in the words of `TaskQueue`.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from contract.errors import (
    BrushfireError,
    Draining,
    Interrupted,
    LostClaim,
    OutOfMemory,
    SetupError,
    Unreachable,
    WeightsError,
)
from contract.task import Result, WorkerState
from listener import memory
from listener.breaker import Breaker
from listener.delivery import Delivery
from listener.holding import HeldTask
from listener.lease import LeaseKeeper
from listener.logs import log
from listener.order import Ask
from listener.outage import Outage
from listener.patience import Patience
from listener.presence import Presence
from listener.seat import Orders, Seat
from listener.seating import Seating
from listener.selftest import passes
from listener.settling import Settling
from listener.shelf import Shelf
from listener.task_queue import TaskQueue
from listener.telemetry import TaskTrace, Telemetry
from listener.wakeups import Bell
from listener.watch import BatchWatch
from renderers.base import Rendering


class Worker:
    """One listener's loop."""

    def __init__(
        self,
        queue: TaskQueue,
        shelf: Shelf,
        bell: Bell,
        presence: Presence,
        parts: "Parts",
        at_most: int = 1,
        checkpoint_seconds: float = 0.0,
    ) -> None:
        """`at_most` is how many compatible tasks are rendered together."""
        self.finished = 0
        self._queue = queue
        self._shelf = shelf
        self._bell = bell
        self._presence = presence
        self._parts = parts
        self._at_most = at_most
        self._every = checkpoint_seconds
        # What this worker has claimed and not yet settled.
        self._held: dict[str, HeldTask] = {}
        self._traces: dict[str, TaskTrace] = {}
