"""Firestore on one port: gRPC, WebChannel, REST and the endpoints that only an emulator has."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from emulator import cors
from emulator.firestore.access import Access, AllowAll
from emulator.firestore.administration import Administration
from emulator.firestore.commits import ChangeLog
from emulator.firestore.grpc_server import GrpcServer
from emulator.firestore.index_definitions import IndexDefinitions
from emulator.firestore.port import SplitPort
from emulator.firestore.rest import Rest
from emulator.firestore.rules_access import RulesAccess
from emulator.firestore.service import Firestore
from emulator.firestore.webchannel import WebChannel
from emulator.meter import Meter

DATABASE = "firestore.sqlite3"
MAX_REQUEST_BYTES = 64 << 20


class FirestoreServer:
    """The server. `data_dir` holds its database; `access` decides for all callers but the owner.

    With `indexes`, a query is refused for which production would want an index that isn't among them.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        meter: Meter,
        access: Access | None = None,
        change_log: ChangeLog | None = None,
        indexes: IndexDefinitions | None = None,
    ) -> None:
        self.port = 0
        self._file = data_dir / DATABASE
        self._access = access or AllowAll()
        self._meter = meter
        self._change_log = change_log
        self._indexes = indexes
        self._running = AsyncExitStack()

    @property
    def firestore(self) -> Firestore:
        """What is served, once started."""
        return self._firestore

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Opens the database and listens; afterwards `port` is the real one, also where 0 took a free one.

        Raises DatabaseUnusable when the database is damaged, newer or in use, OSError when the port is.
        """
        try:
            await self._start(host, port)
        except BaseException:
            await self.stop()
            raise

    async def _start(self, host: str, port: int) -> None:
        self._firestore = Firestore(self._file, self._access, self._meter, self._change_log, self._indexes)
        self._running.callback(self._firestore.close)
        self._webchannel = WebChannel(self._firestore)
        runner = web.AppRunner(self._app(host), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        assert runner.server is not None
        self._running.push_async_callback(runner.cleanup)
        grpc = GrpcServer(self._firestore)
        split = SplitPort(runner.server, await grpc.start())
        self._running.callback(split.close)
        self._running.push_async_callback(grpc.stop)
        self._running.push_async_callback(self._webchannel.stop)
        self.port = await split.start(host, port)
        self._running.callback(split.stop_accepting)

    async def stop(self) -> None:
        """Tells the web clients, ends every call and closes the database."""
        await self._running.aclose()

    def _app(self, host: str) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        cors.install(app, host=host, public=lambda request: False)
        self._webchannel.add_routes(app)
        Rest(self._firestore).add_routes(app)
        Administration(self._firestore).add_routes(app)
        if isinstance(self._access, RulesAccess):
            app.add_routes(self._access.routes())
        app.router.add_get("/", self._ready)
        return app

    async def _ready(self, request: web.Request) -> web.Response:
        return web.Response(text="Ok\n")
