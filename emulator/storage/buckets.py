"""Buckets over the JSON API. Every bucket exists as soon as it is named; creating one merely lists it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator.storage.bodies import json_body
from emulator.storage.errors import StorageError
from emulator.storage.index import ObjectIndex
from emulator.storage.metadata import check_bucket


class BucketApi:
    """`/storage/v1/b`."""

    def __init__(self, index: ObjectIndex) -> None:
        self._index = index

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/storage/v1/b", self._list),
            web.post("/storage/v1/b", self._create),
            web.get("/storage/v1/b/{bucket}", self._get),
            web.delete("/storage/v1/b/{bucket}", self._delete),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        prefix = request.query.get("prefix", "")
        names = [name for name in self._index.buckets() if name.startswith(prefix)]
        return web.json_response(
            {"kind": "storage#buckets", "items": [_resource(request, name) for name in names]}
        )

    async def _create(self, request: web.Request) -> web.Response:
        name = check_bucket(str((await json_body(request)).get("name", "")))
        if not self._index.create_bucket(name):
            raise StorageError(409, "conflict", f"The bucket {name} exists already")
        return web.json_response(_resource(request, name))

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(_resource(request, check_bucket(request.match_info["bucket"])))

    async def _delete(self, request: web.Request) -> web.Response:
        name = check_bucket(request.match_info["bucket"])
        if self._index.scan(name, "", 1):
            raise StorageError(409, "conflict", f"The bucket {name} isn't empty")
        self._index.delete_bucket(name)
        return web.Response(status=204)


def _resource(request: web.Request, name: str) -> dict[str, Any]:
    return {
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "selfLink": f"{request.scheme}://{request.host}/storage/v1/b/{name}",
        "location": "LOCAL",
        "storageClass": "STANDARD",
        "metageneration": "1",
        "etag": "CAE=",
    }
