"""This process's connection to Firestore and Storage, with the credentials that the platform gives."""

import os
from dataclasses import dataclass
from functools import cache

import firebase_admin
from firebase_admin import credentials, firestore, storage
from google.auth.credentials import AnonymousCredentials

from listener.clock import ServerClock
from listener.edge import Edge
from listener.storage import FileStore


@dataclass(frozen=True)
class Connection:
    """What the functions reach: the listener's own edges, so that both treat documents alike."""

    edge: Edge
    files: FileStore


class Anonymous(credentials.Base):  # type: ignore[misc]
    """What emulators ask for: nothing. Google's library would look for credentials of whoever runs them."""

    def get_credential(self) -> AnonymousCredentials:
        """No one's."""
        return AnonymousCredentials()


def start() -> None:
    """Make the process's Firebase app: beside a local Firebase, or the official emulators, as nobody."""
    firebase_admin.initialize_app(Anonymous() if os.environ.get("FIRESTORE_EMULATOR_HOST") else None)


@cache
def connection() -> Connection:
    """Made at the first call, and kept for as long as the process lives; nothing is sent yet."""
    app = firebase_admin.get_app()
    host = os.environ.get("STORAGE_EMULATOR_HOST", "").removeprefix("http://").rstrip("/")
    return Connection(
        Edge(firestore.client(app), ServerClock()), FileStore(storage.bucket(app=app), host or None)
    )
