"""The operations of the API: what each takes and answers, and who does it."""

from dataclasses import dataclass
from typing import Any

from firebase_admin import storage
from flask import Response, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.task import CatalogEntry, Status
from functions.api import models
from functions.api.answers import answer
from functions.api.buckets import Requests
from functions.api.catalog import Catalog
from functions.api.choosing import wanted, wanted_all
from functions.api.contacts import webhook_key
from functions.api.documents import failures
from functions.api.identity import Identity
from functions.api.problems import KINDS, Problem
from functions.api.reading import Reader, view
from functions.api.submitting import submit
from functions.api.uploads import open_upload
from functions.connection import connection
from listener import submission
from listener.edge import Edge, server_errors
from listener.logs import log_event

BEARER: list[dict[str, list[Any]]] = [{"bearer": []}]
TASKS = Tag(name="tasks", description="Pictures that are asked for")
SITE = Tag(name="site", description="What can be asked for, and what errors mean")
FIREBASE = ("broken", "unavailable")
ASKING = ("unauthenticated", "too-fast", *FIREBASE)
BODY = ("malformed", "not-json", "too-large", "invalid")


@dataclass(frozen=True)
class Services:
    """What the operations work with."""

    edge: Edge
    bucket: Any
    identity: Identity
    requests: Requests
    catalog: Catalog
    reader: Reader

    @classmethod
    def on(cls, edge: Edge, bucket: Any) -> "Services":
        """On this database and bucket."""
        return cls(edge, bucket, Identity(edge.db), Requests(), Catalog(edge.db), Reader(edge))

    @classmethod
    def deployed(cls) -> "Services":
        """On the project's own, by the function's credentials."""
        return cls.on(connection().edge, storage.bucket())


def tasks(services: Services) -> APIBlueprint:
    """What callers do with their own tasks."""
    api = APIBlueprint("tasks", __name__, abp_tags=[TASKS], abp_security=BEARER)
    submitting = failures(*ASKING, *BODY, "conflict", "too-many")

    @api.post(
        "/tasks",
        operation_id="submit",
        summary="Ask for a picture",
        responses={200: models.TaskView, 201: models.TaskView, **submitting},
    )
    def ask(header: models.SubmitHeaders, body: models.NewTask) -> Response:
        """201 for a new task; 200 if the same request made it before."""
        one = wanted(g.caller.uid, body, services.catalog, header.idempotency_key)
        made = submit(services.edge, g.caller.uid, [one])
        location = {"Location": f"/api/tasks/{one.id}"}
        return answer(view(one.id, made.tasks[one.id]), 201 if made.written else 200, **location)

    @api.post(
        "/batch",
        operation_id="submitBatch",
        summary="Ask for several pictures at once",
        responses={200: models.TaskViews, 201: models.TaskViews, **submitting},
    )
    def ask_all(header: models.SubmitHeaders, body: models.NewTasks) -> Response:
        """All of them or none; 201 if any is new. Much faster than a request for each."""
        all = wanted_all(g.caller.uid, body, services.catalog, header.idempotency_key)
        made = submit(services.edge, g.caller.uid, all)
        told = models.TaskViews(tasks=[view(one.id, made.tasks[one.id]) for one in all])
        return answer(told, 201 if made.written else 200)

    @api.get(
        "/tasks",
        operation_id="listTasks",
        summary="Your tasks, newest first",
        responses={200: models.TaskPage, **failures(*ASKING, "invalid")},
    )
    def mine(query: models.Page) -> Response:
        return answer(services.reader.page(g.caller.uid, query.limit, query.cursor))

    @api.get(
        "/tasks/<id>",
        operation_id="getTask",
        summary="A task: its state, its place in line, its pictures",
        responses={200: models.TaskView, **failures(*ASKING, "not-found", "invalid")},
    )
    def get(path: models.TaskPath) -> Response:
        """Your own, or one that its owner shows in the gallery."""
        return answer(services.reader.get(g.caller.uid, path.id))

    @api.post(
        "/tasks/<id>/cancel",
        operation_id="cancelTask",
        summary="Call a task off",
        responses={200: models.TaskView, **failures(*ASKING, "not-found", "invalid")},
    )
    def cancel(path: models.TaskPath) -> Response:
        """One that waits is cancelled at once, one that runs as soon as it has stopped; no body is needed."""
        fields = services.reader.fields(g.caller.uid, path.id)
        if fields.get("uid") != g.caller.uid:
            raise Problem("not-found", f"you have no task {path.id!r:.150}")
        reference = services.edge.db.collection("queue").document(path.id)
        with server_errors():
            status = submission.cancel(services.edge, reference, log_event)
        if status is None:
            raise Problem("not-found", f"the task {path.id!r:.150} was deleted")
        told = view(path.id, {**fields, "status": status})
        return answer(
            told.model_copy(update={"cancel_requested": status in (Status.CANCELLED, Status.RUNNING)})
        )

    @api.post(
        "/uploads",
        operation_id="openUpload",
        summary="An address to send a picture to",
        responses={201: models.UploadView, **failures(*ASKING, *BODY)},
    )
    def upload(body: models.NewUpload) -> Response:
        """PUT the file there; then name its `path` in `params.init_image` or the like."""
        origin = request.headers.get("Origin")
        return answer(open_upload(services.edge, services.bucket, g.caller.uid, body, origin), 201)

    @api.get(
        "/webhook-key",
        operation_id="getWebhookKey",
        summary="The key of your webhooks' signatures",
        responses={200: models.WebhookKey, **failures(*ASKING, "not-found")},
    )
    def key() -> Response:
        """`Brushfire-Signature` is `v1=` and the HMAC-SHA256 of `{timestamp}.{body}` with it, in hex."""
        return answer(models.WebhookKey(key=webhook_key(g.caller.uid)))

    return api


def site(services: Services) -> APIBlueprint:
    """What everybody may know."""
    api = APIBlueprint("site", __name__, abp_tags=[SITE])

    @api.get(
        "/renderers",
        operation_id="listRenderers",
        summary="The renderers, and the JSON Schemas of their options",
        responses={200: models.RendererViews, **failures(*FIREBASE)},
    )
    def renderers() -> Response:
        entries = services.catalog.entries()
        return answer(models.RendererViews(renderers=[_shown(*entry) for entry in entries.items()]))

    @api.get(
        "/renderers/<name>",
        operation_id="getRenderer",
        summary="One renderer",
        responses={200: models.RendererView, **failures(*FIREBASE, "not-found", "invalid")},
    )
    def renderer(path: models.RendererPath) -> Response:
        entries = services.catalog.entries()
        if path.name not in entries:
            there = ", ".join(entries)
            raise Problem("not-found", f"there is no renderer {path.name!r}, only {there}")
        return answer(_shown(path.name, entries[path.name]))

    @api.get(
        "/problems/<code>",
        operation_id="getProblem",
        summary="What an error means, and what to do",
        responses={200: models.ProblemKind, **failures("not-found", "invalid", "broken")},
    )
    def problem(path: models.ProblemPath) -> Response:
        kind = KINDS.get(path.code)
        if kind is None:
            raise Problem("not-found", f"there is no error {path.code!r}, only {', '.join(KINDS)}")
        return answer(
            models.ProblemKind(code=path.code, status=kind.status, title=kind.title, remedy=kind.remedy)
        )

    return api


def _shown(name: str, entry: CatalogEntry) -> models.RendererView:
    return models.RendererView(name=name, summary=entry.summary, options=entry.options)
