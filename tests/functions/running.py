"""The functions as they are deployed, run by the local Firebase with the project's own rules and indexes."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from functions.bundle import build
from tests.emulator.functions.project import PROJECT, Emulator
from tests.functions.receivers import Receivers

ROOT = Path(__file__).parent.parent.parent
WEBHOOK_SECRET = "a secret of forty characters, or even more"


class Project:
    """The running system, with clients of its own."""

    def __init__(self, folder: Path, emulator: Emulator, receivers: Receivers) -> None:
        self.folder = folder
        self.emulator = emulator
        self.receivers = receivers
        addresses = emulator.addresses
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FIRESTORE_EMULATOR_HOST", addresses["firestore"])
            self.db: Any = firestore.Client(PROJECT, AnonymousCredentials())
        self.storage = storage.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://{addresses['storage']}"},
        )
        self.bucket = self.storage.bucket(f"{PROJECT}.appspot.com")

    def fire(self, schedule: str) -> None:
        """Run a scheduled function now."""
        answer = self.emulator.run_schedule(schedule)
        assert answer.status == 200, (answer.body, self.emulator.log()[-3000:])

    def outbox(self, task: str, channel: str) -> dict[str, Any]:
        """The outbox document of a task that is done, empty if there is none."""
        return self.db.document(f"outbox/{task}_{channel}_done").get().to_dict() or {}

    def close(self) -> None:
        self.db.close()
        self.storage.close()


@contextmanager
def running_project(folder: Path, **environment: str) -> Iterator[Project]:
    """Built, started, and stopped at the end of the block. Mail goes to the project's own receivers."""
    build(folder / "dist")
    for name in ("firestore.rules", "storage.rules", "firestore.indexes.json"):
        shutil.copy(ROOT / name, folder / name)
    config = folder / "firebase.json"
    config.write_text(
        json.dumps(
            {
                "firestore": {"rules": "firestore.rules", "indexes": "firestore.indexes.json"},
                "storage": {"rules": "storage.rules"},
                "functions": {"source": "dist", "runtime": "python311"},
                "hosting": json.loads((ROOT / "firebase.json").read_text())["hosting"],
            }
        )
    )
    receivers = Receivers().start()
    chosen = {
        "BRUSHFIRE_MAIL": "smtp",
        "BRUSHFIRE_MAIL_FROM": "Brushfire <pictures@brushfire.example>",
        "BRUSHFIRE_SITE": "https://brushfire.example",
        "BRUSHFIRE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "BRUSHFIRE_LOCAL_WEBHOOKS": "1",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(receivers.smtp_port),
        "SMTP_SECURITY": "none",
        "GRPC_ENABLE_FORK_SUPPORT": "0",
        **environment,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in chosen.items():
            patch.setenv(name, value)
        emulator = Emulator(config)
    project = Project(folder, emulator, receivers)
    try:
        yield project
    finally:
        project.close()
        emulator.stop()
        receivers.stop()
