"""Firebase security rules, version 2: parsed, compiled, decided.

    rules = RuleSet.parse(text, "firestore.rules")
    decision = rules.decide(Request(Method.GET, path, auth, time, resource=document), documents)

https://firebase.google.com/docs/rules/rules-language
"""

from emulator.rules.errors import EvaluationError, LimitExceeded, RulesError, RulesSyntaxError, Undetermined
from emulator.rules.lists import Query
from emulator.rules.lookups import CommitBudget, Documents
from emulator.rules.ruleset import Auth, Decision, Request, RuleSet
from emulator.rules.syntax import Method

__all__ = [
    "Auth",
    "CommitBudget",
    "Decision",
    "Documents",
    "EvaluationError",
    "LimitExceeded",
    "Method",
    "Query",
    "Request",
    "RuleSet",
    "RulesError",
    "RulesSyntaxError",
    "Undetermined",
]
