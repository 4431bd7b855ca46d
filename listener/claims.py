"""Claiming: tasks, each taken by exactly one worker, in one commit that reads nothing.

The commit's writes carry the update times at which the tasks were seen. It takes all of them or none, so
after losing, each is tried by itself: one that was lost doesn't cost the others.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import Aborted, InvalidArgument
from google.cloud.firestore import FieldFilter

from contract.errors import InvalidTask
from contract.events import Cancelled, Claimed, Event
from contract.task import Claim, Status
from listener import order, transitions
from listener.edge import Edge, Seen, Stale, certain
from listener.holding import HeldTask
from listener.order import Ask
from listener.reach import Reach
from listener.refusal import TOO_LARGE, refuse
from listener.speeds import Speeds

# How far to look past tasks that name models which this machine lacks.
MOST_CANDIDATES = 64
# After a claim was lost to another worker: a rest of up to twice the time it took, twice that after the next;
# in seconds, at most.
LONGEST_REST = 5.0
# Characters of a document, roughly; far more than a task needs, far less than where Firestore would refuse
# what a listener has to add to it.
MOST_CHARACTERS = 64 * 1024


@dataclass(frozen=True)
class Bid:
    """A claim to be made: what is written to a task that was seen."""

    seen: Seen
    claim: Claim
    changes: transitions.Changes

    @property
    def write(self) -> tuple[Seen, transitions.Changes]:
        """As `Edge.update_all` takes it."""
        return self.seen, self.changes


class Claims:
    """Takes tasks for one worker."""

    def __init__(
        self, edge: Edge, worker: str, lease: timedelta, speeds: Speeds, tell: Callable[[Event], None]
    ) -> None:
        self._edge = edge
        self._worker = worker
        self._lease = lease
        self._speeds = speeds
        self._tell = tell
        # Whether nothing waited when it was last asked.
        self.empty = False
        self.reach = Reach()
        # The place in line of what was claimed last.
        self.last_rank: object = None

    def head(self, renderers: Sequence[str] = ()) -> Any:
        """The query for the line, first come first; only tasks of `renderers` if any are named."""
        query = self._edge.db.collection("queue").where(
            filter=FieldFilter("status", "==", Status.QUEUED.value)
        )
        if renderers:
            query = query.where(filter=FieldFilter("renderer", "in", list(renderers)))
        return query.order_by("rank")

    def take(self, ask: Ask, tries: int = 0) -> list[HeldTask]:
        """The first tasks in line that this worker gets, having lost `tries` in a row; none if none wait."""
        while True:
            began = time.monotonic()
            if (bids := self.look(ask)) is None:
                return []
            if bids:
                if held := self.win(bids):
                    return held
                tries += 1
                rest = (time.monotonic() - began) * 2 ** min(tries, 8)
                time.sleep(random.uniform(0.0, min(rest, LONGEST_REST)))

    def look(self, ask: Ask) -> list[Bid] | None:
        """What to bid for next, None if nothing waits. What can't be claimed is ended on the way.

        It asks for one task, which is a read.
        """
        found = self._find(ask)
        self.empty = not found
        if self.empty:
            return None
        first = found[0]
        if ask.loaded is not None and first.fields is not None and not ask.loaded(first.fields):
            nearby = self._in_line(ask, order.LOADED_CANDIDATES)
            first = order.preferred(nearby, ask.loaded) if nearby else first
        bids = [self.bid(seen) for seen in [first, *self._companions(first, ask)]]
        return [bid for bid in bids if bid is not None]

    def bid(self, seen: Seen, worker: str = "", more: bool = False) -> Bid | None:
        """A claim for this worker, or an offer: one in another's name.

        None for what can't be claimed, which is ended.
        """
        try:
            if seen.fields is None:
                error = InvalidTask("task", "undecodable", "made of readable values")
                self._tell(refuse(self._edge, seen, error))
            elif seen.fields.get("cancel_requested") is True:
                self._edge.update(seen, transitions.cancelled(self._edge.clock.now()))
                self._tell(Cancelled.build(seen.id, None))
            elif len(repr(seen.fields)) > MOST_CHARACTERS:
                self._tell(refuse(self._edge, seen, TOO_LARGE))
            else:
                # Whether it is taken isn't known of an offer: who takes it for longer renews it.
                lease = self._lease if worker else self._speeds.lease(seen.fields, self._lease)
                now, name = self._edge.clock.now(), worker or self._worker
                marks = {"offered": bool(worker), "more": more}
                claim = transitions.new_claim(seen.fields, name, now, lease, **marks)
                return Bid(seen, claim, transitions.claimed(seen.fields, claim))
        except (*Stale, Aborted):
            pass  # another worker was first
        return None

    def win(self, bids: Sequence[Bid]) -> list[HeldTask]:
        """Claim them all in one commit, or those that are to be had one by one."""
        try:
            times = self._edge.update_all([bid.write for bid in bids])
        except (*Stale, Aborted, InvalidArgument) as error:
            if len(bids) > 1:
                # The answer may have been lost; then all of them are won, else none is.
                known = [] if certain(error) else [self.won_after_all(bid) for bid in bids]
                return [held for held in known if held] or [held for bid in bids for held in self.win([bid])]
            # Another was first; or it was us, the answer got lost, and the library asked again.
            held = None if certain(error) else self.won_after_all(bids[0])
            self.reach.learn(held is not None, rank_of(bids[0].seen))
            if held is None and isinstance(error, InvalidArgument):
                self._tell(refuse(self._edge, bids[0].seen, TOO_LARGE))
            return [held] if held else []
        self.reach.learn(True, rank_of(bids[-1].seen))
        return [self.won(bid, at) for bid, at in zip(bids, times, strict=True)]

    def offer(self, bids: Sequence[Bid]) -> list[Bid]:
        """Make claims in others' names, in one commit or one by one; returns those that were made."""
        if not bids:
            return []
        try:
            self._edge.update_all([bid.write for bid in bids])
        except (*Stale, Aborted, InvalidArgument):
            if len(bids) > 1:
                return [made for bid in bids for made in self.offer([bid])]
            self.reach.count(won=False)
            return []
        self.reach.count(won=True)
        return list(bids)

    def won(self, bid: Bid, update_time: Any) -> HeldTask:
        """What a bid that was taken gives."""
        held, self.last_rank = held_by(bid, update_time), rank_of(bid.seen)
        self._tell(Claimed.build(held.id, held.claim, held.attempt))
        return held

    def won_after_all(self, bid: Bid) -> HeldTask | None:
        """Whether a bid was taken though its answer says no: then the document carries its claim."""
        found = self._edge.read(bid.seen.reference)
        if found is None or found.fields is None:
            return None
        theirs = transitions.claim_of(found.fields)
        if theirs is None or theirs.id != bid.claim.id or found.fields.get("status") != Status.RUNNING.value:
            return None
        return self.won(bid, found.update_time)

    def _find(self, ask: Ask) -> list[Seen]:
        """What to claim: the next on this worker's path through the line, or else the first."""
        if place := self.reach.place():
            found = self._edge.query(self.head(ask.renderers).start_at({"rank": place}).limit(1))
            near = self.reach.admits(rank_of(found[0]) if found else None, place)
            if near and not order.names_any(found[0].fields, ask.lacks):
                return found
        found = self._in_line(ask, 1)
        self.reach.saw_head(rank_of(found[0]) if found else None)
        return found

    def _in_line(self, ask: Ask, count: int) -> list[Seen]:
        """The first tasks in line that can be rendered here."""
        found = self._edge.query(self.head(ask.renderers).limit(count))
        able = [seen for seen in found if not order.names_any(seen.fields, ask.lacks)]
        if found and not able and count < MOST_CANDIDATES:
            return self._in_line(ask, min(count * 4, MOST_CANDIDATES)) if len(found) == count else []
        return able

    def _companions(self, first: Seen, ask: Ask) -> list[Seen]:
        if ask.at_most < 2 or first.fields is None or order.batch_key(first) is None:
            return []
        line = self.head([str(first.fields["renderer"])]).start_after({"rank": first.fields["rank"]})
        return order.companions(first, self._edge.query(line.limit(ask.at_most - 1)), ask.at_most - 1)


def rank_of(seen: Seen) -> object:
    """A task's place in line, or whatever stands there."""
    return (seen.fields or {}).get("rank")


def held_by(bid: Bid, update_time: Any) -> HeldTask:
    """The task as it is after its claim, without reading it."""
    kept = {
        name: value for name, value in (bid.seen.fields or {}).items() if name not in ("error", "not_before")
    }
    changed = {name: bid.changes[name] for name in ("status", "attempt", "max_attempts", "claim")}
    return HeldTask(
        seen=Seen(bid.seen.reference, None, update_time),
        fields=kept | changed | {"cancel_requested": False, "started_at": bid.claim.at},
        claim=bid.claim,
        attempt=bid.changes["attempt"],
        max_attempts=bid.changes["max_attempts"],
    )
