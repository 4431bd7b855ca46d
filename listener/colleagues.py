"""What the other listeners of the site have, by what they say of themselves in `workers/{worker}`."""

from datetime import UTC, datetime, timedelta

from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from contract.task import WorkerState
from listener.edge import server_errors

# Two heartbeats, and a little.
ALIVE = timedelta(minutes=10)
MOST = 10


class Colleagues:
    """Asks for them when there is a reason to: up to MOST reads."""

    def __init__(self, db: firestore.Client, worker: str) -> None:
        self._workers = db.collection("workers")
        self._worker = worker

    def have(self, model: str) -> bool:
        """Whether another listener that lives has a model, by its key. Raises `Unreachable`."""
        asked = self._workers.where(filter=FieldFilter("models", "array_contains", model)).limit(MOST)
        with server_errors():
            found = [document.to_dict() | {"id": document.id} for document in asked.get()]
        now = datetime.now(UTC)
        return any(
            worker["id"] != self._worker
            and worker.get("state") != WorkerState.STOPPED.value
            and isinstance(worker.get("last_seen"), datetime)
            and now - worker["last_seen"] < ALIVE
            for worker in found
        )
