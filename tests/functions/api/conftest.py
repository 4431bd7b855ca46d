"""The API as it is deployed, on a running local Firebase, reached through Hosting."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from google.cloud.firestore import SERVER_TIMESTAMP

from contract.api_key import SHOWN, ApiKey, hash_of, new_key
from tests.functions.running import Project, running_project

PATIENCE_SECONDS = 100.0


class Client:
    """A program with a key, or a user with a token, or nobody."""

    def __init__(self, site: "Site", token: str | None, uid: str) -> None:
        self.uid = uid
        self.token = token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=site.url, headers=headers, timeout=PATIENCE_SECONDS)
        site.clients.append(self._http)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._http.get(path, params=query or None)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.post(path, json=body, headers=names)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options)

    def ask(self, **fields: Any) -> dict[str, Any]:
        """Ask for a picture; what was answered."""
        answer = self.post("/tasks", {"prompt": "a red fox", **fields})
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())


class Site:
    """The running system: its API, and its database as the server sees it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.clients: list[httpx.Client] = []
        self.db: Any = project.db
        self.bucket = project.bucket
        self.addresses = project.emulator.addresses
        self.url = f"http://{self.addresses['hosting']}/api"

    def key(self, uid: str, **fields: Any) -> str:
        """A new key of that user."""
        key = new_key()
        document = ApiKey(uid=uid, name="a test", begins=key[:SHOWN]).fields() | fields
        self.db.document(f"api_keys/{hash_of(key)}").set({**document, "created_at": SERVER_TIMESTAMP})
        return key

    def program(self, uid: str | None = None) -> Client:
        """A program with a key of its own; by default of a new user."""
        uid = uid or f"u{uuid4().hex[:10]}"
        return Client(self, self.key(uid), uid)

    def person(self) -> Client:
        """A visitor who signed in on the page, with an ID token."""
        url = f"http://{self.addresses['auth']}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any"
        made = httpx.post(url, json={"returnSecureToken": True}, timeout=PATIENCE_SECONDS).json()
        return Client(self, made["idToken"], made["localId"])

    def nobody(self) -> Client:
        return Client(self, None, "")

    def task(self, id: str) -> dict[str, Any]:
        return dict(self.db.document(f"queue/{id}").get().to_dict() or {})


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_project(tmp_path_factory.mktemp("api")) as project:
        site = Site(project)
        yield site
        for client in site.clients:
            client.close()


@pytest.fixture
def ann(site: Site) -> Client:
    """A program of a user who has asked for nothing yet."""
    return site.program()
