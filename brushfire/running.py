"""How the other commands find the `brushfire up` that runs: a small file each, in the user's state folder."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Addresses:
    """Where a local Firebase answers: `host:port` of each of its services."""

    project: str
    firestore: str
    auth: str
    storage: str
    hosting: str
    ui: str

    def environment(self) -> dict[str, str]:
        """The standard variables that point every Firebase client at it."""
        return {
            "GOOGLE_CLOUD_PROJECT": self.project,
            "FIRESTORE_EMULATOR_HOST": self.firestore,
            "FIREBASE_AUTH_EMULATOR_HOST": self.auth,
            "STORAGE_EMULATOR_HOST": f"http://{self.storage}",
        }


@contextmanager
def announced(addresses: Addresses) -> Iterator[None]:
    """Let other commands find this local Firebase for as long as the block runs."""
    file = _folder() / f"{os.getpid()}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(addresses)))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def find() -> Addresses | None:
    """The local Firebase that was started last and still answers, if any; forgets those that are gone."""
    files = sorted(_folder().glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files:
        addresses = Addresses(**json.loads(file.read_text()))
        if _answers(addresses.firestore):
            return addresses
        if not _alive(int(file.stem)):
            file.unlink(missing_ok=True)
    return None


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environ`, and if it chooses no Firebase, what chooses the one that runs here."""
    chosen = {"FIRESTORE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"} & {
        name for name, value in environ.items() if value
    }
    found = None if chosen else find()
    return {**environ, **(found.environment() if found else {})}


def _folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "brushfire" / "running"


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=0.5).close()
    except OSError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
