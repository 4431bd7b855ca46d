"""What a listener in this process is doing, kept for whoever looks: its picture so far, its last tasks."""

import html
import logging
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np

from contract.events import (
    Cancelled,
    Claimed,
    Ended,
    Event,
    Finished,
    Lost,
    Released,
    TaskEvent,
    WorkerChanged,
    WorkerStarted,
    WorkerStopped,
)
from listener.holding import HeldTask
from listener.logs import TextLines
from listener.logs import logger as listener_log
from listener.onlooker import Onlooker
from listener.png import encode_webp
from listener.reporter import data_url
from renderers.base import Image

MOST_ROWS = 12
# A picture is looked at this often at most; copying each step's would cost a fast renderer time.
PICTURE_EVERY = 0.4


@dataclass
class Row:
    """One task as this worker saw it. `state` is `claimed`, `drawing`, or how it ended."""

    task: str
    state: str = "claimed"
    prompt: str = ""
    renderer: str = ""
    step: int = 0
    steps: int = 0
    score: float | None = None
    seconds: float | None = None
    note: str = ""


class Board(Onlooker):
    """Keeps the last tasks. Written by the listener's threads, read by the notebook's."""

    def __init__(self) -> None:
        self.worker = ""
        self.device = ""
        self.state = "starting"
        self.finished = 0
        self.rows: OrderedDict[str, Row] = OrderedDict()
        self.notes: deque[str] = deque(maxlen=4)
        self._picture: Image | None = None
        self._looked = 0.0
        self._lock = threading.Lock()

    def happened(self, event: Event) -> None:
        """Take in what the listener tells of."""
        with self._lock:
            if isinstance(event, WorkerStarted):
                self.worker, self.device, self.state = event.worker, event.device, "idle"
            elif isinstance(event, WorkerChanged):
                self.state = event.state.value
            elif isinstance(event, WorkerStopped):
                self.state = "stopped"
            elif isinstance(event, TaskEvent):
                self._of_task(event)

    def took(self, held: HeldTask) -> None:
        """Its prompt and renderer are known from here on."""
        with self._lock:
            row = self._row(held.id)
            row.prompt, row.renderer = str(held.fields.get("prompt")), str(held.fields.get("renderer"))

    def shown(self, held: HeldTask, step: int, steps: int, image: Image | None, score: float | None) -> None:
        """How far it is, and now and then what it looks like."""
        now = time.monotonic()
        with self._lock:
            row = self._row(held.id)
            row.state, row.step, row.steps, row.score = "drawing", step, steps, score
            if image is not None and (step == steps or now - self._looked >= PICTURE_EVERY):
                self._picture, self._looked = np.array(image), now

    def html(self) -> str:
        """All of it, for a notebook's cell. What users wrote is text in it, never markup."""
        with self._lock:
            picture, rows = self._picture, [self._cells(row) for row in reversed(self.rows.values())]
            head = f"{self.worker} on {self.device}: {self.state}, {self.finished} finished"
            notes = "".join(f"<pre>{html.escape(note)}</pre>" for note in self.notes)
        shown = "" if picture is None else f'<img height="256" src="{data_url(encode_webp(picture))}">'
        titles = "".join(
            f"<th>{name}</th>"
            for name in ("task", "prompt", "renderer", "state", "step", "score", "seconds", "note")
        )
        table = f"<table><tr>{titles}</tr>{''.join(rows)}</table>" if rows else "<p>Nothing claimed yet.</p>"
        return f"<div><b>{html.escape(head)}</b><br>{shown}{table}{notes}</div>"

    def _row(self, task: str) -> Row:
        row = self.rows.setdefault(task, Row(task))
        while len(self.rows) > MOST_ROWS:
            self.rows.popitem(last=False)
        return row

    def _of_task(self, event: TaskEvent) -> None:
        if isinstance(event, Claimed):
            self.rows[event.task] = Row(event.task)
            self._row(event.task)
        elif isinstance(event, Finished):
            row = self._row(event.task)
            row.state, row.seconds, row.score = "done", event.seconds, event.score
            self.finished += 1
        elif isinstance(event, Ended):
            if event.worker == self.worker:
                self._row(event.task).state, self._row(event.task).note = event.action, event.message
        elif isinstance(event, Released | Cancelled | Lost) and event.task in self.rows:
            self.rows[event.task].state = event.action

    def _cells(self, row: Row) -> str:
        cells = (
            row.task[:8],
            row.prompt if len(row.prompt) <= 80 else f"{row.prompt[:79]}…",
            row.renderer,
            row.state,
            f"{row.step} of {row.steps}" if row.steps else "",
            "" if row.score is None else f"{row.score:.2f}",
            "" if row.seconds is None else f"{row.seconds:.1f}",
            row.note,
        )
        return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


class Notes(logging.Handler):
    """The listener's warnings go to the board, and its log to nowhere else, for as long as the block runs."""

    def __init__(self, board: Board) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(TextLines())
        self._board = board

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self._board.notes.append(self.format(record)[:500])

    def __enter__(self) -> "Notes":
        self._before = (listener_log.handlers[:], listener_log.level, listener_log.propagate)
        listener_log.handlers[:] = [self]
        listener_log.setLevel(logging.INFO)
        listener_log.propagate = False
        return self

    def __exit__(self, *ignored: object) -> None:
        listener_log.handlers[:], listener_log.level, listener_log.propagate = self._before
