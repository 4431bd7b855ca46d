"""Auth on its port: which request goes to which method, and errors in the words of the API."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from emulator import cors
from emulator.auth.accounts import AccountStore
from emulator.auth.admin_api import AdminApi
from emulator.auth.body import Body
from emulator.auth.client_api import ClientApi
from emulator.auth.errors import AuthError
from emulator.auth.mail import Mail
from emulator.auth.sessions import Sessions
from emulator.database import open_database
from emulator.serving import HttpService

log = logging.getLogger(__name__)

IDENTITY = "/identitytoolkit.googleapis.com/v1"
LARGEST_PAGE = 1000

Project = tuple[AccountStore, Sessions, Mail]
Answer = Callable[[Body], Awaitable[dict[str, Any]]]


class AuthServer(HttpService):
    """Firebase Authentication for every project that asks.

    Client SDKs name no project, so they speak to `project`; firebase-admin names its own. Users and
    sessions are kept under `data_dir`.
    """

    def __init__(self, data_dir: Path, *, project: str) -> None:
        super().__init__()
        self._file = data_dir / "auth.sqlite"
        self._project = project
        self._database: sqlite3.Connection | None = None
        self._projects: dict[str, Project] = {}

    def _open(self, host: str) -> web.Application:
        self._database = open_database(self._file)
        app = web.Application(client_max_size=16 << 20, middlewares=[_answer_errors])
        cors.install(app, host=host, public=lambda request: False)
        app.add_routes(
            [
                web.get("/", _say_hello),
                web.post(IDENTITY + r"/accounts:{method:\w+}", self._client),
                web.post(IDENTITY + r"/projects/{project}/accounts{method:(:\w+)?}", self._admin),
                web.get(IDENTITY + "/projects/{project}/accounts:batchGet", self._admin_page),
                web.get(IDENTITY + "/projects", self._describe_project),
                web.post("/securetoken.googleapis.com/v1/token", self._refresh),
                web.get("/emulator/action", self._open_link),
                web.delete("/emulator/v1/projects/{project}/accounts", self._clear),
                web.get("/emulator/v1/projects/{project}/oobCodes", self._list_codes),
            ]
        )
        return app

    async def stop(self) -> None:
        await super().stop()
        if self._database:
            self._database.close()

    def _of(self, project: str) -> Project:
        assert self._database is not None, "started first"
        if project not in self._projects:
            accounts = AccountStore(self._database)
            sessions = Sessions(self._database, accounts, project)
            self._projects[project] = accounts, sessions, Mail(accounts, project)
        return self._projects[project]

    async def _client(self, request: web.Request) -> web.Response:
        api = ClientApi(*self._of(self._project), _base_url(request))
        answers: dict[str, Answer] = {
            "createAuthUri": api.create_auth_uri,
            "delete": api.delete,
            "lookup": api.lookup,
            "resetPassword": api.reset_password,
            "sendOobCode": api.send_oob_code,
            "signInWithCustomToken": api.sign_in_with_custom_token,
            "signInWithPassword": api.sign_in_with_password,
            "signUp": api.sign_up,
            "update": api.update,
        }
        return await _answer(answers, request)

    async def _admin(self, request: web.Request) -> web.Response:
        _require_credentials(request)
        api = AdminApi(*self._of(request.match_info["project"]), _base_url(request))
        answers: dict[str, Answer] = {
            "": api.create,
            ":batchCreate": api.batch_create,
            ":batchDelete": api.batch_delete,
            ":delete": api.delete,
            ":lookup": api.lookup,
            ":sendOobCode": api.send_oob_code,
            ":update": api.update,
        }
        return await _answer(answers, request)

    async def _admin_page(self, request: web.Request) -> web.Response:
        _require_credentials(request)
        wanted = request.query.get("maxResults", "20")
        if not re.fullmatch("[0-9]{1,9}", wanted) or not 1 <= int(wanted) <= LARGEST_PAGE:
            raise AuthError(
                f"INVALID_PAGE_SELECTION : maxResults is {wanted:.40}; it must be 1 to {LARGEST_PAGE}"
            )
        api = AdminApi(*self._of(request.match_info["project"]), _base_url(request))
        return web.json_response(api.batch_get(int(wanted), request.query.get("nextPageToken", "")))

    async def _describe_project(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"projectId": self._project, "authorizedDomains": ["localhost", "127.0.0.1"]}
        )

    async def _refresh(self, request: web.Request) -> web.Response:
        body = await _form_or_json(request)
        if body.text("grant_type") != "refresh_token":
            raise AuthError("INVALID_GRANT_TYPE" if body.has("grant_type") else "MISSING_GRANT_TYPE")
        refresh_token = body.text("refresh_token")
        if refresh_token is None:
            raise AuthError("MISSING_REFRESH_TOKEN")
        _, sessions, _ = self._of(self._project)
        token, uid = sessions.refresh(refresh_token)
        return web.json_response(
            {
                "id_token": token,
                "access_token": token,
                "expires_in": "3600",
                "refresh_token": refresh_token,
                "token_type": "Bearer",
                "user_id": uid,
                "project_id": self._project,
            }
        )

    async def _clear(self, request: web.Request) -> web.Response:
        AdminApi(*self._of(request.match_info["project"]), _base_url(request)).clear()
        return web.json_response({})

    async def _open_link(self, request: web.Request) -> web.Response:
        api = ClientApi(*self._of(self._project), _base_url(request))
        answer = await api.open_link(request.query)
        target = request.query.get("continueUrl")
        return web.Response(status=302, headers={"Location": target}) if target else web.json_response(answer)

    async def _list_codes(self, request: web.Request) -> web.Response:
        _, _, mail = self._of(request.match_info["project"])
        return web.json_response({"oobCodes": mail.all()})


async def _say_hello(request: web.Request) -> web.Response:
    return web.json_response({"authEmulator": {"ready": True}})


async def _answer(answers: dict[str, Answer], request: web.Request) -> web.Response:
    method = request.match_info["method"]
    if method not in answers:
        raise AuthError(f"OPERATION_NOT_ALLOWED : {request.path} isn't part of the local Auth", 501)
    return web.json_response(await answers[method](await Body.of(request)))


async def _form_or_json(request: web.Request) -> Body:
    if request.content_type != "application/x-www-form-urlencoded":
        return await Body.of(request)
    try:
        form = dict(parse_qsl((await request.read()).decode()))
    except ValueError as error:
        raise AuthError(f"Invalid form received. {error}") from None
    return Body(form)


def _base_url(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _require_credentials(request: web.Request) -> None:
    """Administrators come with a token: `owner`, or the OAuth token of a service account."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        raise AuthError("UNAUTHENTICATED : administrators send `Authorization: Bearer owner`", 401)


@web.middleware
async def _answer_errors(request: web.Request, handler: cors.Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except AuthError as error:
        status, message = error.status, error.message
    except web.HTTPException as error:
        status, message = error.status, f"{error.reason} : {request.method} {request.path}"
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        status, message = 500, "INTERNAL_ERROR : the emulator's log tells more"
    detail = {"message": message, "domain": "global", "reason": "invalid"}
    return web.json_response(
        {"error": {"code": status, "message": message, "errors": [detail]}}, status=status
    )
