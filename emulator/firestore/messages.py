"""The protobuf messages of google.firestore.v1, in a pool of our own.

The descriptors are those that google-cloud-firestore ships, with one field more: `Write.verify` (5), which
the JavaScript SDK sends in transactions and the public definition leaves out. A private pool keeps that
change away from the client library when both live in one process.
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
    from google.cloud.firestore_v1.types import firestore as _types
    from google.protobuf import descriptor_pb2, descriptor_pool, empty_pb2, message_factory

    def _load_pool():
        pool, seen = descriptor_pool.DescriptorPool(), set()

        def add(file):
            if file.name in seen:
                return
            seen.add(file.name)
            for dependency in file.dependencies:
                add(dependency)
            definition = descriptor_pb2.FileDescriptorProto()
            file.CopyToProto(definition)
            _add_verify(definition)
            pool.Add(definition)

        add(_types.ListenRequest.pb().DESCRIPTOR.file)
        add(empty_pb2.DESCRIPTOR)
        return pool

    def _add_verify(definition):
        for message in definition.message_type:
            if (definition.package, message.name) == ("google.firestore.v1", "Write") and all(
                field.number != 5 for field in message.field
            ):
                string, optional, operation = 9, 1, 0
                message.field.add(
                    name="verify",
                    json_name="verify",
                    number=5,
                    type=string,
                    label=optional,
                    oneof_index=operation,
                )

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
