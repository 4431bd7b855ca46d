"""Rules over HTTP, for the tests and the console of whoever writes them.

`@firebase/rules-unit-testing` puts rules in force by these addresses, as it does with the official emulators.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from emulator import json_text
from emulator.rules.errors import RulesSyntaxError
from emulator.rules.live import LiveRules

FIRESTORE_RULES = "/emulator/v1/projects/{project}:securityRules"
STORAGE_RULES = "/internal/setRules"
DENIALS = "/emulator/v1/rules/denials"


class RulesEndpoints:
    """PUT puts other rules in force, GET gives them; GET of `DENIALS` gives the latest denials."""

    def __init__(self, rules: LiveRules, address: str) -> None:
        self._rules = rules
        self._address = address

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put(self._address, self._replace),
            web.get(self._address, self._give),
            web.get(DENIALS, self._list_denials),
        ]

    async def _replace(self, request: web.Request) -> web.Response:
        try:
            name, text = _rules_in(_json(await request.read()))
            self._rules.replace(text, name)
        except (RulesSyntaxError, ValueError) as error:
            return _refusal(str(error))
        return web.json_response({})

    async def _give(self, request: web.Request) -> web.Response:
        return web.json_response({"rules": {"files": [{"name": "rules", "content": self._rules.text}]}})

    async def _list_denials(self, request: web.Request) -> web.Response:
        denials = [asdict(denial) | {"time": denial.time.isoformat()} for denial in self._rules.denials]
        return web.json_response({"denials": denials[::-1], "problem": self._rules.problem})


def _json(body: bytes) -> Any:
    try:
        return json_text.parse(body)
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error


def _rules_in(body: Any) -> tuple[str, str]:
    """Name and text of the one file. Raises ValueError naming what is wrong with the body."""
    expected = 'rules.files must be [{"name": …, "content": …}] with one file'
    try:
        (file,) = body["rules"]["files"]
        name, text = file.get("name") or "rules", file["content"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(expected) from error
    if not isinstance(name, str) or not isinstance(text, str):
        raise ValueError(expected)
    return name, text


def _refusal(message: str) -> web.Response:
    error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}
    return web.json_response({"error": error}, status=400)
