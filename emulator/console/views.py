"""What each view of the console shows, as JSON. Nothing here is billed, nothing changes what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from google.protobuf import json_format

from emulator.firestore import messages as m
from emulator.firestore.errors import InvalidArgument
from emulator.firestore.service import Firestore
from emulator.firestore.snapshots import Outgoing
from emulator.rules.live import LiveRules
from emulator.storage.listing import ListQuery, list_objects
from emulator.storage.store import ObjectStore

MOST_DOCUMENTS = 500
MOST_COLLECTIONS = 200
_TARGET = 1


class CollectionFeed:
    """The documents of one collection and every change of them, by a Listen of the server's own.

    `path` is relative to `root` (`projects/p/databases/d/documents`). `on_change` is called when `take`
    has something to give. Close it in the end.
    """

    def __init__(self, firestore: Firestore, root: str, path: str, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._changed: dict[str, dict[str, Any]] = {}
        self._removed: set[str] = set()
        self._complete = False
        self._refusal = ""
        parent, _, collection = f"{root}/{path}".rpartition("/")
        query = m.StructuredQuery(limit={"value": MOST_DOCUMENTS})
        query.from_.add(collection_id=collection)
        target = m.Target(target_id=_TARGET, query={"parent": parent, "structured_query": query})
        self._session = firestore.listen_unbilled(self._receive)
        self._session.handle(m.ListenRequest(add_target=target))

    def take(self) -> dict[str, Any] | None:
        """What has changed since the last call: the documents that changed, the names that left.

        Raises InvalidArgument for what is no collection.
        """
        if self._refusal:
            raise InvalidArgument(self._refusal)
        if not self._complete or not (self._changed or self._removed):
            return None
        taken = {"changed": list(self._changed.values()), "removed": sorted(self._removed)}
        self._changed, self._removed, self._complete = {}, set(), False
        return taken

    def close(self) -> None:
        self._session.close()

    def _receive(self, outgoing: Outgoing) -> None:
        message = outgoing.message
        kind = message.WhichOneof("response_type")
        if kind == "document_change" and _TARGET in message.document_change.target_ids:
            document = message.document_change.document
            self._removed.discard(document.name)
            self._changed[document.name] = json_format.MessageToDict(document)
        elif kind in ("document_change", "document_delete", "document_remove"):
            told = getattr(message, kind)
            name = told.document.name if kind == "document_change" else told.document
            self._changed.pop(name, None)
            self._removed.add(name)
        elif kind == "target_change" and message.target_change.HasField("cause"):
            self._refusal = message.target_change.cause.message
        elif kind == "target_change" and not message.target_change.target_ids:
            self._complete = True
            self._on_change()


def collections_below(firestore: Firestore, parent: str) -> list[str]:
    """The ids of the collections below a document or the root."""
    return list(islice(firestore.documents.collection_ids(parent), MOST_COLLECTIONS))


def missing_documents(firestore: Firestore, collection: str) -> list[str]:
    """The names in a collection that aren't documents, but have collections below them."""
    children = islice(firestore.documents.children(collection), MOST_DOCUMENTS)
    return [name for name, document in children if document is None]


def objects(store: ObjectStore, bucket: str, prefix: str) -> dict[str, Any]:
    """The buckets, and one level of one of them."""
    page = list_objects(store.index, bucket, ListQuery(prefix=prefix, delimiter="/"))
    return {
        "buckets": store.index.buckets(),
        "prefixes": page.prefixes,
        "more": page.next_token is not None,
        "objects": [
            {
                "name": record.name,
                "size": record.size,
                "type": record.content_type,
                "updated": record.updated.isoformat(),
                "generation": str(record.generation),
                "metadata": dict(record.metadata),
            }
            for record in page.items
        ],
    }


def denials(rules: dict[str, LiveRules]) -> dict[str, Any]:
    """The last denials of all services, the latest first, each with the line of the rules that denied."""
    found = sorted(_denials(rules), key=lambda denial: denial["time"], reverse=True)
    problems = {service: live.problem for service, live in rules.items() if live.problem}
    return {"denials": found, "problems": problems, "guarded": sorted(rules)}


def _denials(rules: dict[str, LiveRules]) -> Iterator[dict[str, Any]]:
    for service, live in rules.items():
        for denial in live.denials:
            yield {
                "service": service,
                "time": denial.time.isoformat(),
                "uid": denial.uid,
                "method": denial.method,
                "path": denial.path,
                "line": denial.line,
                "rule": denial.rule,
                "reason": denial.reason,
            }
