"""Firestore over gRPC: every method, with messages of any content and with bytes that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.firestore import messages as m
from tests.emulator.fuzz.shapes import damaged_bytes, filled
from tests.emulator.fuzz.victim import PATIENCE_S, Victim, bounded

SERVICE = "/google.firestore.v1.Firestore"
UNARY: dict[str, Any] = {
    "BatchWrite": m.BatchWriteRequest,
    "BeginTransaction": m.BeginTransactionRequest,
    "Commit": m.CommitRequest,
    "CreateDocument": m.CreateDocumentRequest,
    "DeleteDocument": m.DeleteDocumentRequest,
    "GetDocument": m.GetDocumentRequest,
    "ListCollectionIds": m.ListCollectionIdsRequest,
    "ListDocuments": m.ListDocumentsRequest,
    "Rollback": m.RollbackRequest,
    "UpdateDocument": m.UpdateDocumentRequest,
}
STREAMING: dict[str, Any] = {
    "BatchGetDocuments": m.BatchGetDocumentsRequest,
    "RunAggregationQuery": m.RunAggregationQueryRequest,
    "RunQuery": m.RunQueryRequest,
}
BOTH_WAYS: dict[str, Any] = {"Listen": m.ListenRequest, "Write": m.WriteRequest}
NOT_TOLD = {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DATA_LOSS,
}


@pytest.fixture(scope="module")
def channel(victim: Victim) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(victim["firestore"]) as channel:
        yield channel


def assert_settles(channel: grpc.Channel, method: str, requests: list[bytes], *, as_owner: bool) -> None:
    """The call ends in time: well, or with a code that blames the request and words that say for what."""
    metadata = (("authorization", "Bearer owner"),) if as_owner else ()
    path = f"{SERVICE}/{method}"
    try:
        if method in UNARY:
            channel.unary_unary(path)(requests[0], timeout=PATIENCE_S, metadata=metadata)
        elif method in STREAMING:
            list(channel.unary_stream(path)(requests[0], timeout=PATIENCE_S, metadata=metadata))
        else:
            list(channel.stream_stream(path)(iter(requests), timeout=PATIENCE_S, metadata=metadata))
    except grpc.RpcError as error:
        assert error.code() not in NOT_TOLD, error
        assert error.details(), error


ALL = UNARY | STREAMING | BOTH_WAYS


@pytest.mark.parametrize("method", sorted(ALL))
@bounded
@given(data=st.data())
def test_any_message_is_served_or_refused(
    victim: Victim, channel: grpc.Channel, method: str, data: st.DataObject
) -> None:
    messages = data.draw(st.lists(filled(ALL[method]), min_size=1, max_size=3))
    requests = [message.SerializeToString() for message in messages]
    if data.draw(st.booleans()):
        requests[0] = data.draw(damaged_bytes(requests[0]))
    if method == "Write":
        requests.insert(0, m.WriteRequest(database=messages[0].database).SerializeToString())
    assert_settles(channel, method, requests, as_owner=data.draw(st.integers(0, 3)) > 0)
    victim.check()


@bounded
@given(method=st.sampled_from(sorted(ALL)), request=st.binary(max_size=64))
def test_random_bytes_are_refused(victim: Victim, channel: grpc.Channel, method: str, request: bytes) -> None:
    assert_settles(channel, method, [request], as_owner=True)
    victim.check()
