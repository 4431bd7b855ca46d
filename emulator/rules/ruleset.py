"""A file of security rules, ready to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.rules.errors import EvaluationError, LimitExceeded, unsupported
from emulator.rules.lists import Query, cases
from emulator.rules.lookups import MAX_LOOKUPS, CommitBudget, Documents, Lookups, NoDocuments
from emulator.rules.matching import Block, Condition, compile_source
from emulator.rules.parser import parse
from emulator.rules.scopes import Frame, Program
from emulator.rules.syntax import Method
from emulator.rules.values import Path, Timestamp, Value, type_name

NO_DOCUMENTS: Final = NoDocuments()


@dataclass(frozen=True, slots=True)
class Auth:
    """`request.auth` of a signed-in user: the user's id, and the claims of the token."""

    uid: str
    token: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `path` runs from `databases` (or `b`) on; `incoming` is `request.resource`."""

    method: Method
    path: Path
    auth: Auth | None
    time: Timestamp
    resource: Value | None = None
    incoming: Value | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `line` is that of the `allow` that granted, or of the last that did not; 0 for none."""

    allowed: bool
    line: int
    reason: str
    """Why not, in production's words: one part for each `allow` that was tried."""

    def __bool__(self) -> bool:
        return self.allowed


class RuleSet:
    """One file of rules. Immutable; get it by `RuleSet.parse`."""

    def __init__(self, blocks: tuple[Block, ...], program: Program) -> None:
        self._blocks = blocks
        self._slots = program.slots
        self.service = program.service
        self.filename = program.filename
        self.warnings = tuple(program.warnings)
        """Names that nothing defines, as `file:line:column: …`; an expression that meets one fails."""

    @classmethod
    def parse(cls, text: str, filename: str = "rules") -> RuleSet:
        """Raises `RulesSyntaxError`, which names the line, the column and what was expected there."""
        source = parse(text, filename)
        program = Program(filename, source.service.name)
        return cls(compile_source(source, program), program)

    def decide(
        self,
        request: Request,
        documents: Documents = NO_DOCUMENTS,
        *,
        max_lookups: int = MAX_LOOKUPS,
        commit: CommitBudget | None = None,
    ) -> Decision:
        """For get, create, update and delete, and for list in Storage."""
        value = {
            "auth": _auth(request.auth),
            "method": request.method.value,
            "path": request.path,
            "resource": request.incoming,
            "time": request.time,
        }
        lookups = Lookups(documents, max_lookups, commit)
        frame = Frame(self._slots, value, request.resource, lookups)
        return self._decide(request.path, request.method, frame)

    def decide_list(
        self, query: Query, auth: Auth | None, time: Timestamp, documents: Documents = NO_DOCUMENTS
    ) -> Decision:
        """Whether every document that the query could ever return may be listed; see `lists`."""
        value = {
            "auth": _auth(auth),
            "method": "list",
            "query": query.as_value(),
            "resource": None,
            "time": time,
        }
        lookups = Lookups(documents, MAX_LOOKUPS)
        decision = Decision(True, 0, "")
        try:
            for case in cases(query):
                frame = Frame(self._slots, {**value, "path": case.path}, case.resource, lookups)
                decision = self._decide(case.path, Method.LIST, frame)
                if not decision.allowed:
                    break
        except LimitExceeded as error:
            return Decision(False, 0, str(error))
        return decision

    def _decide(self, path: Path, method: Method, frame: Frame) -> Decision:
        line, reasons = 0, []
        try:
            for block in self._blocks:
                for condition in block.find(path.segments, method, frame):
                    line = condition.line
                    problem = _problem(condition, frame)
                    if problem is None:
                        return Decision(True, line, "")
                    reasons.append(f"{problem} for '{method.value}' @ L{line}")
        except LimitExceeded as error:
            reasons.append(f"{error} for '{method.value}' @ L{line}")
        return Decision(
            False, line, ", ".join(reasons) or f"No matching allow statement for '{method.value}'"
        )


def _auth(auth: Auth | None) -> Value:
    return {"uid": auth.uid, "token": auth.token} if auth else None


def _problem(condition: Condition, frame: Frame) -> str | None:
    """Why the condition doesn't grant; None when it does."""
    frame.false_at = None
    try:
        value = condition.evaluate(frame)
        if value is True:
            return None
        if value is False:
            line, column = frame.false_at or (condition.line, condition.column)
            return "false" if line == condition.line else f"false at L{line}:{column}"
        raise unsupported(type_name(value), "bool")
    except EvaluationError as error:
        where = f" at L{error.line}:{error.column}" if error.line not in (0, condition.line) else ""
        return f"{error.problem}{where}"
    except RecursionError:
        raise LimitExceeded("The rules nest too deeply.") from None
