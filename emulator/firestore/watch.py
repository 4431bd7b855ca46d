"""Carries the changes of each commit to the listeners: every target is evaluated once, whoever shares it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from emulator.firestore.clock import Clock
from emulator.firestore.commits import Change
from emulator.firestore.documents import Documents
from emulator.firestore.index_definitions import IndexDefinitions
from emulator.firestore.messages import StructuredQuery
from emulator.firestore.names import collection_id
from emulator.firestore.query import Query
from emulator.firestore.snapshots import Snapshot
from emulator.firestore.targets import QueryTarget, TargetKey

if TYPE_CHECKING:
    from emulator.firestore.listen import ListenSession

IDLE_TARGETS = 32  # kept up to date without listeners, for those that come back with a resume token


class Watch:
    """Every live target of the server."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        settle: Callable[[], None],
        indexes: IndexDefinitions | None = None,
    ) -> None:
        """`settle` makes what is written durable, and publishes it."""
        self._documents = documents
        self._clock = clock
        self._settle = settle
        self._indexes = indexes
        self._targets: dict[TargetKey, QueryTarget] = {}
        self._idle: OrderedDict[TargetKey, None] = OrderedDict()
        self._by_collection: dict[str, dict[TargetKey, None]] = {}
        self._by_name: dict[str, dict[ListenSession, set[int]]] = {}
        self._sessions: set[ListenSession] = set()

    def now(self) -> int:
        """A time at which everything acknowledged so far has been published."""
        self._settle()
        return self._clock.now()

    @property
    def listeners(self) -> int:
        """How many listen streams are open."""
        return len(self._sessions)

    def open(self, session: ListenSession) -> None:
        self._sessions.add(session)

    def close(self, session: ListenSession) -> None:
        self._sessions.discard(session)

    async def prepare(self, parent: str, message: StructuredQuery) -> None:
        """Builds the indexes that a target will need while others go on. Raises FirestoreError."""
        if (parent, message.SerializeToString(deterministic=True)) not in self._targets:
            query = Query.parse(parent, message)
            if self._indexes:
                self._indexes.check(query)
            await self._documents.prepare(query)

    def listen(
        self, session: ListenSession, target_id: int, parent: str, message: StructuredQuery, now: int
    ) -> QueryTarget:
        """The shared target of a query, with the session among its listeners. `now` comes from `now()`."""
        key = (parent, message.SerializeToString(deterministic=True))
        target = self._targets.get(key)
        if target is None:
            query = Query.parse(parent, message)
            if self._indexes:
                self._indexes.check(query)
            target = self._targets[key] = QueryTarget(key, query, self._documents, now)
            self._by_collection.setdefault(query.collection, {})[key] = None
        self._idle.pop(key, None)
        target.listeners.setdefault(session, []).append(target_id)
        return target

    def unlisten(self, session: ListenSession, target_id: int, target: QueryTarget) -> None:
        ids = target.listeners[session]
        ids.remove(target_id)
        if ids:
            return
        del target.listeners[session]
        if not target.listeners:
            self._idle[target.key] = None
            if len(self._idle) > IDLE_TARGETS:
                self._forget(self._idle.popitem(last=False)[0])

    def _forget(self, key: TargetKey) -> None:
        target = self._targets.pop(key)
        del self._by_collection[target.query.collection][key]

    def listen_to_document(self, session: ListenSession, target_id: int, name: str) -> None:
        self._by_name.setdefault(name, {}).setdefault(session, set()).add(target_id)

    def unlisten_to_document(self, session: ListenSession, target_id: int, name: str) -> None:
        sessions = self._by_name[name]
        sessions[session].discard(target_id)
        if not sessions[session]:
            del sessions[session]
        if not sessions:
            del self._by_name[name]

    def publish(self, changes: Sequence[Change]) -> None:
        """Tells every listener concerned of changes, in the order of their commits, as one snapshot."""
        if not self._sessions and not self._targets:
            return
        now = self._clock.now()
        merged = _merge(changes)
        touched: dict[ListenSession, None] = {}
        for change in merged:
            for session, ids in list(self._by_name.get(change.name, {}).items()):
                for target_id in list(ids):
                    session.document_changed(target_id, change)
                touched[session] = None
        by_collection: dict[str, list[Change]] = {"": merged}
        for change in merged:
            by_collection.setdefault(collection_id(change.name), []).append(change)
        for collection, relevant in by_collection.items():
            for key in self._by_collection.get(collection, ()):
                target = self._targets[key]
                effects = target.apply(relevant, now)
                for session, target_ids in target.listeners.items() if effects else ():
                    session.query_changed(target_ids, target.query, effects)
                    touched[session] = None
        snapshot = Snapshot(self._documents, merged, now)
        for session in touched:
            session.send_snapshot(snapshot)


def _merge(changes: Sequence[Change]) -> list[Change]:
    """One change for each document: from before the first to after the last."""
    merged: dict[str, Change] = {}
    for change in changes:
        first = merged.get(change.name, change)
        merged[change.name] = Change(change.name, first.before, change.after)
    return list(merged.values())
