"""`brushfire up`: the whole system on this machine, in one terminal, until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from brushfire.local_firebase import LocalFirebase
from brushfire.running import Addresses, announced
from contract.errors import SetupError
from functions import bundle

# A listener gives its task back within 25 s of being asked to leave; a little more, and it is ended.
DRAIN_SECONDS = 28.0
# A listener that dies at once, again and again, is started less and less often.
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LOOK_EVERY = 0.2
COLOURS = {"firebase": 33, "listener": 36, "brushfire": 32}


def run(args: argparse.Namespace) -> int:
    """Start the local Firebase and the listeners, restart a listener that dies, stop all in order."""
    config = find_config()
    data = Path(args.data).absolute() if args.data else config.parent / ".brushfire"
    stopping = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: _stop(stopping))
    say("brushfire", f"starting, with the data in {_shown(data)}")
    firebase = LocalFirebase.start(
        config,
        data,
        args.port,
        functions=args.functions and _functions_built(config),
        stderr=subprocess.PIPE,
        spawned=lambda process: relay("firebase", process.stderr),
    )
    listeners = [Listener(number, firebase.addresses) for number in range(1, args.listeners + 1)]
    try:
        with announced(firebase.addresses):
            _welcome(firebase.addresses)
            while not stopping.wait(LOOK_EVERY):
                if firebase.process.poll() is not None:
                    raise SetupError(f"the local Firebase ended (exit status {firebase.process.returncode})")
                for listener in listeners:
                    listener.keep_running()
    finally:
        say("brushfire", "stopping; a second Ctrl-C doesn't wait for the listener")
        _stop_listeners(listeners)
        firebase.stop()
        say("brushfire", f"stopped; everything is kept in {_shown(data)}")
    return 0


class Listener:
    """One `brushfire listen` process, started again when it dies."""

    def __init__(self, number: int, addresses: Addresses) -> None:
        self.name = "listener" if number == 1 else f"listener {number}"
        self.environment = os.environ | addresses.environment() | {"PYTHONUNBUFFERED": "1"}
        # A local Firebase is chosen even where the environment has a real project's credentials.
        self.environment.pop("GOOGLE_APPLICATION_CREDENTIALS", None)
        self.pause = SHORTEST_PAUSE
        self.process: subprocess.Popen[str] | None = None
        self.started = 0.0

    def keep_running(self) -> None:
        """Start the process if it doesn't run and its pause is over."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            lived = time.monotonic() - self.started
            if lived < self.pause:
                return
            say(self.name, f"ended (exit status {self.process.returncode}); starting it again")
            self.pause = min(self.pause * 2, LONGEST_PAUSE) if lived < LONGEST_PAUSE else SHORTEST_PAUSE
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "brushfire.cli", "listen", "--exit-with-parent"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        relay(self.name, self.process.stdout)
        say(self.name, f"process {self.process.pid}")


def find_config() -> Path:
    """The firebase.json of this folder, or the one that came with Brushfire."""
    for folder in (Path.cwd(), Path(__file__).parent.parent):
        if (folder / "firebase.json").is_file():
            return folder / "firebase.json"
    raise SetupError(f"there is no firebase.json in {Path.cwd()}; run this in Brushfire's folder")


def _functions_built(config: Path) -> bool:
    """Whether there are functions to run. Ours are built anew; another project's are as they are."""
    if config.parent != bundle.ROOT:
        return True
    try:
        bundle.build_if_changed()
    except OSError as error:
        say("brushfire", f"without functions: they can't be built ({error})")
        return False
    return True


def say(name: str, text: str) -> None:
    """One line of the terminal, behind the name of the part that it comes from."""
    if sys.stdout.isatty():
        name = f"\033[{COLOURS[name.split()[0]]}m{name:>10}\033[0m"
    # In one piece: `print` alone writes the end of a line by itself, and threads speak at the same time.
    print(f"{name:>10} │ {text}\n", end="", flush=True)


def relay(name: str, stream: IO[str] | None) -> None:
    """Print what a process says, line by line, for as long as it speaks."""

    def read() -> None:
        assert stream is not None
        with stream:
            for line in stream:
                say(name, line.rstrip("\n"))

    threading.Thread(target=read, name=f"{name} output", daemon=True).start()


def _welcome(addresses: Addresses) -> None:
    say("brushfire", f"the page: http://{addresses.hosting}")
    say("brushfire", f"the console: http://{addresses.ui}")
    say("brushfire", f"Firestore {addresses.firestore} · Auth {addresses.auth} · Storage {addresses.storage}")
    say("brushfire", 'try: .venv/bin/brushfire submit "a red circle on a blue background" --wait')
    say("brushfire", "Ctrl-C stops everything")


def _stop(stopping: threading.Event) -> None:
    """The first signal asks; the second one doesn't wait."""
    if stopping.is_set():
        raise KeyboardInterrupt
    stopping.set()


def _stop_listeners(listeners: list[Listener]) -> None:
    running = [x.process for x in listeners if x.process is not None and x.process.poll() is None]
    try:
        for process in running:
            process.terminate()
        deadline = time.monotonic() + DRAIN_SECONDS
        for process in running:
            process.wait(max(0.1, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        for process in running:
            process.kill()
            process.wait()


def _shown(path: Path) -> str:
    """A path as short as it stays clear."""
    try:
        return f"{path.relative_to(Path.cwd())}/"
    except ValueError:
        return str(path)
