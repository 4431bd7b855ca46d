"""Firestore's door, kept by a file of security rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path as FilePath
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web

from emulator.caller import Caller
from emulator.firestore.access import Documents, WriteKind
from emulator.firestore.errors import PermissionDenied
from emulator.firestore.messages import Document, StructuredQuery
from emulator.firestore.rules_values import path_of, rules_document, rules_query
from emulator.rules.endpoints import FIRESTORE_RULES, RulesEndpoints
from emulator.rules.live import LiveRules
from emulator.rules.lookups import CommitBudget
from emulator.rules.ruleset import Auth, Decision, Request
from emulator.rules.syntax import Method
from emulator.rules.values import Path, Timestamp


class RulesAccess:
    """Answers as production does: each write of a commit by itself, a list from its constraints alone."""

    def __init__(self, rules: LiveRules) -> None:
        self.rules = rules
        self._budgets: WeakKeyDictionary[Documents, CommitBudget] = WeakKeyDictionary()

    @classmethod
    def load(cls, file: FilePath) -> RulesAccess:
        """Raises `RulesSyntaxError` if it isn't rules of Firestore, `OSError` if it can't be read."""
        return cls(LiveRules.load("cloud.firestore", file))

    def routes(self) -> Sequence[web.RouteDef]:
        """Addresses at which rules are replaced and denials are read."""
        return RulesEndpoints(self.rules, FIRESTORE_RULES).routes()

    def get(self, caller: Caller, name: str, document: Document | None, documents: Documents) -> None:
        request = _request(Method.GET, caller, name, documents, resource=rules_document(document))
        self._settle(
            self.rules.ruleset.decide(request, _Seen(name, documents)), caller, "get", name, documents
        )

    def list(self, caller: Caller, parent: str, query: StructuredQuery, documents: Documents) -> None:
        question = rules_query(parent, query)
        decision = self.rules.ruleset.decide_list(
            question, _auth(caller), Timestamp.of(documents.time), _Seen(parent, documents)
        )
        where = f"{parent}/{'**/' if question.all_descendants else ''}{question.collection or '*'}"
        self._settle(decision, caller, "list", where, documents)

    def write(
        self,
        caller: Caller,
        name: str,
        kind: WriteKind,
        before: Document | None,
        after: Document | None,
        documents: Documents,
    ) -> None:
        resource, incoming = rules_document(before), rules_document(after)
        request = _request(Method(kind.value), caller, name, documents, resource=resource, incoming=incoming)
        budget = self._budgets.setdefault(documents, CommitBudget())
        decision = self.rules.ruleset.decide(request, _Seen(name, documents), commit=budget)
        self._settle(decision, caller, kind.value, name, documents)

    def _settle(
        self, decision: Decision, caller: Caller, method: str, name: str, documents: Documents
    ) -> None:
        if not decision.allowed:
            path = "/" + name.partition("/documents/")[2]
            message = self.rules.record(
                decision, time=documents.time, uid=caller.uid, method=method, path=path
            )
            raise PermissionDenied(message)


class _Seen:
    """The documents of the request, named as rules name them."""

    def __init__(self, name: str, documents: Documents) -> None:
        self._project = "/".join(name.split("/")[:2])
        self._documents = documents

    def before(self, path: Path) -> dict[str, Any] | None:
        return rules_document(self._documents.before(f"{self._project}{path}"))

    def after(self, path: Path) -> dict[str, Any] | None:
        return rules_document(self._documents.after(f"{self._project}{path}"))


class OtherService:
    """The documents as the rules of another service see them by `firestore.get()`: those of one project."""

    def __init__(self, project: str, look_up: Callable[[str], Document | None]) -> None:
        """`look_up` gives the document of a full name, `projects/{p}/databases/{d}/documents/…`."""
        self._project = project
        self._look_up = look_up

    def before(self, path: Path) -> dict[str, Any] | None:
        return rules_document(self._look_up(f"projects/{self._project}{path}"))

    def after(self, path: Path) -> dict[str, Any] | None:
        return self.before(path)  # a request to another service changes no document


def _auth(caller: Caller) -> Auth | None:
    return Auth(caller.uid, dict(caller.claims)) if caller.uid is not None else None


def _request(
    method: Method,
    caller: Caller,
    name: str,
    documents: Documents,
    *,
    resource: dict[str, Any] | None = None,
    incoming: dict[str, Any] | None = None,
) -> Request:
    time = Timestamp.of(documents.time)
    return Request(method, path_of(name), _auth(caller), time, resource, incoming)
