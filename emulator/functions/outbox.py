"""Events on their way to functions, in Firestore's own database.

An event is written in the transaction that stores the change it tells of: a process killed at any moment
leaves both or neither. It is removed when the function has acknowledged it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from emulator.caller import Caller
from emulator.firestore.commits import Change
from emulator.firestore.database import Database
from emulator.firestore.messages import Document
from emulator.functions.events import DocumentEventData, event_body, event_kind
from emulator.functions.manifest import DocumentTrigger, FunctionSpec

UNSORTED = ""  # the function of an event recorded before it was known which functions there are
_TABLE = """
    CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, function TEXT NOT NULL, due INTEGER NOT NULL,
        attempts INTEGER NOT NULL, event_id TEXT NOT NULL, name TEXT NOT NULL, recorded INTEGER NOT NULL,
        auth_type TEXT NOT NULL, auth_id TEXT NOT NULL, body BLOB NOT NULL)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS outbox_by_due ON outbox (function, due, id)"
_COLUMNS = "id, function, attempts, event_id, name, recorded, auth_type, auth_id, body"


def now_micros() -> int:
    return time.time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class Event:
    """One event for one function. `name` is the document's full name, `recorded` microseconds since 1970."""

    id: int
    function: str
    attempts: int
    event_id: str
    name: str
    recorded: int
    auth_type: str
    auth_id: str
    body: bytes


class Outbox:
    """A ChangeLog of Firestore: it records what the triggers of one project's functions wait for."""

    def __init__(self, project: str) -> None:
        self._root = f"projects/{project}/databases/"
        self._specs: Sequence[FunctionSpec] | None = None
        self._database: Database | None = None
        self.on_recorded: Callable[[], None] = lambda: None
        """Called when new events are durable; it must not take time."""
        self._recorded = False
        self._durable = 0  # the last id that is on disk; no id is ever used twice

    def open(self, database: Database) -> None:
        self._database = database
        database.write(_TABLE)
        database.write(_INDEX)
        self._flush()

    def record(self, changes: Iterable[Change], caller: Caller, micros: int) -> None:
        """Called in the transaction that stores the changes, at its time."""
        auth_type, auth_id = _principal(caller)
        for change in changes:
            kind = event_kind(change.before, change.after)
            if kind is None or not change.name.startswith(self._root):
                continue
            functions = self._concerned(change.name, kind)
            if functions:
                body = event_body(change.before, change.after)
                self._insert(functions, change.name, micros, auth_type, auth_id, body)

    def settled(self) -> None:
        if self._recorded:
            self._recorded = False
            self._find_durable()
            self.on_recorded()

    def deploy(self, specs: Sequence[FunctionSpec]) -> int:
        """From now on events are for these functions. Returns how many it dropped for functions now gone.

        What was recorded before anything was known finds its functions now, and everything is due at once.
        """
        self._specs = [spec for spec in specs if isinstance(spec.trigger, DocumentTrigger)]
        for event in self._select("function = ?", UNSORTED):
            data = DocumentEventData.FromString(event.body)
            kind = event_kind(_present(data, "old_value"), _present(data, "value"))
            functions = self._concerned(event.name, kind) if kind else []
            self._insert(functions, event.name, event.recorded, event.auth_type, event.auth_id, event.body)
        known = [spec.name for spec in self._specs]
        marks = ", ".join("?" * len(known))
        self._write("DELETE FROM outbox WHERE function = ?", UNSORTED)
        dropped = self._write(f"DELETE FROM outbox WHERE function NOT IN ({marks})", *known)
        self._write("UPDATE outbox SET due = ?", now_micros())
        self._flush()
        return dropped

    def due(self, function: str, micros: int, limit: int) -> list[Event]:
        """The events of a function that are due at that time, the earliest first. All are durable."""
        where = "function = ? AND due <= ? AND id <= ? ORDER BY due, id LIMIT ?"
        return list(self._select(where, function, micros, self._durable, limit))

    def next_due(self, functions: Sequence[str], micros: int) -> int | None:
        """When the first event that is due only after that time is due, in microseconds since 1970."""
        times = [
            self._opened.read(
                "SELECT min(due) FROM outbox WHERE function = ? AND due > ?", (function, micros)
            ).fetchone()[0]
            for function in functions
        ]
        return min((time for time in times if time is not None), default=None)

    def count(self, function: str) -> int:
        """How many events of a function aren't acknowledged yet."""
        found = self._opened.read("SELECT count(*) FROM outbox WHERE function = ?", (function,)).fetchone()
        return int(found[0])

    async def remove(self, event: Event) -> None:
        self._write("DELETE FROM outbox WHERE id = ?", event.id)
        await self._opened.durable()

    async def postpone(self, event: Event, delay_s: float) -> None:
        """After a failed attempt."""
        due = now_micros() + int(delay_s * 1_000_000)
        self._write("UPDATE outbox SET due = ?, attempts = attempts + 1 WHERE id = ?", due, event.id)
        await self._opened.durable()

    def _flush(self) -> None:
        self._opened.flush()
        self._find_durable()

    def _find_durable(self) -> None:
        """Only right after a commit, when nothing is written that isn't durable."""
        self._durable = self._opened.read("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0]

    @property
    def _opened(self) -> Database:
        assert self._database is not None, "the outbox is used before Firestore has started"
        return self._database

    def _concerned(self, name: str, kind: str) -> list[str]:
        if self._specs is None:
            return [UNSORTED]
        root, _, path = name.partition("/documents/")
        database = root.removeprefix(self._root)
        return [
            spec.name
            for spec in self._specs
            if isinstance(spec.trigger, DocumentTrigger) and spec.trigger.concerns(database, path, kind)
        ]

    def _insert(
        self, functions: Sequence[str], name: str, micros: int, auth_type: str, auth_id: str, body: bytes
    ) -> None:
        for function in functions:
            self._write(
                f"INSERT INTO outbox (due, {_COLUMNS}) VALUES (?, NULL, ?, 0, ?, ?, ?, ?, ?, ?)",
                *(micros, function, str(uuid4()), name, micros, auth_type, auth_id, body),
            )
            self._recorded = True

    def _select(self, where: str, *values: object) -> Iterator[Event]:
        rows = self._opened.read(f"SELECT {_COLUMNS} FROM outbox WHERE {where}", values).fetchall()
        return (Event(*row) for row in rows)

    def _write(self, sql: str, *values: object) -> int:
        return self._opened.write(sql, values).rowcount


def _principal(caller: Caller) -> tuple[str, str]:
    """The kind and the id that events with their author's context tell.

    https://firebase.google.com/docs/functions/firestore-events#auth-context: a user of the app is `unknown`.
    """
    if caller.owner:
        return "service_account", ""
    return ("unauthenticated", "") if caller.uid is None else ("unknown", caller.uid)


def _present(data: DocumentEventData, field: str) -> Document | None:
    return getattr(data, field) if data.HasField(field) else None
