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
        answers = [[read.ask.answer(state) for state in states] for read in one.reads]
        places = _places(one, answers, times)
        for changing, place in zip(answers, places, strict=True):
            for number, writer in enumerate(writers):
                if writer.name != one.name and changing[number] != changing[number + 1]:
                    first, second = (writer, one) if number < place else (one, writer)
                    before[second.name].add(first.name)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        raise Unserialisable(f"each must come before the next: {' → '.join(error.args[1])}") from None
    return states[-1]


def _places(one: Committed, answers: Sequence[Sequence[Found]], times: Sequence[int]) -> list[int]:
    """After how many commits each read of the transaction saw what it found.

    What is deleted leaves the state as if it had never been there, so there may be several such places: one
    that explains all reads together is taken for all of them, or else each read's own.
    """
    own = [sum(time <= read.time for time in times) for read in one.reads]
    for read, found, place in zip(one.reads, answers, own, strict=True):
        if found[place] != read.found:
            raise Unserialisable(
                f"{one.name} asked {read.ask} and found {read.found} where {found[place]} was committed"
            )
    end = len(times) if one.time is None else times.index(one.time)
    for place in range(end, -1, -1):
        if all(found[place] == read.found for found, read in zip(answers, one.reads, strict=True)):
            return [place] * len(own)
    return own
