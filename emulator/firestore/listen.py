"""One Listen stream: its targets come and go, and it tells of what changes in them.

A client shows a snapshot when it gets a NO_CHANGE without target ids, so each change ends with one. Adding
and removing a target is answered exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from emulator.caller import Caller
from emulator.firestore.access import Access
from emulator.firestore.clock import to_micros
from emulator.firestore.commits import Change
from emulator.firestore.documents import Documents
from emulator.firestore.errors import FirestoreError, InvalidArgument
from emulator.firestore.lookups import Lookups
from emulator.firestore.messages import Document, ListenRequest, Target
from emulator.firestore.names import check_document_name, collection_path, pattern
from emulator.firestore.query import Query
from emulator.firestore.snapshots import (
    Outgoing,
    Shown,
    Snapshot,
    document_change,
    document_delete,
    document_remove,
    target_change,
    token_time,
)
from emulator.firestore.targets import QueryTarget
from emulator.firestore.watch import Watch
from emulator.meter import Meter, query_reads


@dataclass
class _Pending:
    """The targets that a document joins or changes in, and those it leaves, in the coming snapshot."""

    added: list[int]
    removed: list[int]


class ListenSession:
    """`send` takes each response; it must not block."""

    def __init__(
        self,
        watch: Watch,
        documents: Documents,
        access: Access,
        meter: Meter,
        caller: Caller,
        send: Callable[[Outgoing], None],
    ) -> None:
        self._watch = watch
        self._documents = documents
        self._access = access
        self._meter = meter
        self._caller = caller
        self._send = send
        self._targets: dict[int, QueryTarget | list[str]] = {}
        self._pending: dict[tuple[str, Shown], _Pending] = {}
        self._denied: list[int] = []
        watch.open(self)

    async def prepare(self, request: ListenRequest) -> None:
        """Comes before `handle`, so that a new query's index is built without holding up everybody else."""
        target = request.add_target.query
        if target.WhichOneof("query_type") == "structured_query":
            with suppress(FirestoreError):  # which `handle` will tell
                await self._watch.prepare(target.parent, target.structured_query)

    def handle(self, request: ListenRequest) -> None:
        """Adds or removes a target. Raises FirestoreError when the stream can't go on."""
        kind = request.WhichOneof("target_change")
        if kind == "remove_target":
            self._drop(request.remove_target)
            self._send(target_change("REMOVE", [request.remove_target]))
        elif kind == "add_target":
            self._add(request.add_target)
        else:
            raise InvalidArgument("A listen request must add or remove a target.")

    def close(self) -> None:
        for target_id in list(self._targets):
            self._drop(target_id)
        self._watch.close(self)

    def document_changed(self, target_id: int, change: Change) -> None:
        """A document that a target names has changed, appeared or gone."""
        try:
            if not self._caller.owner:
                self._ask_for(change.name, change.after)
        except FirestoreError:
            self._denied.append(target_id)
            return
        pending = self._pending_for(change.name, None)
        (pending.removed if change.after is None else pending.added).append(target_id)

    def query_changed(self, target_ids: Sequence[int], query: Query, effects: Mapping[str, bool]) -> None:
        """Documents have joined, changed in or left the result of a query. True stands for being in it."""
        for name, present in effects.items():
            pending = self._pending_for(name, query.shown)
            (pending.added if present else pending.removed).extend(target_ids)

    def send_snapshot(self, snapshot: Snapshot) -> None:
        """Sends what the calls before have gathered, and ends the snapshot."""
        pending, self._pending = self._pending, {}
        for (name, shown), targets in pending.items():
            self._send(snapshot.message(name, shown, tuple(targets.added), tuple(targets.removed)))
            left = len(targets.removed) if self._was_changed_away(snapshot, name) else 0
            self._bill(collection_path(name), len(targets.added) + left)
        denied, self._denied = self._denied, []
        for target_id in denied:
            self._drop(target_id)
            self._refuse(target_id, 7, "Missing or insufficient permissions.")
        self._send(snapshot.done)

    def _was_changed_away(self, snapshot: Snapshot, name: str) -> bool:
        return snapshot.has_changed(name) and snapshot.document(name) is not None

    def _pending_for(self, name: str, shown: Shown) -> _Pending:
        return self._pending.setdefault((name, shown), _Pending([], []))

    def _add(self, target: Target) -> None:
        self._drop(target.target_id)
        self._send(target_change("ADD", [target.target_id]))
        try:
            now = self._watch.now()
            if target.WhichOneof("target_type") == "documents":
                self._add_documents(target, now)
            elif target.query.WhichOneof("query_type") == "structured_query":
                self._add_query(target, now)
            else:
                raise InvalidArgument("A target must hold documents or a structured query.")
        except FirestoreError as error:
            self._drop(target.target_id)
            self._refuse(target.target_id, error.code, error.message)
            return
        self._send(target_change("CURRENT", [target.target_id], now))
        self._send(target_change("NO_CHANGE", (), now))
        if target.once:
            self._drop(target.target_id)
            self._send(target_change("REMOVE", [target.target_id]))

    def _add_query(self, target: Target, now: int) -> None:
        parent, message = target.query.parent, target.query.structured_query
        if not self._caller.owner:
            Query.parse(parent, message)  # the rules are asked about queries that make sense
            lookups = Lookups(self._documents, now)
            self._access.list(self._caller, parent, message, lookups)
            self._bill_lookups(lookups)
        live = self._watch.listen(self, target.target_id, parent, message, now)
        self._targets[target.target_id] = live
        resumed = target.WhichOneof("resume_type") is not None
        changed = live.changed_after(_resume_time(target)) if resumed else None
        if resumed and changed is None:
            self._send(target_change("RESET", [target.target_id]))
        reads = self._send_all(target.target_id, live) if changed is None else 0
        for name in changed or ():
            reads += self._send_difference(target.target_id, live, name, now)
        self._meter.count(self._caller.client, live.query.pattern, "Listen", reads=query_reads(reads))

    def _send_all(self, target_id: int, live: QueryTarget) -> int:
        documents = live.documents()
        for document in documents:
            self._send(document_change(live.query.show(document), [target_id]))
        return len(documents)

    def _send_difference(self, target_id: int, live: QueryTarget, name: str, now: int) -> int:
        document = self._documents.get(name)
        if document is None:
            self._send(document_delete(name, [target_id], now))
            return 0
        if name in live:
            self._send(document_change(live.query.show(document), [target_id]))
        else:
            self._send(document_remove(name, [target_id], now))
        return 1

    def _add_documents(self, target: Target, now: int) -> None:
        names = list(dict.fromkeys(map(check_document_name, target.documents.documents)))
        found = {name: self._documents.get(name) for name in names}
        if not self._caller.owner:
            for name, document in found.items():
                self._bill_lookups(self._ask_for(name, document))
        self._targets[target.target_id] = names
        since = _resume_time(target)
        for name, document in found.items():
            self._watch.listen_to_document(self, target.target_id, name)
            if document is None:
                self._send(document_delete(name, [target.target_id], now))
            elif to_micros(document.update_time) > since:
                self._send(document_change(document, [target.target_id]))
            self._bill(collection_path(name), 1)

    def _ask_for(self, name: str, document: Document | None) -> Lookups:
        """Asks the rules; returns what they looked up. Raises FirestoreError when they refuse."""
        lookups = Lookups(self._documents, self._watch.now())
        self._access.get(self._caller, name, document, lookups)
        return lookups

    def _drop(self, target_id: int) -> None:
        target = self._targets.pop(target_id, None)
        if isinstance(target, QueryTarget):
            self._watch.unlisten(self, target_id, target)
        elif target is not None:
            for name in target:
                self._watch.unlisten_to_document(self, target_id, name)

    def _refuse(self, target_id: int, code: int, message: str) -> None:
        self._send(target_change("REMOVE", [target_id], cause=(code, message)))

    def _bill_lookups(self, lookups: Lookups) -> None:
        """What the rules look up costs when a target is added; asked again later, production remembers it."""
        for name in lookups.looked_up:
            self._meter.count(self._caller.client, pattern(collection_path(name)), "Rules", reads=1)

    def _bill(self, collection: str, reads: int) -> None:
        self._meter.count(self._caller.client, pattern(collection), "Listen", reads=reads)


def _resume_time(target: Target) -> int:
    kind = target.WhichOneof("resume_type")
    if kind == "resume_token":
        return token_time(target.resume_token)
    return to_micros(target.read_time) if kind == "read_time" else 0
