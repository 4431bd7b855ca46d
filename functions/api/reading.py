"""Tasks as their owner sees them through the API."""

import base64
import math
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore import FieldFilter, Query

from contract.errors import InvalidTask
from contract.task import Line, Progress, Result, Status
from functions.api import models
from functions.api.problems import Problem
from listener.edge import Edge, server_errors

LINE_SECONDS = 5.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_name(id: str) -> bool:
    """Whether Firestore takes it for a document's name."""
    try:
        size = len(id.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= 1500 and id not in (".", "..") and not (id.startswith("__") and id.endswith("__"))


class Reader:
    """Looks tasks up."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._queue = edge.db.collection("queue")
        self._line: tuple[Line | None, float] = (None, -LINE_SECONDS)
        self._lock = threading.Lock()

    def fields(self, uid: str, id: str) -> dict[str, Any]:
        """The document of a task that this user may see. Raises `Problem` (404)."""
        if is_name(id):
            with server_errors():
                seen = self._edge.read(self._queue.document(id))
            fields = dict((seen.fields if seen else None) or {})
            shown = fields.get("public") and fields.get("status") == Status.DONE and not fields.get("hidden")
            if seen is not None and (fields.get("uid") == uid or shown):
                return fields
        raise Problem("not-found", f"you have no task {id!r:.150}")

    def get(self, uid: str, id: str) -> models.TaskView:
        """A task with its place in line, or how far it is: one read, and one for that."""
        fields = self.fields(uid, id)
        found = view(id, fields)
        if found.status is Status.QUEUED:
            found = found.model_copy(update=self._standing(fields.get("rank")))
        elif found.status is Status.RUNNING:
            found = found.model_copy(update={"progress": self._progress(id, fields)})
        return found

    def page(self, uid: str, limit: int, cursor: str | None) -> models.TaskPage:
        """Some of a user's tasks, newest first: one read each."""
        query = (
            self._queue.where(filter=FieldFilter("uid", "==", uid))
            .order_by("created_at", direction=Query.DESCENDING)
            .order_by("__name__", direction=Query.DESCENDING)
        )
        if cursor is not None:
            at, id = _read_cursor(cursor)
            query = query.start_after({"created_at": at, "__name__": self._queue.document(id)})
        with server_errors():
            seen = self._edge.query(query.limit(limit))
        tasks = [view(one.id, one.fields or {}) for one in seen]
        last = (seen[-1].fields or {}).get("created_at") if len(seen) == limit else None
        following = _cursor(last, seen[-1].id) if isinstance(last, datetime) else None
        return models.TaskPage(tasks=tasks, next=following)

    def _standing(self, rank: object) -> dict[str, Any]:
        line = self._line_now()
        if line is None or not isinstance(rank, datetime):
            return {}
        return {"place": line.place(rank), "wait_seconds": line.wait(rank, self._edge.clock.now())}

    def _line_now(self) -> Line | None:
        with self._lock:
            line, at = self._line
            if time.monotonic() < at + LINE_SECONDS:
                return line
            with server_errors():
                seen = self._edge.read(self._edge.db.collection("live").document("queue"))
            try:
                line = Line.parse(seen.fields) if seen and seen.fields else None
            except InvalidTask:
                line = None
            self._line = (line, time.monotonic())
            return line

    def _progress(self, id: str, fields: Mapping[str, Any]) -> models.ProgressView | None:
        with server_errors():
            reference = self._queue.document(id).collection("live").document("progress")
            seen = self._edge.read(reference)
        try:
            progress = Progress.parse((seen.fields if seen else None) or {})
        except InvalidTask:
            return None
        if progress.epoch != (fields.get("claim") or {}).get("epoch"):
            return None
        return models.ProgressView(
            step=progress.step,
            steps=progress.steps,
            score=_number(progress.score),
            seconds_left=_number(progress.eta),
        )


def view(id: str, fields: Mapping[str, Any]) -> models.TaskView:
    """A task's document as the API tells it."""
    status = fields.get("status")
    return models.TaskView(
        id=id,
        status=Status(status) if status in list(Status) else Status.QUEUED,
        prompt=str(fields.get("prompt", "")),
        renderer=str(fields.get("renderer", "")),
        params=_plain(fields.get("params") or {}),
        public=fields.get("public") is True,
        cancel_requested=fields.get("cancel_requested") is True,
        chosen_from=_plain(fields.get("chosen_from")),
        result=_result(fields.get("result")),
        error=_failure(fields.get("error")),
        **{
            name: at if isinstance(at := fields.get(name), datetime) else None
            for name in ("created_at", "rank", "started_at", "finished_at", "expires_at")
        },
    )


def _result(fields: Any) -> models.ResultView | None:
    try:
        result = Result.parse(fields or {})
    except InvalidTask:
        return None
    told = result.model_dump(include=set(models.ResultView.model_fields))
    return models.ResultView(**told | {"score": _number(result.score)})


def _failure(fields: Any) -> models.FailureView | None:
    if not isinstance(fields, dict):
        return None
    return models.FailureView(
        code=str(fields.get("code", "unexpected")),
        message=str(fields.get("message", "")),
        field=fields.get("field"),
        retryable=fields.get("retryable") is True,
    )


def _number(value: float | None) -> float | None:
    """JSON has no infinity."""
    return value if value is not None and math.isfinite(value) else None


def _plain(value: Any) -> Any:
    """What JSON can hold, whatever was written."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return _number(value)
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _cursor(at: datetime, id: str) -> str:
    micros = (at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}/{id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        micros, _, id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("/")
        at = EPOCH + timedelta(microseconds=int(micros))
        if is_name(id) and "/" not in id:
            return at, id
    except (ValueError, OverflowError):
        pass
    raise Problem.of(InvalidTask("cursor", cursor, "`next` of the page before"))
