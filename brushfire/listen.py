"""`brushfire listen`: one listener, against the local Firebase or a real project."""

import argparse
import os
import signal
import sys
import threading

from brushfire import running


def run(args: argparse.Namespace) -> int:
    """Claim, render, upload, until SIGTERM or Ctrl-C."""
    from listener.listen import listen
    from listener.settings import Settings

    environment = running.environment(_chosen(args))
    if args.exit_with_parent:
        threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()
    return listen(Settings.from_environment(environment))


def _chosen(args: argparse.Namespace) -> dict[str, str]:
    """The environment with what the command line says put over it."""
    said = {
        "BRUSHFIRE_DEVICE": args.device,
        "BRUSHFIRE_WORKER": args.worker,
        "GOOGLE_APPLICATION_CREDENTIALS": args.credentials,
    }
    environment = {**os.environ, **{name: value for name, value in said.items() if value}}
    if args.credentials:
        # Asked for by name: a real project, also in a shell that is set up for the local one.
        for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"):
            environment.pop(name, None)
    return environment


def _leave_with_parent() -> None:
    """Standard input closes when the process that started this one is gone, however it went."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
