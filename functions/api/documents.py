"""The OpenAPI document and the page that shows it. Everything is served from here, nothing from elsewhere."""

from pathlib import Path
from typing import Any

import flask_openapi3_swagger  # type: ignore[import-untyped]
from flask import Blueprint, Response, make_response, send_from_directory

from functions.api.problems import KINDS, MEDIA_TYPE, ProblemDetails

ASSETS = {
    "swagger-ui.css": "css",
    "swagger-ui-bundle.js": "js",
}
PAGE = """\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Brushfire's HTTP API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/page.js"></script>
  </body>
</html>
"""
SCRIPT = 'SwaggerUIBundle({ url: "openapi.json", dom_id: "#page", deepLinking: true });\n'
# The page draws its own styles and images, and asks nobody but this site.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def failures(*codes: str) -> Any:
    """The answers of an operation that may fail so: problem details, described by what to do."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        str(status): {
            "description": " / ".join(
                f"{KINDS[code].title} (`{code}`): {KINDS[code].remedy}" for code in there
            ),
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}}},
        }
        for status, there in by_status.items()
    }


def pages() -> Blueprint:
    """`/docs` and what it is made of."""
    blueprint = Blueprint("docs", __name__)
    folder = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"

    @blueprint.get("/docs")
    def page() -> Response:
        return _kept(make_response(PAGE), "text/html")

    @blueprint.get("/docs/page.js")
    def script() -> Response:
        return _kept(make_response(SCRIPT), "text/javascript")

    @blueprint.get("/docs/<name>")
    def asset(name: str) -> Response:
        return _kept(send_from_directory(folder / ASSETS.get(name, "css"), name))

    return blueprint


def _kept(response: Response, mimetype: str | None = None) -> Response:
    if mimetype is not None:
        response.mimetype = mimetype
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Security-Policy"] = POLICY
    return response
