"""A project's documents as the rules see them, and users who try to read and write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from emulator.rules import Auth, CommitBudget, Decision, Method, Request, RuleSet
from emulator.rules.lists import All, Filter, Operator, Query
from emulator.rules.values import Duration, Path, Timestamp

ROOT = FilePath(__file__).parents[2]
NOW = Timestamp(1_760_000_000_000_000_000)
_DATABASE = ("databases", "(default)", "documents")

Data = dict[str, Any]


def seconds(count: float) -> Duration:
    return Duration(int(count * 1_000_000_000))


def at(offset: float) -> Timestamp:
    """Seconds after the request."""
    return Timestamp(NOW.nanos + seconds(offset).nanos)


@cache
def rules_of(file: str) -> RuleSet:
    return RuleSet.parse((ROOT / file).read_text(encoding="utf-8"), file)


class World:
    """`documents` is what is stored, by name such as `queue/t1`. Nothing that is tried changes it."""

    def __init__(self, documents: Mapping[str, Data], operators: Collection[str] = ()) -> None:
        """`operators` are users whose token says that they are."""
        self.documents = dict(documents)
        self._operators = operators
        self._rules = rules_of("firestore.rules")

    def get(self, uid: str | None, name: str) -> Decision:
        request = Request(
            Method.GET, _path(name), self._auth(uid), NOW, _seen(name, self.documents.get(name))
        )
        return self._rules.decide(request, _Lookups(self.documents, self.documents))

    def query(
        self, uid: str | None, collection: str, *filters: tuple[str, str, Any], everywhere: bool = False
    ) -> Decision:
        """`everywhere`: in all collections of that name."""
        parent, _, collection_id = collection.rpartition("/")
        where = All(tuple(Filter((field,), Operator(sign), value) for field, sign, value in filters))
        below = (*_DATABASE, *filter(None, parent.split("/")))
        query = Query(below, collection_id, all_descendants=everywhere, where=where)
        return self._rules.decide_list(query, self._auth(uid), NOW, _Lookups(self.documents, self.documents))

    def commit(self, uid: str | None, writes: Mapping[str, Data | None]) -> Decision:
        """The first write that is denied, or the last that is allowed; None deletes."""
        after = {**self.documents, **writes}
        budget = CommitBudget()
        for name, data in writes.items():
            before = self.documents.get(name)
            method = Method.DELETE if data is None else Method.UPDATE if before is not None else Method.CREATE
            request = Request(
                method, _path(name), self._auth(uid), NOW, _seen(name, before), _seen(name, data)
            )
            decision = self._rules.decide(request, _Lookups(self.documents, after), commit=budget)
            if not decision.allowed:
                break
        return decision

    def change(self, uid: str | None, name: str, /, **fields: Any) -> Decision:
        """An update of some fields."""
        return self.commit(uid, {name: {**self.documents[name], **fields}})

    def _auth(self, uid: str | None) -> Auth | None:
        return Auth(uid, {"operator": True} if uid in self._operators else {}) if uid else None


class _Lookups:
    def __init__(self, before: Mapping[str, Data | None], after: Mapping[str, Data | None]) -> None:
        self._before, self._after = before, after

    def before(self, path: Path) -> Data | None:
        name = "/".join(path.segments[3:])
        return _seen(name, self._before.get(name))

    def after(self, path: Path) -> Data | None:
        name = "/".join(path.segments[3:])
        return _seen(name, self._after.get(name))


def _path(name: str) -> Path:
    return Path((*_DATABASE, *name.split("/")))


def _seen(name: str, data: Data | None) -> Data | None:
    return None if data is None else {"data": data, "id": name.rpartition("/")[2], "__name__": _path(name)}
