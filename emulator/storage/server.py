"""Storage on its port: both APIs over one store."""

from __future__ import annotations

import logging
from pathlib import Path

from aiohttp import web

from emulator import cors
from emulator.serving import HttpService
from emulator.storage.access import AllowAll, StorageAccess
from emulator.storage.buckets import BucketApi
from emulator.storage.errors import StorageError
from emulator.storage.firebase_api import FirebaseApi
from emulator.storage.json_api import JsonApi
from emulator.storage.rules_access import RulesAccess
from emulator.storage.store import ObjectStore
from emulator.storage.uploads import Uploads

log = logging.getLogger(__name__)

ADMINISTRATION = ("/storage/", "/upload/", "/download/", "/emulator/", "/internal/")
"""Where no security rules apply, so that no foreign page may come there."""


class StorageServer(HttpService):
    """Cloud Storage with every bucket that anybody names, kept under `data_dir`."""

    def __init__(self, data_dir: Path, *, access: StorageAccess | None = None) -> None:
        super().__init__()
        self._directory, self._access = data_dir / "storage", access or AllowAll()
        self._store: ObjectStore | None = None

    @property
    def store(self) -> ObjectStore:
        """The objects, once started."""
        assert self._store is not None, "Storage hasn't started"
        return self._store

    def _open(self, host: str) -> web.Application:
        store = self._store = ObjectStore(self._directory)  # and sweep what a killed process has left
        uploads = Uploads(store)
        app = web.Application(client_max_size=1 << 20, middlewares=[_answer_errors])
        cors.install(app, host=host, public=_is_read_by_anyone)
        app.router.add_get("/", _say_hello)
        if isinstance(self._access, RulesAccess):
            app.add_routes(self._access.routes())
        for api in (
            BucketApi(store.index),
            JsonApi(store, uploads),
            FirebaseApi(store, uploads, self._access),
        ):
            app.add_routes(api.routes())
        return app

    async def stop(self) -> None:
        await super().stop()
        if self._store:
            self._store.close()


def _is_read_by_anyone(request: web.Request) -> bool:
    """Reads that bear no credentials but a download token: any page may embed a public picture.

    A preflight is judged by the request that it announces.
    """
    method = request.headers.get("Access-Control-Request-Method", request.method)
    announced = request.headers.get("Access-Control-Request-Headers", "").lower()
    has_credentials = "Authorization" in request.headers or "authorization" in announced
    is_admin = request.path.startswith(ADMINISTRATION)
    return method in ("GET", "HEAD") and not has_credentials and not is_admin


async def _say_hello(request: web.Request) -> web.Response:
    return web.Response(text="Ok\n")


@web.middleware
async def _answer_errors(request: web.Request, handler: cors.Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except StorageError as error:
        if error.status == 304:
            return web.Response(status=304)
        return _error(error.status, error.reason, error.message)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _error(
            501, "notImplemented", f"{request.method} {request.path} isn't part of the local Storage"
        )
    except web.HTTPException as error:
        return _error(error.status, "invalid", f"{error.reason}: {request.method} {request.path}")
    except ConnectionError:
        log.info("%s %s broke off", request.method, request.path)
        return web.Response(status=499, reason="Client Closed Request")  # Nobody is left to read it.
    except OSError as error:
        log.exception("%s %s failed", request.method, request.path)
        return _error(503, "backendError", f"The local Storage can't read or write its files: {error}")


def _error(status: int, reason: str, message: str) -> web.Response:
    detail = {"message": message, "domain": "global", "reason": reason}
    return web.json_response(
        {"error": {"code": status, "message": message, "errors": [detail]}}, status=status
    )
