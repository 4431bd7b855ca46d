"""The functions' port: HTTP functions at `/{project}/{region}/{name}`, and what only an emulator has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from emulator import cors
from emulator.config import Address, FunctionRoute, Service
from emulator.functions import metadata
from emulator.functions.deployment import Deployment
from emulator.functions.errors import FunctionsError
from emulator.functions.manifest import DocumentTrigger, FunctionSpec, HttpTrigger, ScheduleTrigger
from emulator.functions.outbox import Outbox
from emulator.functions.proxy import pass_on
from emulator.serving import HttpService


class FunctionsServer(HttpService):
    """Serves the functions in `folder`. `outbox` must be the change log of the same project's Firestore."""

    def __init__(
        self, project: str, folder: Path, addresses: Mapping[Service, Address], outbox: Outbox
    ) -> None:
        super().__init__()
        self._project, self._folder = project, folder
        self._addresses, self._outbox = addresses, outbox
        self._functions: Deployment | None = None

    async def start(self, host: str, port: int) -> None:
        """Listens, and begins to look for functions. Raises OSError when it can't listen."""
        await super().start(host, port)
        self._functions = Deployment(self._project, self._folder, self._addresses, self._outbox)
        self._functions.start()  # it first runs after this has returned, when our own address is known, too

    def _open(self, host: str) -> web.Application:
        app = web.Application(middlewares=[_only_from_here] if cors.is_local_host(host) else [])
        app.router.add_get("/emulator/v1/functions", self._list)
        app.router.add_post("/emulator/v1/functions/{name}:run", self._run)
        app.router.add_routes(metadata.routes(self._project))
        app.router.add_route("*", "/{project}/{region}/{name}", self._call)
        app.router.add_route("*", "/{project}/{region}/{name}/{rest:.*}", self._call)
        return app

    async def stop(self) -> None:
        if self._functions:
            await self._functions.stop()
        await super().stop()

    def describe(self) -> dict[str, Any]:
        """The functions as they are now, and the `problem` that keeps the source from running."""
        assert self._functions is not None
        functions = [self._describe(self._functions, spec) for spec in self._functions.specs.values()]
        return {"functions": functions, "problem": self._functions.problem}

    async def call(self, request: web.Request, route: FunctionRoute, path: str) -> web.StreamResponse:
        """Passes a request on to an HTTP function, at `path` (escaped, with its query)."""
        assert self._functions is not None
        await self._functions.discovered()
        spec = self._functions.specs.get(route.function)
        problem = _why_not(spec, route, self._functions)
        if problem or spec is None:
            return web.Response(status=404, text=f"{problem}\n", headers={"Cache-Control": "no-store"})
        return await pass_on(request, self._functions.workers, spec, path)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        names = request.match_info
        if names["project"] != self._project:
            text = f"The functions here are of the project {self._project}, not of {names['project']}.\n"
            return web.Response(status=404, text=text)
        raw_path, mark, query = request.raw_path.partition("?")
        rest = "/".join(raw_path.split("/")[4:])
        return await self.call(
            request, FunctionRoute(names["name"], names["region"]), f"/{rest}{mark}{query}"
        )

    async def _list(self, request: web.Request) -> web.Response:
        assert self._functions is not None
        await self._functions.discovered()
        return web.json_response(self.describe())

    async def _run(self, request: web.Request) -> web.Response:
        """Fires a schedule now: `POST /emulator/v1/functions/{name}:run`."""
        assert self._functions is not None
        await self._functions.discovered()
        name = request.match_info["name"]
        spec = self._functions.specs.get(name)
        if spec is None or not isinstance(spec.trigger, ScheduleTrigger):
            return web.json_response({"error": f"{name} is not a scheduled function"}, status=404)
        try:
            await self._functions.run_schedule(spec, datetime.now(UTC))
        except FunctionsError as error:
            return web.json_response({"error": str(error)}, status=500)
        return web.json_response({})

    def _describe(self, functions: Deployment, spec: FunctionSpec) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": spec.name,
            "regions": spec.regions,
            "pid": functions.workers.pid(spec.name),
        }
        match spec.trigger:
            case HttpTrigger(callable_):
                told["trigger"] = "callable" if callable_ else "http"
                host = self._addresses[Service.FUNCTIONS]
                told["url"] = f"http://{host}/{self._project}/{spec.regions[0]}/{spec.name}"
            case DocumentTrigger() as trigger:
                told |= {
                    "trigger": trigger.kind,
                    "document": trigger.pattern.text,
                    "database": trigger.database,
                }
                told["waiting"] = functions.outbox.count(spec.name)
            case ScheduleTrigger(schedule):
                moment = functions.scheduler.next.get(spec.name)
                told |= {"trigger": "schedule", "schedule": schedule.text, "zone": str(schedule.zone)}
                told["next"] = moment.isoformat() if moment else None
        return told


def _why_not(spec: FunctionSpec | None, route: FunctionRoute, functions: Deployment) -> str | None:
    """What to tell whoever calls a function that can't be called by HTTP."""
    if spec is None:
        known = ", ".join(name for name, s in functions.specs.items() if isinstance(s.trigger, HttpTrigger))
        why = f" {functions.problem}" if functions.problem else ""
        return f"There is no function {route.function}; those called by HTTP are: {known or 'none'}.{why}"
    if not isinstance(spec.trigger, HttpTrigger):
        return f"The function {spec.name} isn't called by HTTP."
    if route.region is not None and route.region not in spec.regions:
        return f"The function {spec.name} is in {', '.join(spec.regions)}, not in {route.region}."
    return None


@web.middleware
async def _only_from_here(request: web.Request, handler: cors.Handler) -> web.StreamResponse:
    """Pages of other sites are turned away; CORS beyond that is each function's own affair, as deployed."""
    origin = request.headers.get("Origin")
    if not cors.is_local_host(request.host) or (origin is not None and not cors.is_local_origin(origin)):
        return web.Response(status=403, text="Only this machine's own hosts and origins are accepted.\n")
    return await handler(request)
