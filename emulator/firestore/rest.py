"""The service over REST: `POST /v1/{name}:{method}` as the JavaScript SDK calls it, and plain resources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from google.protobuf import json_format

from emulator import json_text
from emulator.caller import Caller
from emulator.firestore import messages as m
from emulator.firestore.errors import FirestoreError, InvalidArgument, Unauthenticated, Unimplemented
from emulator.firestore.service import Firestore

_VERBS = {
    "batchGet": "BatchGetDocuments",
    "batchWrite": "BatchWrite",
    "beginTransaction": "BeginTransaction",
    "commit": "Commit",
    "listCollectionIds": "ListCollectionIds",
    "rollback": "Rollback",
    "runAggregationQuery": "RunAggregationQuery",
    "runQuery": "RunQuery",
}


class Rest:
    """The HTTP routes below /v1/."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(r"/v1/{path:.+}:{verb:[a-zA-Z]+}", self._verb)
        app.router.add_route("*", "/v1/{path:.+}", self._resource)

    async def _verb(self, request: web.Request) -> web.StreamResponse:
        try:
            verb, path = request.match_info["verb"], request.match_info["path"]
            if verb not in _VERBS:
                raise Unimplemented(f":{verb} is not supported; it is one of {', '.join(_VERBS)}.")
            method = self._firestore.methods[_VERBS[verb]]
            message = parse_json(await request.read(), method.request())
            if "parent" in message.DESCRIPTOR.fields_by_name:
                message.parent = path
            else:
                message.database = path.removesuffix("/documents")
            answer = method.call(message, http_caller(request))
            if method.streams:
                return web.json_response([json_format.MessageToDict(part) async for part in answer])
            return web.json_response(json_format.MessageToDict(await answer))
        except FirestoreError as error:
            return error_response(error)

    async def _resource(self, request: web.Request) -> web.StreamResponse:
        """A document or a collection as a resource: GET, POST, PATCH and DELETE."""
        try:
            path = request.match_info["path"]
            is_document = path.count("/") % 2 == 0 and path.count("/") > 4
            build = _RESOURCES.get((request.method, is_document))
            if build is None:
                raise Unimplemented(f"{request.method} {request.path} is not supported.")
            name, message = build(path, request, await request.read())
            answer = await self._firestore.methods[name].call(message, http_caller(request))
            return web.json_response(json_format.MessageToDict(answer))
        except FirestoreError as error:
            return error_response(error)


def http_caller(request: web.Request) -> Caller:
    try:
        return Caller.from_headers({name.lower(): value for name, value in request.headers.items()})
    except ValueError as error:
        raise Unauthenticated(str(error)) from error


def error_response(error: FirestoreError) -> web.Response:
    return web.json_response(error.to_json(), status=error.http)


def parse_json(text: str | bytes, message: Any) -> Any:
    """`message`, filled from JSON; unknown fields are passed over. Raises InvalidArgument."""
    try:
        return json_format.ParseDict(json_text.parse(text), message, ignore_unknown_fields=True)
    except (json_format.ParseError, AttributeError, TypeError, ValueError) as error:
        raise InvalidArgument(f"The request's JSON is not a {message.DESCRIPTOR.name}: {error}") from error


_Built = tuple[str, Any]


def _mask(request: web.Request, name: str) -> m.DocumentMask | None:
    paths = request.query.getall(f"{name}.fieldPaths", [])
    return m.DocumentMask(field_paths=paths) if paths else None


def _precondition(request: web.Request) -> m.Precondition | None:
    given = {
        key.removeprefix("currentDocument."): value
        for key, value in request.query.items()
        if key.startswith("currentDocument.")
    }
    if "exists" in given:
        return m.Precondition(exists=given["exists"] == "true")
    return parse_json(json.dumps(given), m.Precondition()) if given else None


def _number(text: str, name: str) -> int:
    """A number of 32 bits. Raises InvalidArgument."""
    try:
        number = int(text)
    except ValueError:
        number = -1 << 31
    if not -1 << 31 < number < 1 << 31:
        raise InvalidArgument(f"{name} is {text!r:.40}; it must be a whole number of 32 bits.")
    return number


def _get(path: str, request: web.Request, body: bytes) -> _Built:
    return "GetDocument", m.GetDocumentRequest(name=path, mask=_mask(request, "mask"))


def _list(path: str, request: web.Request, body: bytes) -> _Built:
    parent, _, collection = path.rpartition("/")
    query = request.query
    return "ListDocuments", m.ListDocumentsRequest(
        parent=parent,
        collection_id=collection,
        page_size=_number(query.get("pageSize", "0"), "pageSize"),
        page_token=query.get("pageToken", ""),
        order_by=query.get("orderBy", ""),
        show_missing=query.get("showMissing") == "true",
        mask=_mask(request, "mask"),
    )


def _create(path: str, request: web.Request, body: bytes) -> _Built:
    parent, _, collection = path.rpartition("/")
    return "CreateDocument", m.CreateDocumentRequest(
        parent=parent,
        collection_id=collection,
        document_id=request.query.get("documentId", ""),
        document=parse_json(body, m.Document()),
        mask=_mask(request, "mask"),
    )


def _update(path: str, request: web.Request, body: bytes) -> _Built:
    document = parse_json(body, m.Document())
    document.name = path
    return "UpdateDocument", m.UpdateDocumentRequest(
        document=document,
        update_mask=_mask(request, "updateMask"),
        mask=_mask(request, "mask"),
        current_document=_precondition(request),
    )


def _delete(path: str, request: web.Request, body: bytes) -> _Built:
    return "DeleteDocument", m.DeleteDocumentRequest(name=path, current_document=_precondition(request))


_RESOURCES: dict[tuple[str, bool], Callable[[str, web.Request, bytes], _Built]] = {
    ("GET", True): _get,
    ("GET", False): _list,
    ("POST", False): _create,
    ("PATCH", True): _update,
    ("DELETE", True): _delete,
}
