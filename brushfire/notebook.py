"""A listener inside a notebook: it works in a thread, and the cell shows live what it does.

The cell's interrupt button drains it: what is being rendered is saved and given back, its attempt uncounted.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from brushfire.board import Board, Notes
from contract.errors import SetupError
from listener.firebase import connect
from listener.listen import device_of, serve
from listener.settings import Settings
from listener.worker import Worker

LOOK_EVERY = 0.5
# Seconds that a leaving listener has to save and give back what it holds; then it is given back from outside.
PATIENT, LONGEST = 20.0, 25.0


def settings_of(renderers: Sequence[str] = (), **more: str) -> Settings:
    """The environment's settings, with the renderers that were chosen (none: all) and other variables."""
    chosen = {"BRUSHFIRE_RENDERERS": " ".join(renderers)} if renderers else {}
    return Settings.from_environment({**os.environ, **chosen, **more})


def fetch(keys: Sequence[str], settings: Settings | None = None) -> list[str]:
    """Fetch the weights that aren't here yet; a line for each key says what was done."""
    from renderers.weights import MODELS_FOLDER, ModelTable
    from renderers.weights.pull import pull

    table = ModelTable((settings.models if settings else None) or MODELS_FOLDER)
    unknown = [key for key in keys if key not in table.models]
    if unknown:
        raise SetupError(f"the model is {unknown[0]!r}, but must be one of {', '.join(sorted(table.models))}")
    return [
        f"{key}: is here" if table.is_here(key) else f"{key}: fetched to {pull(table, key)}" for key in keys
    ]


def listen(
    settings: Settings,
    *,
    chosen: Mapping[str, str] | None = None,
    tasks: int | None = None,
    every: float = LOOK_EVERY,
    show: Callable[[str], None] | None = None,
) -> Board:
    """Claim and render until the cell is interrupted, or so many `tasks` are finished; what it did.

    `chosen` names the weights of a kind to use where a task names none: {"clip": "openai-clip-vit-b-32"}.
    `show` is given the board as HTML every so many seconds; by default it is this cell's output. Raises what
    the listener ended with, if it ended by itself.
    """
    listener = InThread(settings, chosen or {})
    show = show or _cell_output(listener.board)
    with Notes(listener.board):
        try:
            listener.start()
            while listener.runs(every):
                show(listener.board.html())
                if tasks is not None and listener.board.finished >= tasks:
                    break
        except KeyboardInterrupt:
            listener.board.notes.append("leaving: what is being rendered is saved and given back")
            show(listener.board.html())
        listener.leave()
    show(listener.board.html())
    if listener.error is not None:
        raise listener.error
    return listener.board


class InThread:
    """One listener in a thread of this process."""

    def __init__(self, settings: Settings, chosen: Mapping[str, str]) -> None:
        self.board = Board()
        self.error: BaseException | None = None
        self._settings = settings
        self._chosen = chosen
        self._worker: Worker | None = None
        self._told = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"listener {settings.worker}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def runs(self, seconds: float) -> bool:
        """Whether it still does, after so many seconds at most."""
        # Not by `join`: a KeyboardInterrupt in it makes Python 3.11 take a running thread for ended.
        return not self._over.wait(seconds)

    def leave(self) -> None:
        """Drain; returns when it is over, or when what it held was given back from outside."""
        self._told = True
        if self._worker is None:
            self.runs(LONGEST)  # it may still be on its way to its first look at the queue
            return
        self._worker.drain()
        try:
            patient = self.runs(PATIENT)
        except KeyboardInterrupt:
            patient = True
        if patient:
            self._worker.abandon()
            self.runs(LONGEST - PATIENT)

    def _run(self) -> None:
        try:
            firebase = connect(self._settings)
            try:
                serve(
                    self._settings,
                    firebase,
                    device_of(self._settings),
                    self._models(),
                    self._ready,
                    self.board,
                )
            finally:
                firebase.close()
        except BaseException as error:
            self.error = error
        finally:
            self._over.set()

    def _models(self) -> Any:
        from renderers.weights import MODELS_FOLDER, ModelTable

        memory = self._settings.model_memory_mb or None
        return ModelTable(self._settings.models or MODELS_FOLDER, self._chosen, memory_mb=memory)

    def _ready(self, worker: Worker) -> None:
        self._worker = worker
        if self._told:
            worker.drain()


def _cell_output(board: Board) -> Callable[[str], None]:
    """Show in the cell that runs, each time in place of what was there."""
    display: Any = import_module("IPython.display")
    handle = display.display(display.HTML(board.html()), display_id=True)
    return lambda text: handle.update(display.HTML(text))
