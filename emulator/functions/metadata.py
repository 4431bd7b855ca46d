"""The metadata server that Google's libraries ask for credentials where functions are deployed.

It gives the token "owner", which every emulator takes for the server's own and no real service takes at all:
`firebase_admin.initialize_app()` works as it does when deployed, and can't reach a real project.
https://cloud.google.com/compute/docs/metadata/overview
"""

from __future__ import annotations

from aiohttp import web

FLAVOR = {"Metadata-Flavor": "Google"}
_ACCOUNT = "/computeMetadata/v1/instance/service-accounts/{account}"


def routes(project: str) -> list[web.RouteDef]:
    email = f"{project}@appspot.gserviceaccount.com"
    account = {
        "aliases": ["default"],
        "email": email,
        "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
    }

    async def alive(request: web.Request) -> web.Response:
        return web.Response(text="computeMetadata/\n", headers=FLAVOR)

    async def project_id(request: web.Request) -> web.Response:
        return _guarded(request, web.Response(text=project, headers=FLAVOR))

    async def token(request: web.Request) -> web.Response:
        token = {"access_token": "owner", "expires_in": 3600, "token_type": "Bearer"}
        return _guarded(request, web.json_response(token, headers=FLAVOR))

    async def account_details(request: web.Request) -> web.Response:
        return _guarded(request, web.json_response(account, headers=FLAVOR))

    async def account_email(request: web.Request) -> web.Response:
        return _guarded(request, web.Response(text=email, headers=FLAVOR))

    return [
        web.get("/", alive),
        web.get("/computeMetadata/v1/project/project-id", project_id),
        web.get(f"{_ACCOUNT}/token", token),
        web.get(f"{_ACCOUNT}/email", account_email),
        web.get(f"{_ACCOUNT}/", account_details),
    ]


def _guarded(request: web.Request, response: web.Response) -> web.Response:
    """A page in a browser can't send this header to us unasked."""
    if request.headers.get("Metadata-Flavor") != "Google":
        return web.Response(status=403, text="Missing Metadata-Flavor:Google header.\n")
    return response
