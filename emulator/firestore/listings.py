"""Reads by place in the tree, page by page: a collection's documents, the collections below a document."""

from __future__ import annotations

import base64
import binascii

from emulator.caller import Caller
from emulator.firestore.access import Access
from emulator.firestore.documents import Documents
from emulator.firestore.errors import InvalidArgument, PermissionDenied, Unimplemented
from emulator.firestore.fields import project
from emulator.firestore.lookups import Lookups
from emulator.firestore.messages import (
    Document,
    ListCollectionIdsRequest,
    ListCollectionIdsResponse,
    ListDocumentsRequest,
    ListDocumentsResponse,
    StructuredQuery,
)
from emulator.firestore.names import check_parent
from emulator.firestore.query import Query
from emulator.firestore.watch import Watch
from emulator.meter import Meter, query_reads

PAGE_SIZE = 300


class Listings:
    """ListDocuments and ListCollectionIds. A page token is the last id that was shown."""

    def __init__(self, documents: Documents, watch: Watch, access: Access, meter: Meter) -> None:
        self._documents = documents
        self._watch = watch
        self._access = access
        self._meter = meter

    async def list_documents(self, request: ListDocumentsRequest, caller: Caller) -> ListDocumentsResponse:
        """A page of a collection; with `show_missing` also names below which alone there are documents."""
        _refuse_past_and_transactions(request)
        if request.order_by or not request.collection_id:
            raise Unimplemented("ListDocuments takes a collection_id and no order_by; run a query.")
        source = StructuredQuery()
        source.from_.add(collection_id=request.collection_id)
        query = Query.parse(request.parent, source)
        now = self._watch.now()
        if not caller.owner:
            if request.show_missing:
                raise PermissionDenied("show_missing is for the server alone.")
            self._access.list(caller, request.parent, source, Lookups(self._documents, now))
        response = self._page(request)
        reads = query_reads(len(response.documents))
        self._meter.count(caller.client, query.pattern, "ListDocuments", reads=reads)
        return response

    def _page(self, request: ListDocumentsRequest) -> ListDocumentsResponse:
        size = min(request.page_size or PAGE_SIZE, PAGE_SIZE)
        response = ListDocumentsResponse()
        last = _page_start(request.page_token)
        for name, document in self._documents.children(f"{request.parent}/{request.collection_id}", last):
            if document is None and not request.show_missing:
                continue
            if len(response.documents) == size:
                response.next_page_token = _page_token(last)
                break
            shown = Document(name=name) if document is None else document
            masked = project(shown, request.mask.field_paths) if request.HasField("mask") else shown
            response.documents.append(masked)
            last = name.rpartition("/")[2]
        return response

    async def list_collection_ids(
        self, request: ListCollectionIdsRequest, caller: Caller
    ) -> ListCollectionIdsResponse:
        if not caller.owner:
            raise PermissionDenied("ListCollectionIds is for the server alone.")
        _refuse_past_and_transactions(request)
        check_parent(request.parent)
        self._watch.now()
        size = request.page_size or PAGE_SIZE
        response = ListCollectionIdsResponse()
        for identity in self._documents.collection_ids(request.parent, _page_start(request.page_token)):
            if len(response.collection_ids) == size:
                response.next_page_token = _page_token(response.collection_ids[-1])
                break
            response.collection_ids.append(identity)
        self._meter.count(caller.client, "*", "ListCollectionIds", reads=1)
        return response


def _refuse_past_and_transactions(request: ListDocumentsRequest | ListCollectionIdsRequest) -> None:
    selector = request.WhichOneof("consistency_selector")
    if selector:
        raise Unimplemented(f"{selector} is not supported in listings.")


def _page_token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _page_start(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidArgument(f"page_token {token!r} is not one that a response carried.") from error
