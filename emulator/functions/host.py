"""Runs in the functions' own interpreter: tells which functions there are, or serves one of them.

    python host.py discover                              the manifest, as one line of JSON
    python host.py serve NAME http|cloudevent SOCKET     {"ready": true} once it listens on the Unix socket

It stands alone: that interpreter has firebase-functions and what the functions need, but nothing of ours.
The working directory is the functions' folder. Answers go to stdout; what functions print goes to stderr.
When stdin closes the emulator is gone, and so is this process.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def main(arguments: list[str]) -> None:
    sys.path[0] = os.getcwd()  # not our own folder: its modules aren't the functions' business
    answer = _take_stdout()
    _exit_with_stdin()
    if arguments[0] == "discover":
        answer(_discover())
    else:
        name, signature, socket = arguments[1:]
        _serve(name, signature, socket, answer)


def _take_stdout() -> Callable[[object], None]:
    """Keeps stdout for our answers; from now on whatever is printed goes to stderr."""
    ours = os.dup(1)
    os.dup2(2, 1)

    def answer(message: object) -> None:
        os.write(ours, json.dumps(message).encode() + b"\n")

    return answer


def _exit_with_stdin() -> None:
    ours = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)

    def wait() -> None:
        while os.read(ours, 1024):
            pass
        os._exit(0)

    threading.Thread(target=wait, name="emulator", daemon=True).start()


def _discover() -> Any:
    import yaml
    from firebase_functions.private import serving

    return yaml.safe_load(serving.functions_as_yaml(serving.get_functions()))


def _serve(name: str, signature: str, socket: str, answer: Callable[[object], None]) -> None:
    from functions_framework import create_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """The emulator says what matters of a request."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            return None

    app = create_app(target=name, source="main.py", signature_type=signature)
    app.wsgi_app = _decode_event_headers(app.wsgi_app)
    server = make_server(f"unix://{socket}", 0, app, threaded=True, request_handler=Quiet)
    answer({"ready": True})
    server.serve_forever()


def _decode_event_headers(app: Wsgi) -> Wsgi:
    """Event attributes are percent-encoded in headers; the CloudEvents library takes them as they stand.

    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
    """

    def decoded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        for key, value in environ.items():
            if key.startswith("HTTP_CE_"):
                environ[key] = unquote(value)
        return app(environ, start_response)

    return decoded


if __name__ == "__main__":
    main(sys.argv[1:])
