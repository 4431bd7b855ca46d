"""What can go wrong with security rules.

RulesError
├── RulesSyntaxError     the text isn't rules: names file, line, column and what was expected there
├── LimitExceeded        too many lookups or calls: denies the request, whatever the conditions make of it
└── EvaluationError      an expression has no value for this request: denies the `allow` it stands in
    └── Undetermined     a list query leaves the value open: not an error of the rules, but no proof either
"""

from __future__ import annotations


class RulesError(Exception):
    """The root of everything this package raises."""


class RulesSyntaxError(RulesError):
    """The text can't be read as rules. `line` and `column` count from 1."""

    def __init__(self, problem: str, filename: str, line: int, column: int) -> None:
        super().__init__(f"{filename}:{line}:{column}: {problem}")
        self.problem = problem
        self.filename = filename
        self.line = line
        self.column = column


class LimitExceeded(RulesError):
    """Deciding takes more than production grants one request."""


class EvaluationError(RulesError):
    """An expression has no value. The wording is production's, so that it can be searched for.

    `line` and `column` are those of the innermost failing expression, and 0 until they are known.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = 0
        self.column = 0

    def located(self, line: int, column: int) -> EvaluationError:
        """The same error, bearing this position unless an inner expression has already left its own."""
        if not self.line:
            self.line, self.column = line, column
        return self


class Undetermined(EvaluationError):
    """The constraints of a list query don't decide this value for every document they let through."""


def unknown_property(name: object) -> EvaluationError:
    return EvaluationError(f"Property {name} is undefined on object.")


def unknown_function(name: str) -> EvaluationError:
    return EvaluationError(f"Function not found error: Name: [{name}].")


def unsupported(received: str, expected: str) -> EvaluationError:
    return EvaluationError(f"Unsupported operation error. Received: {received}. Expected: {expected}.")
