"""Whose turn it is: by rank, with a small preference for what is cheap to render now.

`rank` is the line: fair between users, older before newer. An operator's task stands further ahead by hours
of rank, so that whoever has waited that long comes first again: nothing starves. Neither a model that is
loaded already nor a batch moves a task by more than the distances below.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contract.errors import InvalidTask
from contract.task import parse_params
from listener.edge import Seen

# Two tasks of one user are as far apart at least; so the preference never puts a user's second task before
# another user's first.
LOADED_DISTANCE = timedelta(seconds=30)
# How many are looked at when the first in line would need another model to be loaded.
LOADED_CANDIDATES = 4
# What is rendered together costs the first in line little; still, none is fetched from far behind.
BATCH_DISTANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Ask:
    """What a worker would take: of these renderers (all if none are named), so many at once.

    `loaded` tells of a task's fields whether its model is in memory already; None while nothing is. Tasks
    that name one of `lacks`, models that aren't here, are left to others.
    """

    renderers: Sequence[str] = ()
    at_most: int = 1
    loaded: Callable[[Mapping[str, Any]], bool] | None = None
    lacks: Collection[str] = ()


def names_any(fields: Mapping[str, Any] | None, models: Collection[str]) -> bool:
    """Whether a task's options name one of these models, alone or among others with commas between."""
    params = (fields or {}).get("params")
    if not models or not isinstance(params, Mapping):
        return False
    values = [value for value in params.values() if isinstance(value, str)]
    values += [
        one for value in params.values() if isinstance(value, list) for one in value if isinstance(one, str)
    ]
    return any(key.strip() in models for value in values for key in value.split(","))


def preferred(found: Sequence[Seen], loaded: Callable[[Mapping[str, Any]], bool]) -> Seen:
    """The first task near the head whose model is loaded, else the head. `found` is in order of rank."""
    head = found[0]
    for seen in found:
        if seen.fields is not None and near(head, seen, LOADED_DISTANCE) and loaded(seen.fields):
            return seen
    return head


def companions(first: Seen, found: Sequence[Seen], at_most: int) -> list[Seen]:
    """Those of `found` that may be rendered together with `first`, in order, at most so many."""
    key = batch_key(first)
    if key is None:
        return []
    return [
        seen
        for seen in found
        if seen.id != first.id and near(first, seen, BATCH_DISTANCE) and batch_key(seen) == key
    ][:at_most]


def batch_key(seen: Seen) -> str | None:
    """What must be equal for tasks to be rendered together; None for a task that is rendered by itself."""
    fields = seen.fields or {}
    params = fields.get("params", {})
    if not isinstance(params, Mapping) or fields.get("cancel_requested") is True:
        return None
    try:
        key = parse_params(fields.get("renderer"), params).batch_key()
    except InvalidTask:
        return None
    # A checkpoint is one task's: it is resumed alone.
    return None if key is None or fields.get("checkpoint") else f"{fields.get('renderer')} {key}"


def near(head: Seen, seen: Seen, distance: timedelta) -> bool:
    """Whether a task stands at most `distance` of rank behind the head."""
    first, rank = (head.fields or {}).get("rank"), (seen.fields or {}).get("rank")
    return isinstance(first, datetime) and isinstance(rank, datetime) and rank - first <= distance
