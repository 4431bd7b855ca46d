"""Histories of transactions, and whether some serial order explains them.

Every value written bears the name of its writer, so that a read tells what it read from. Between the
transactions that were committed there are these dependencies (Adya, Weak Consistency, MIT 1999, chapter 4):

    write-write   a later version of a cell after an earlier one
    write-read    a reader after every writer that changed what it asked for until it asked
    read-write    a reader before every writer that changed what it asked for after that

A query depends on the cells that it doesn't find as much as on those that it finds: a writer changes what was
asked for when the answer before its commit differs from the answer after it. Some serial order explains the
history if and only if the dependencies have no cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter


class Unserialisable(AssertionError):
    """The history can't have come from transactions one after the other; the message says why."""


@dataclass(frozen=True)
class Cell:
    """One document's content."""

    writer: str
    kind: int


State = Mapping[str, Cell]
Found = tuple[tuple[str, str], ...]
"""Names and writers, in order."""


@dataclass(frozen=True)
class Ask:
    """A read: of the cell `key`, or else of every cell of a `kind`, or else of the first `limit` by kind."""

    key: str | None = None
    kind: int | None = None
    limit: int | None = None

    def answer(self, state: State) -> Found:
        """What it finds in a state."""
        names = sorted(state, key=lambda name: (state[name].kind, name) if self.limit else (0, name))
        if self.key is not None:
            names = [name for name in names if name == self.key]
        if self.kind is not None:
            names = [name for name in names if state[name].kind == self.kind]
        return tuple((name, state[name].writer) for name in names[: self.limit])


@dataclass(frozen=True)
class Read:
    """What was asked and found, at the server's read time in microseconds."""

    ask: Ask
    found: Found
    time: int


@dataclass
class Committed:
    """A transaction that was committed: at `time` (microseconds), None for one that wrote nothing."""

    name: str
    reads: list[Read] = field(default_factory=list)
    writes: dict[str, Cell | None] = field(default_factory=dict)
    time: int | None = None


def check(history: Sequence[Committed]) -> dict[str, Cell]:
    """The state that the history leaves. Raises Unserialisable."""
    writers = sorted((one for one in history if one.time is not None), key=lambda one: one.time or 0)
    times = [one.time or 0 for one in writers]
    if len(set(times)) < len(times):
        raise Unserialisable("two commits bear the same time")
    states: list[dict[str, Cell]] = [{}]
    for one in writers:
        changed = states[-1] | one.writes
        states.append({name: cell for name, cell in changed.items() if cell is not None})
    before: dict[str, set[str]] = {one.name: set() for one in history}
    last: dict[str, str] = {}
    for one in writers:
        before[one.name] |= {last[name] for name in one.writes if name in last}
        last |= dict.fromkeys(one.writes, one.name)
    for one in history:
        for read in one.reads:
            _add_dependencies(before, one.name, read, writers, states)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        raise Unserialisable(f"each must come before the next: {' → '.join(error.args[1])}") from None
    return states[-1]


def _add_dependencies(
    before: dict[str, set[str]],
    reader: str,
    read: Read,
    writers: Sequence[Committed],
    states: Sequence[State],
) -> None:
    answers = [read.ask.answer(state) for state in states]
    seen = sum((one.time or 0) <= read.time for one in writers)
    if answers[seen] != read.found:
        raise Unserialisable(
            f"{reader} asked {read.ask} and found {read.found} where what was committed gives {answers[seen]}"
        )
    for place, one in enumerate(writers):
        if one.name != reader and answers[place] != answers[place + 1]:
            first, second = (one.name, reader) if place < seen else (reader, one.name)
            before[second].add(first)
