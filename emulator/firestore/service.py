"""Firestore v1, whatever the transport: one coroutine or asynchronous generator for each method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.caller import Caller
from emulator.firestore import messages as m
from emulator.firestore.access import Access
from emulator.firestore.clock import Clock, to_timestamp
from emulator.firestore.commits import ChangeLog, Commits, NoChangeLog
from emulator.firestore.database import Database
from emulator.firestore.documents import Documents
from emulator.firestore.errors import FirestoreError
from emulator.firestore.exports import read_export, write_export
from emulator.firestore.fields import project
from emulator.firestore.index_definitions import IndexDefinitions
from emulator.firestore.limits import check_request
from emulator.firestore.listen import ListenSession
from emulator.firestore.listings import Listings
from emulator.firestore.names import check_document_name, check_parent, collection_path, new_id, pattern
from emulator.firestore.past import Past
from emulator.firestore.reads import Reads
from emulator.firestore.snapshots import Outgoing
from emulator.firestore.transactions import Transactions
from emulator.firestore.watch import Watch
from emulator.firestore.write_stream import WriteSession
from emulator.meter import Meter

_CLEAR_BATCH = 500


@dataclass(frozen=True)
class Method:
    """A method with its handler: `await call(request, caller)`, or `async for … in` it when it streams."""

    request: Any
    call: Callable[[Any, Caller], Any]
    streams: bool = False


class Firestore:
    """Every project's documents in one SQLite file."""

    def __init__(
        self,
        file: Path,
        access: Access,
        meter: Meter,
        change_log: ChangeLog | None = None,
        indexes: IndexDefinitions | None = None,
    ) -> None:
        """Opens `file`, or makes it. With `indexes`, queries that lack one are refused.

        Raises DatabaseUnusable.
        """
        self._database = Database(file)
        change_log = change_log or NoChangeLog()
        change_log.open(self._database)
        self.documents = Documents(self._database)
        clock = Clock()
        self._transactions = Transactions(clock)
        past = Past(self.documents, self._transactions)
        self._access = access
        self.meter = meter
        self._commits = Commits(
            self._database, self.documents, self._transactions, clock, access, meter, change_log, past
        )
        self.watch = Watch(self.documents, clock, self._commits.publish, indexes)
        self._commits.on_changes = self.watch.publish
        self._commits.has_listeners = lambda: self.watch.listeners > 0
        self._reads = Reads(self.documents, past, self._transactions, self.watch, access, meter, indexes)
        self._listings = Listings(self.documents, self.watch, access, meter)
        self.methods = self._table()

    def _table(self) -> dict[str, Method]:
        reads = self._reads
        return {
            "BatchGetDocuments": Method(m.BatchGetDocumentsRequest, reads.batch_get_documents, streams=True),
            "BatchWrite": Method(m.BatchWriteRequest, self.batch_write),
            "BeginTransaction": Method(m.BeginTransactionRequest, self.begin_transaction),
            "Commit": Method(m.CommitRequest, self.commit),
            "CreateDocument": Method(m.CreateDocumentRequest, self.create_document),
            "DeleteDocument": Method(m.DeleteDocumentRequest, self.delete_document),
            "GetDocument": Method(m.GetDocumentRequest, reads.get_document),
            "ListCollectionIds": Method(m.ListCollectionIdsRequest, self._listings.list_collection_ids),
            "ListDocuments": Method(m.ListDocumentsRequest, self._listings.list_documents),
            "Rollback": Method(m.RollbackRequest, self.rollback),
            "RunAggregationQuery": Method(
                m.RunAggregationQueryRequest, reads.run_aggregation_query, streams=True
            ),
            "RunQuery": Method(m.RunQueryRequest, reads.run_query, streams=True),
            "UpdateDocument": Method(m.UpdateDocumentRequest, self.update_document),
        }

    def listen(self, caller: Caller, send: Callable[[Outgoing], None]) -> ListenSession:
        """Opens a Listen stream, whose responses go to `send`. Close it in the end."""
        return ListenSession(self.watch, self.documents, self._access, self.meter, caller, send)

    def listen_unbilled(self, send: Callable[[Outgoing], None]) -> ListenSession:
        """A Listen stream of the server's own, past rules and meter: for whoever looks on."""
        owner = Caller(owner=True)
        return ListenSession(self.watch, self.documents, self._access, Meter(), owner, send)

    def write_stream(self, caller: Caller) -> WriteSession:
        return WriteSession(self._commits, caller)

    async def commit(self, request: m.CommitRequest, caller: Caller) -> m.CommitResponse:
        check_request(request)
        now, results = await self._commits.commit(caller, request.writes, transaction=request.transaction)
        return m.CommitResponse(write_results=results, commit_time=to_timestamp(now))

    async def batch_write(self, request: m.BatchWriteRequest, caller: Caller) -> m.BatchWriteResponse:
        response = m.BatchWriteResponse()
        for outcome in await self._commits.commit_each(caller, request.writes):
            if isinstance(outcome, FirestoreError):
                response.write_results.add()
                response.status.add(code=outcome.code, message=outcome.message)
            else:
                response.write_results.append(outcome)
                response.status.add()
        return response

    async def begin_transaction(
        self, request: m.BeginTransactionRequest, caller: Caller
    ) -> m.BeginTransactionResponse:
        return m.BeginTransactionResponse(transaction=self._transactions.begin(request.options).id)

    async def rollback(self, request: m.RollbackRequest, caller: Caller) -> m.Empty:
        """Ends a transaction. One that has already ended needs no rollback, and gets none."""
        self._transactions.discard(request.transaction)
        return m.Empty()

    async def create_document(self, request: m.CreateDocumentRequest, caller: Caller) -> m.Document:
        check_parent(request.parent)
        write = m.Write(update=request.document, current_document=m.Precondition(exists=False))
        identity = request.document_id or new_id()
        write.update.name = check_document_name(f"{request.parent}/{request.collection_id}/{identity}")
        return await self._written(caller, write, "CreateDocument", request.mask, request.HasField("mask"))

    async def update_document(self, request: m.UpdateDocumentRequest, caller: Caller) -> m.Document:
        write = m.Write(update=request.document)
        if request.HasField("update_mask"):
            write.update_mask.CopyFrom(request.update_mask)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        return await self._written(caller, write, "UpdateDocument", request.mask, request.HasField("mask"))

    async def delete_document(self, request: m.DeleteDocumentRequest, caller: Caller) -> m.Empty:
        write = m.Write(delete=request.name)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        await self._commits.commit(caller, [write], method="DeleteDocument")
        return m.Empty()

    async def _written(
        self, caller: Caller, write: m.Write, method: str, mask: m.DocumentMask, masked: bool
    ) -> m.Document:
        await self._commits.commit(caller, [write], method=method)
        document = self.documents.get(write.update.name)
        if document is None:  # deleted since; what was written is the answer all the same
            return write.update
        return project(document, mask.field_paths) if masked else document

    def look_up(self, name: str, client: str) -> m.Document | None:
        """A document as the rules of another service read it: past our own rules, billed to `client`."""
        self.watch.now()
        self.meter.count(client, pattern(collection_path(name)), "Rules", reads=1)
        return self.documents.get(name)

    async def clear(self, root: str) -> int:
        """Deletes every document below `projects/{p}/databases/{d}/documents`, unbilled. Returns how many.

        Transactions under way end: nothing of what they have read remains.
        """
        check_parent(root)
        self._transactions.end_all()
        deleted = 0
        while names := self.documents.names_below(root, _CLEAR_BATCH):
            await self._commits.commit(
                Caller(owner=True), [m.Write(delete=name) for name in names], method=""
            )
            deleted += len(names)
        return deleted

    def stored(self, root: str = "") -> list[bytes]:
        """Every durable document as it is stored: of all projects, or those below a path."""
        self._commits.publish()
        return self.documents.bodies(root)

    def export_to(self, file: Path) -> int:
        """Writes every document to a file. Returns how many. Raises OSError."""
        documents = self.stored()
        write_export(file, documents)
        return len(documents)

    async def import_from(self, file: Path) -> int:
        """Stores the documents of an export, all or none, beside those of other names. Returns how many.

        Raises ExportUnusable when the file is damaged, and OSError.
        """
        return await self.restore(read_export(file))

    async def restore(self, documents: Sequence[m.Document]) -> int:
        """Stores documents, all or none, beside those of other names; unbilled. Returns how many.

        They keep the times of their creation, but what changes is updated now. Transactions under way end.
        """
        self._transactions.end_all()
        await self._commits.restore(documents)
        return len(documents)

    def close(self) -> None:
        self._commits.publish()
        self._database.close()
