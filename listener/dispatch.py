"""The work at the desk: watch the head of the line, and give each task to a worker that is free.

A task that is seen is claimed at once in the name of whoever shall render it, this worker first: the claim
would have to be written anyway, and whoever it names watches for that. So a task costs no more writes than
its claim, and it costs reads of two listeners, however many there are. In a long line nobody watches
(`long_line.py`).
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from contract.errors import BrushfireError
from contract.params import PARAMS
from listener.claims import Bid, Claims
from listener.edge import Edge, Seen, server_errors
from listener.holding import HeldTask
from listener.logs import log
from listener.long_line import LongLine
from listener.order import Ask, companions, names_any
from listener.roster import Known, Roster
from listener.standing import Standing
from listener.wakeups import Documents, SupervisedWatch

# Seconds for which a snapshot may show what is claimed already.
LATE_SNAPSHOT = 10.0
# How many waiting tasks are seen at once. As many that nobody is free for are a long line.
WINDOW = 8
# Seconds before looking again after tasks were given away: those that come together cost less.
TOGETHER = 0.15
# Seconds before trying again to place what nobody is free for.
NOT_YET = 0.1


class Dispatcher:
    """Gives out tasks for as long as it is called. One thread calls `work`; others call the rest."""

    def __init__(
        self,
        edge: Edge,
        claims: Claims,
        roster: Roster,
        standing: Standing,
        ask: Callable[[], Ask],
        give: Callable[[list[HeldTask]], None],
        more: Callable[[], None],
    ) -> None:
        """`give` hands this worker a task that was claimed for it; `more` lets it ask for its next."""
        self._claims = claims
        self._edge = edge
        self._roster = roster
        self._standing = standing
        self._ask = ask
        self._give = give
        self._more = more
        self._idle = False
        self._waiting: list[Seen] | None = None
        self._placed: dict[tuple[str, Any], float] = {}
        self._news = threading.Condition()
        self._watch: SupervisedWatch | None = None
        self._long = LongLine(edge, claims, roster, standing, self._served)

    def idle(self, idle: bool) -> None:
        """Whether this worker itself is free."""
        with self._news:
            self._idle = idle
            if idle:
                self._news.notify()

    def wake(self) -> None:
        """Let `work` return soon."""
        with self._news:
            self._news.notify()

    def sleep(self, seconds: float) -> None:
        """Wait for so long, or for `wake`."""
        with self._news:
            self._news.wait(seconds)

    def found_something(self) -> None:
        """This worker asked, and got a task: as long as nobody watches the line, it may be long."""
        if self._watch is None:
            self._long.begin()

    def found_nothing(self) -> None:
        """This worker asked, and the line was empty."""
        self._long.may_be_over()

    def work(self) -> None:
        """Wait for tasks, a while at most, and give them away. Raises `Unreachable`."""
        with server_errors():
            self._roster.refresh()
            if self._long.there():
                if pause := self._long.look():
                    self.sleep(pause)
                return
            if self._watch is None:
                self._open()
            if waiting := self._next():
                self._place(waiting)
            elif self._waiting == []:
                self._standing.short([], len(self._roster) + 1)

    def stop(self, wait: bool = False) -> None:
        """Watch no more."""
        self._close(wait)
        self._roster.stop()

    def _close(self, wait: bool = False) -> None:
        watch, self._watch = self._watch, None
        self._waiting = None
        if watch is not None:
            watch.stop(wait)

    def _open(self) -> None:
        self._waiting = None
        line = self._claims.head(self._served()).limit(WINDOW)
        # What killed a watch may be the very document that should be claimed, or rejected.
        self._watch = SupervisedWatch("head", line, self._saw, self._died, bill=self._edge.bill)
        self._watch.start()

    def _served(self) -> Sequence[str]:
        """The renderers that anybody here serves; none are named if it is all that there are."""
        mine = self._ask().renderers
        if not mine:
            return ()
        served = set(mine).union(*(one.renderers for one in self._roster))
        return () if set(PARAMS) <= served else sorted(served)

    def _saw(self, documents: Documents) -> None:
        waiting = [self._edge.seen(document) for document in documents]
        with self._news:
            self._waiting = waiting
            self._news.notify()

    def _died(self) -> None:
        try:
            with server_errors():
                self._claims.look(self._ask())
        except BrushfireError as error:
            log("look_failed", logging.WARNING, error=str(error))

    def _next(self) -> list[Seen]:
        """What waits, as soon as there is something and somebody who may be free."""
        with self._news:
            if all((one.id, one.update_time) in self._placed for one in self._waiting or ()):
                self._news.wait(1.0)
            elif not self._idle and (pause := self._roster.next_free()) > 0:
                self._news.wait(min(pause, 1.0))
            return [one for one in self._waiting or () if (one.id, one.update_time) not in self._placed]

    def _place(self, waiting: list[Seen]) -> None:
        mine, offers, left = self._plan(waiting)
        if left and len(waiting) < WINDOW:
            self._standing.short(left, len(self._roster) + 1)
        long = len(waiting) >= WINDOW
        if not (mine or offers or long):
            long = len(waiting) > len(self._roster) and all(one.asks for one in self._roster)
            if not long:
                self.sleep(NOT_YET)
                return
        if long or not left:
            # What is claimed then leaves the result of no watch: a read less for each.
            self._close()
        if long:
            # Who finishes a task asks for the next.
            self._more()
            self._long.begin()
        self._roster.offer(self._claims, offers, more=long or bool(left))
        self._claim(mine, left)
        self._forget([*mine, *(seen for _, seen in offers)])
        if self._watch is None:
            time.sleep(TOGETHER)

    def _plan(self, waiting: list[Seen]) -> tuple[list[Seen], list[tuple[Known, Seen]], list[Seen]]:
        """Who gets what: this worker's, the others', and what nobody is free for."""
        mine: list[Seen] = []
        offers: list[tuple[Known, Seen]] = []
        left: list[Seen] = []
        taken: set[str] = set()
        looked = False
        for seen in waiting:
            self._note_declined(seen)
            fields = seen.fields or {}
            if self._idle and not mine and self._serves(fields):
                mine.append(seen)
                continue
            one = self._roster.pick(fields, taken)
            if one is None and not looked and not left:
                one, looked = self._roster.look(fields), True
            if one is None or seen.fields is None:
                left.append(seen)
            else:
                taken.add(one.name)
                offers.append((one, seen))
        return mine, offers, left

    def _claim(self, mine: list[Seen], left: list[Seen]) -> None:
        """Claim this worker's own, and what nobody is free for but may be rendered with it."""
        if not mine:
            return
        ask = self._ask()
        batch = mine + companions(mine[0], left, ask.at_most - 1)
        bids: list[Bid] = [bid for seen in batch if (bid := self._claims.bid(seen))]
        held = self._claims.win(bids) if bids else []
        if held:
            self._idle = False
            self._give(held)

    def _serves(self, fields: Any) -> bool:
        ask = self._ask()
        able = not ask.renderers or fields.get("renderer") in ask.renderers
        return able and not names_any(fields, ask.lacks)

    def _note_declined(self, seen: Seen) -> None:
        claim = (seen.fields or {}).get("claim")
        if isinstance(claim, dict) and claim.get("offered"):
            self._roster.declined(str(claim.get("worker")))

    def _forget(self, placed: list[Seen]) -> None:
        """Don't place them again: a snapshot that is late may still show them waiting."""
        now = time.monotonic()
        self._placed = {known: at for known, at in self._placed.items() if now - at < LATE_SNAPSHOT}
        self._placed |= {(seen.id, seen.update_time): now for seen in placed}
