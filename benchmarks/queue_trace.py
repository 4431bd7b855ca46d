"""Where a listener's reads and writes come from: counted in the listener itself, by who asked.

The local Firebase's meter knows collection and method; this knows the function. A query counts as what it
returned, at least one; a watch as what changed in its result, at least one when it begins.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from listener import wakeups
from listener.edge import Edge
from listener.reach import Reach

_INNER = {"edge", "holding", Path(__file__).stem}


class Trace:
    """Counts from when it is made. Used by all listeners of a process."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._count_edge()
        self._count_watches()
        self._count_claims()

    def take(self) -> Counter[str]:
        """What was counted since this was last asked."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def _note(self, what: str, number: int) -> None:
        with self._lock:
            self._counts[what] += number

    def _count_edge(self) -> None:
        counted: dict[str, tuple[str, Callable[[Any], int]]] = {
            "query": ("read", lambda found: max(1, len(found))),
            "read": ("read", lambda found: 1),
            "count": ("read", lambda found: 1),
            "_commit": ("write", len),
        }
        for name, (kind, billed) in counted.items():
            self._wrap(name, kind, billed)

    def _wrap(self, name: str, kind: str, billed: Callable[[Any], int]) -> None:
        original = getattr(Edge, name)

        def wrapped(edge: Edge, *arguments: Any) -> Any:
            answer = original(edge, *arguments)
            self._note(f"{kind} {_asker()}", billed(answer))
            return answer

        setattr(Edge, name, wrapped)

    def _count_watches(self) -> None:
        original = wakeups.SupervisedWatch._watch_once

        def wrapped(watch: Any) -> bool:
            self._note(f"watch {watch._name} opened", 1)
            known: set[tuple[str, Any]] = set()
            deliver = watch._deliver

            def delivered(documents: Any) -> None:
                now = {(one.id, one.update_time) for one in documents}
                self._note(f"watch {watch._name} seen", len(now - known))
                self._note(f"watch {watch._name} gone", len({id for id, _ in known} - {id for id, _ in now}))
                known.clear()
                known.update(now)
                deliver(documents)

            watch._deliver = delivered
            try:
                return original(watch)
            finally:
                watch._deliver = deliver

        wakeups.SupervisedWatch._watch_once = wrapped  # type: ignore[method-assign,assignment]

    def _count_claims(self) -> None:
        original = Reach.learn

        def wrapped(reach: Reach, won: bool, rank: object) -> None:
            where = "at the head" if reach.place() is None else "on a path"
            self._note(f"claim {'won' if won else 'lost'} {where}", 1)
            original(reach, won, rank)

        Reach.learn = wrapped  # type: ignore[method-assign,assignment]


def _asker() -> str:
    """The first function outside the edge that led here, and who called it."""
    frame: Any = sys._getframe(2)
    names: list[str] = []
    while frame is not None and len(names) < 2:
        module = Path(frame.f_code.co_filename).stem
        if module not in _INNER:
            names.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(names)
