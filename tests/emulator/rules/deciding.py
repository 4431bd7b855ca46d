"""Small rules for tests, and requests to put to them."""

from __future__ import annotations

from typing import Any

from emulator.rules.ruleset import NO_DOCUMENTS, Auth, Decision, Request, RuleSet
from emulator.rules.syntax import Method
from emulator.rules.values import Path, Timestamp

NOON = Timestamp(1_760_000_000_123_456_000)  # Thursday, 9 October 2025, 08:53:20.123456 UTC
ALICE = Auth("alice", {"email": "alice@example.org", "level": 3})


def rules(body: str, version: str = "2") -> RuleSet:
    """`body` stands in the block of all documents of a database."""
    return RuleSet.parse(
        f"rules_version = '{version}';\n"
        "service cloud.firestore { match /databases/{database}/documents {\n" + body + "\n} }",
        "test.rules",
    )


def path(text: str) -> Path:
    """`users/alice` in the default database."""
    return Path(("databases", "(default)", "documents", *text.split("/")))


def document(name: str, **data: Any) -> dict[str, Any]:
    """What the rules see of a stored document."""
    return {"data": data, "id": name.rpartition("/")[2], "__name__": path(name)}


class Stored:
    """Documents for lookups, by name; `after` overrides what the commit changes, None for a deletion."""

    def __init__(
        self, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any] | None] | None = None
    ):
        self._before = before
        self._after = {**before, **(after or {})}
        self.reads: list[str] = []

    def before(self, path: Path) -> Any:
        return self._find(self._before, path)

    def after(self, path: Path) -> Any:
        return self._find(self._after, path)

    def _find(self, where: Any, path: Path) -> Any:
        name = "/".join(path.segments[3:])
        self.reads.append(name)
        data = where.get(name)
        return None if data is None else document(name, **data)


def ask(
    ruleset: RuleSet,
    method: str,
    name: str,
    auth: Auth | None = ALICE,
    resource: dict[str, Any] | None = None,
    incoming: dict[str, Any] | None = None,
    documents: Any = NO_DOCUMENTS,
) -> Decision:
    """The decision on one document; `resource` and `incoming` are its data before and after."""
    request = Request(
        Method(method),
        path(name),
        auth,
        NOON,
        None if resource is None else document(name, **resource),
        None if incoming is None else document(name, **incoming),
    )
    return ruleset.decide(request, documents)


def decide(condition: str, documents: Any = NO_DOCUMENTS, auth: Auth | None = ALICE, **data: Any) -> Decision:
    """The decision on reading `items/one`, whose fields are `data`, under `allow get: if condition`."""
    ruleset = rules("match /items/{item} { allow get: if " + condition + "; }")
    return ask(ruleset, "get", "items/one", auth, resource=data, documents=documents)
