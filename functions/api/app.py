"""The application behind `/api`, and the request that comes to the function."""

from functools import cache
from io import BytesIO

from flask import Request, Response, g, request
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from werkzeug.test import run_wsgi_app

from functions.api.answers import install, not_valid
from functions.api.bodies import MOST_BYTES, read_body
from functions.api.documents import pages
from functions.api.operations import Services, site, tasks
from functions.api.problems import ProblemDetails
from listener import VERSION

PREFIX = "/api"
ABOUT = (
    "Asks a Brushfire site for pictures. Errors are problem details (RFC 9457); what each means is at "
    "`/api/problems/{code}`."
)


def application(services: Services) -> OpenAPI:
    """The application on these services."""
    app = OpenAPI(
        "brushfire",
        info=Info(title="Brushfire", version=VERSION, description=ABOUT),
        servers=[Server(url=PREFIX)],
        security_schemes={
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key (`bf_…`, by `brushfire keys create`) or a Firebase ID token",
            }
        },
        validation_error_model=ProblemDetails,
        validation_error_callback=not_valid,
        doc_ui=False,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.url_map.strict_slashes = False
    app.register_api(tasks(services))
    app.register_api(site(services))
    app.register_blueprint(pages())
    app.add_url_rule("/openapi.json", view_func=lambda: app.api_doc)
    install(app)

    @app.before_request
    def admit() -> None:
        """Who asks is known, and the body is read, before anything else is looked at."""
        if request.url_rule is None or request.method == "OPTIONS":
            return
        if request.blueprint == "tasks":
            g.caller = services.identity.of(request.headers.get("Authorization"))
            services.requests.count(g.caller.uid)
        if request.method == "POST" and not request.path.endswith("/cancel"):
            read_body(request)

    return app


@cache
def _deployed() -> OpenAPI:
    return application(Services.deployed())


def respond(outer: Request) -> Response:
    """Answer the request of an HTTP function, which came through Hosting (`/api/…`) or directly (`/…`)."""
    environ = dict(outer.environ)
    path = environ.get("PATH_INFO", "")
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
        environ["PATH_INFO"] = path.removeprefix(PREFIX)
    # functions-framework reads the body once more at the end, which must not be gone then. One that is too
    # large by its own word isn't read here.
    data = b"" if (outer.content_length or 0) > MOST_BYTES else outer.get_data(cache=True)
    environ["wsgi.input"] = BytesIO(data)
    environ["CONTENT_LENGTH"] = str(max(len(data), outer.content_length or 0))
    body, status, headers = run_wsgi_app(_deployed().wsgi_app, environ, buffered=True)
    return Response(body, status, headers)
