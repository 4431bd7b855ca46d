"""Reads by name and by query. Inside transactions they take locks, or see the past if it only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator

from emulator.caller import Caller
from emulator.firestore.access import Access
from emulator.firestore.aggregations import (
    alias_of,
    checked,
    count_value,
    field_of,
    number_value,
    with_implied_orders,
)
from emulator.firestore.clock import to_micros, to_timestamp
from emulator.firestore.documents import Documents
from emulator.firestore.errors import NotFound, Unimplemented
from emulator.firestore.fields import project
from emulator.firestore.index_definitions import IndexDefinitions
from emulator.firestore.lookups import Lookups
from emulator.firestore.messages import (
    Aggregation,
    BatchGetDocumentsRequest,
    BatchGetDocumentsResponse,
    Document,
    GetDocumentRequest,
    RunAggregationQueryRequest,
    RunAggregationQueryResponse,
    RunQueryRequest,
    RunQueryResponse,
    StructuredQuery,
    Timestamp,
)
from emulator.firestore.names import check_document_name, collection_path, pattern
from emulator.firestore.past import Past
from emulator.firestore.query import Query
from emulator.firestore.transactions import Transaction, Transactions
from emulator.firestore.watch import Watch
from emulator.meter import Meter, aggregation_reads, query_reads


class Reads:
    """The reading methods of the service. Each bills what it read to the caller's client."""

    def __init__(
        self,
        documents: Documents,
        past: Past,
        transactions: Transactions,
        watch: Watch,
        access: Access,
        meter: Meter,
        indexes: IndexDefinitions | None,
    ) -> None:
        self._documents = documents
        self._past = past
        self._transactions = transactions
        self._watch = watch
        self._access = access
        self._meter = meter
        self._indexes = indexes

    async def get_document(self, request: GetDocumentRequest, caller: Caller) -> Document:
        transaction, _ = self._transaction(request)
        document = await self._read(caller, check_document_name(request.name), transaction, "GetDocument")
        if document is None:
            raise NotFound(f'Document "{request.name}" not found.')
        return project(document, request.mask.field_paths) if request.HasField("mask") else document

    async def batch_get_documents(
        self, request: BatchGetDocumentsRequest, caller: Caller
    ) -> AsyncIterator[BatchGetDocumentsResponse]:
        transaction, started = self._transaction(request)
        for name in map(check_document_name, dict.fromkeys(request.documents)):
            document = await self._read(caller, name, transaction, "BatchGetDocuments")
            response = BatchGetDocumentsResponse(transaction=started, read_time=self._time(transaction))
            if document is None:
                response.missing = name
            elif request.HasField("mask"):
                response.found.CopyFrom(project(document, request.mask.field_paths))
            else:
                response.found.CopyFrom(document)
            started = b""
            yield response
        if started:
            yield BatchGetDocumentsResponse(transaction=started, read_time=self._time(transaction))

    async def run_query(self, request: RunQueryRequest, caller: Caller) -> AsyncIterator[RunQueryResponse]:
        _refuse_explain(request)
        transaction, started = self._transaction(request)
        query = self._query(request.parent, request.structured_query, caller)
        await self._prepare(query)
        found, now = await self._find(query, transaction)
        self._bill(caller, query.pattern, "RunQuery", query_reads(len(found), query.offset if found else 0))
        if not found:
            yield RunQueryResponse(transaction=started, read_time=now)
        for document in found:
            yield RunQueryResponse(transaction=started, document=query.show(document), read_time=now)
            started = b""

    async def run_aggregation_query(
        self, request: RunAggregationQueryRequest, caller: Caller
    ) -> AsyncIterator[RunAggregationQueryResponse]:
        _refuse_explain(request)
        transaction, started = self._transaction(request)
        aggregations = checked(request.structured_aggregation_query)
        message = request.structured_aggregation_query.structured_query
        self._query(request.parent, message, caller)
        query = Query.parse(request.parent, with_implied_orders(message, aggregations))
        await self._prepare(query)
        response = RunAggregationQueryResponse(transaction=started)
        entries = await self._aggregate(query, aggregations, transaction, response)
        self._bill(caller, query.pattern, "RunAggregationQuery", aggregation_reads(entries))
        yield response

    async def _aggregate(
        self,
        query: Query,
        aggregations: list[Aggregation],
        transaction: Transaction | None,
        response: RunAggregationQueryResponse,
    ) -> int:
        """Fills in the results; returns how many index entries that took."""
        fields = response.result.aggregate_fields
        if transaction is None and not any(map(field_of, aggregations)):
            found: list[Document] = []
            now = to_timestamp(self._watch.now())
            entries = self._documents.count(query)
        else:
            found, now = await self._find(query, transaction)
            entries = len(found)
        response.read_time.CopyFrom(now)
        for place, aggregation in enumerate(aggregations):
            counts = field_of(aggregation) is None
            value = count_value(aggregation, entries) if counts else number_value(aggregation, found)
            fields[alias_of(aggregation, place)].CopyFrom(value)
        return entries

    def _transaction(self, request: GetDocumentRequest) -> tuple[Transaction | None, bytes]:
        """The transaction that a request reads in, and its id if the request has begun it."""
        selector = request.WhichOneof("consistency_selector")
        if selector == "transaction":
            return self._transactions.find(request.transaction), b""
        if selector == "new_transaction":
            transaction = self._transactions.begin(request.new_transaction)
            return transaction, transaction.id
        if selector == "read_time":
            raise Unimplemented("read_time is not supported: no past versions are kept.")
        return None, b""

    async def _read(
        self, caller: Caller, name: str, transaction: Transaction | None, method: str
    ) -> Document | None:
        snapshot = transaction.snapshot if transaction else None
        if transaction and snapshot is None:
            await self._transactions.lock_for_reading(transaction, [name])
        now = self._watch.now()
        document = self._documents.get(name) if snapshot is None else self._past.get(name, snapshot)
        if not caller.owner:
            lookups = Lookups(self._documents, now)
            self._access.get(caller, name, document, lookups)
            self._bill_lookups(caller, lookups)
        self._bill(caller, pattern(collection_path(name)), method, 1)
        return document

    def _query(self, parent: str, message: StructuredQuery, caller: Caller) -> Query:
        query = Query.parse(parent, message)
        if not caller.owner:
            lookups = Lookups(self._documents, self._watch.now())
            self._access.list(caller, parent, message, lookups)
            self._bill_lookups(caller, lookups)
        return query

    async def _prepare(self, query: Query) -> None:
        """Sees to the indexes: those that production would want must be defined, those used here be built."""
        if self._indexes:
            self._indexes.check(query)
        await self._documents.prepare(query)

    async def _find(self, query: Query, transaction: Transaction | None) -> tuple[list[Document], Timestamp]:
        """The results, and the time at which they were so.

        A transaction locks them, and keeps the query to find it unchanged at its commit. One that only reads
        finds what was there when it began.
        """
        now = self._time(transaction)
        if transaction and transaction.snapshot is not None:
            return list(self._past.run(query, transaction.snapshot)), now
        found = [document for _, document in self._documents.run(query)]
        if transaction is None:
            return found, now
        await self._transactions.lock_for_reading(transaction, [document.name for document in found])
        now = to_timestamp(self._watch.now())  # later than all that may have come while it waited
        found = [document for _, document in self._documents.run(query)]
        await self._transactions.lock_for_reading(transaction, [document.name for document in found])
        seen = tuple((document.name, to_micros(document.update_time)) for document in found)
        transaction.queries.append((query, seen))
        return found, now

    def _time(self, transaction: Transaction | None) -> Timestamp:
        """The time at which what is read next is so. Everything acknowledged before it has been published."""
        now = self._watch.now()
        snapshot = transaction.snapshot if transaction else None
        return to_timestamp(now if snapshot is None else snapshot)

    def _bill_lookups(self, caller: Caller, lookups: Lookups) -> None:
        for name in lookups.looked_up:
            self._bill(caller, pattern(collection_path(name)), "Rules", 1)

    def _bill(self, caller: Caller, collection: str, method: str, reads: int) -> None:
        self._meter.count(caller.client, collection, method, reads=reads)


def _refuse_explain(request: RunQueryRequest) -> None:
    if request.HasField("explain_options"):
        raise Unimplemented("explain_options is not supported.")
