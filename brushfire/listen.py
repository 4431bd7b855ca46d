"""`brushfire listen`: a listener, or one for each device, against the local Firebase or a real project."""

import argparse
import os
import signal
import subprocess
import sys
import threading

from brushfire import running
from contract.errors import SetupError


def run(args: argparse.Namespace) -> int:
    """Claim, render, upload, until SIGTERM or Ctrl-C."""
    from listener.listen import listen
    from listener.settings import Settings

    environment = running.environment(_chosen(args))
    if args.exit_with_parent:
        threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()
    settings = Settings.from_environment(environment)
    if args.devices:
        return _supervise(args.devices, environment, settings.worker, settings.log)
    return listen(settings)


def _supervise(devices: str, environment: dict[str, str], worker: str, log_format: str) -> int:
    """One process a device, each `brushfire listen` with a device of its own."""
    from listener import logs
    from listener.supervisor import Supervisor, members_of

    logs.configure("json" if log_format == "json" else "text")
    command = [sys.executable, "-m", "brushfire.cli", "listen", "--exit-with-parent"]
    supervisor = Supervisor(members_of(_devices(devices), command, environment, worker))
    supervisor.stop_on_signals()
    return supervisor.run()


def _devices(named: str) -> list[str]:
    """The devices that `--devices` means: those with commas between, or all GPUs of this machine."""
    if named != "all":
        devices = [device.strip() for device in named.split(",") if device.strip()]
        if not devices:
            raise SetupError(f"--devices is {named!r}, but must be all, or devices with commas between")
        return devices
    # In a process of its own: torch, and what it takes of the GPUs, would stay here for nothing.
    script = "from renderers.devices import available_devices as a; print(*a())"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise SetupError(f"the devices of this machine can't be listed: {asked.stderr.strip()[-500:]}")
    found = asked.stdout.split()
    return [device for device in found if device != "cpu"] or found


def _chosen(args: argparse.Namespace) -> dict[str, str]:
    """The environment with what the command line says put over it."""
    said = {
        "BRUSHFIRE_DEVICE": args.device,
        "BRUSHFIRE_WORKER": args.worker,
        "BRUSHFIRE_IDLE_EXIT": args.leave_when_idle,
        "BRUSHFIRE_METRICS_PORT": None if args.metrics_port is None else str(args.metrics_port),
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
