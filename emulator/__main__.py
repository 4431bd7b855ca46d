"""`python -m emulator`: runs the local Firebase until it is told to stop.

One line of JSON on stdout says that it is ready and where; what is for people goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from emulator import event_loop
from emulator.config import ConfigError, ProjectConfig, load_config
from emulator.firestore.database import DatabaseUnusable
from emulator.rules.errors import RulesSyntaxError
from emulator.serving import MalformedRequests, PortTaken
from emulator.suite import Suite

log = logging.getLogger("emulator")


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0 after a stop, 2 when it couldn't start."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(MalformedRequests())
    try:
        config = load_config(options.config, options.project)
        if options.no_functions:
            config = replace(config, functions=None)
        if options.port is not None:
            config = config.with_ports_from(options.port)
        event_loop.run(_run(config, options.data.resolve(), options.exit_with_parent))
    except (ConfigError, DatabaseUnusable, RulesSyntaxError) as error:
        log.error("%s", error)
        return 2
    except PortTaken as error:
        log.error("%s", error.strerror)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator", description="A local Firebase in one process."
    )
    parser.add_argument("--config", type=Path, default=Path("firebase.json"), help="path of firebase.json")
    parser.add_argument("--data", type=Path, default=Path(".brushfire"), help="folder where all data is kept")
    parser.add_argument("--project", help="project id; .firebaserc's default, or demo-brushfire")
    parser.add_argument(
        "--port",
        type=int,
        help="Firestore's port, with Auth, Storage, Hosting, Functions and the console on the next; 0: any",
    )
    parser.add_argument("--no-functions", action="store_true", help="leave the project's functions out")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when stdin closes, so as not to be left behind"
    )
    return parser


async def _run(config: ProjectConfig, data_dir: Path, exit_with_parent: bool) -> None:
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    suite = Suite(config, data_dir)
    await suite.start()
    gc.freeze()  # what is here now stays: searching it for garbage would hold everybody up for some 30 ms
    try:
        if exit_with_parent:
            _stop_with_stdin(stopping)
        for service, address in suite.addresses.items():
            log.info("%s at %s", service, address)
        ready = {"ready": True, "project": config.project}
        sys.stdout.write(json.dumps(ready | {s.value: str(a) for s, a in suite.addresses.items()}) + "\n")
        sys.stdout.flush()
        await stopping.wait()
        log.info("stopping")
    finally:
        await suite.stop()


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows has no handlers on the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))


def _stop_with_stdin(stopping: asyncio.Event) -> None:
    """A parent that is killed can't stop us, but the system closes its end of our stdin."""
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        while os.read(sys.stdin.fileno(), 1 << 16):
            pass
        loop.call_soon_threadsafe(stopping.set)

    threading.Thread(target=wait_for_end, name="parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
