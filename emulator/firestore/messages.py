"""The protobuf messages of google.firestore.v1, in a pool of our own.

They are read from firestore.binpb, which `descriptors.py` writes. A private pool keeps its one change away
from the client library when both live in one process.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud.firestore_v1.types import (
        ArrayValue,
        BatchGetDocumentsRequest,
        BatchGetDocumentsResponse,
        BatchWriteRequest,
        BatchWriteResponse,
        BeginTransactionRequest,
        BeginTransactionResponse,
        CommitRequest,
        CommitResponse,
        CreateDocumentRequest,
        DeleteDocumentRequest,
        Document,
        DocumentMask,
        DocumentTransform,
        GetDocumentRequest,
        ListCollectionIdsRequest,
        ListCollectionIdsResponse,
        ListDocumentsRequest,
        ListDocumentsResponse,
        ListenRequest,
        ListenResponse,
        Precondition,
        RollbackRequest,
        RunAggregationQueryRequest,
        RunAggregationQueryResponse,
        RunQueryRequest,
        RunQueryResponse,
        StructuredAggregationQuery,
        StructuredQuery,
        Target,
        TargetChange,
        TransactionOptions,
        UpdateDocumentRequest,
        Value,
        Write,
        WriteRequest,
        WriteResponse,
        WriteResult,
    )

    Empty = Any
    Timestamp = Document  # a message all the same; both are Any to the type checker
    Aggregation = StructuredAggregationQuery.Aggregation
else:
    from pathlib import Path

    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    def _load_pool():
        pool = descriptor_pool.DescriptorPool()
        serialised = Path(__file__).with_name("firestore.binpb").read_bytes()
        for file in descriptor_pb2.FileDescriptorSet.FromString(serialised).file:
            pool.Add(file)
        return pool

    _POOL = _load_pool()

    def _message(name):
        return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(name))

    def __getattr__(name):
        try:
            found = _message(f"google.firestore.v1.{name}")
        except KeyError:
            raise AttributeError(f"google.firestore.v1 has no message {name}") from None
        globals()[name] = found
        return found

    Aggregation = _message("google.firestore.v1.StructuredAggregationQuery.Aggregation")
    Timestamp = _message("google.protobuf.Timestamp")
    Empty = _message("google.protobuf.Empty")

__all__ = [
    "Aggregation",
    "ArrayValue",
    "BatchGetDocumentsRequest",
    "BatchGetDocumentsResponse",
    "BatchWriteRequest",
    "BatchWriteResponse",
    "BeginTransactionRequest",
    "BeginTransactionResponse",
    "CommitRequest",
    "CommitResponse",
    "CreateDocumentRequest",
    "DeleteDocumentRequest",
    "Document",
    "DocumentMask",
    "DocumentTransform",
    "Empty",
    "GetDocumentRequest",
    "ListCollectionIdsRequest",
    "ListCollectionIdsResponse",
    "ListDocumentsRequest",
    "ListDocumentsResponse",
    "ListenRequest",
    "ListenResponse",
    "Precondition",
    "RollbackRequest",
    "RunAggregationQueryRequest",
    "RunAggregationQueryResponse",
    "RunQueryRequest",
    "RunQueryResponse",
    "StructuredAggregationQuery",
    "StructuredQuery",
    "Target",
    "TargetChange",
    "Timestamp",
    "TransactionOptions",
    "UpdateDocumentRequest",
    "Value",
    "Write",
    "WriteRequest",
    "WriteResponse",
    "WriteResult",
]
