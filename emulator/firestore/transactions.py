"""Transactions with pessimistic locks, as the server libraries use them; read-only ones need none.

Whatever a transaction reads it locks, together with others that read it; a commit waits until nobody else
holds a lock on what it writes. Wound-wait keeps that free of deadlocks: the older transaction takes the lock
from the younger, which fails with ABORTED when it commits (not earlier: clients retry a commit only), and
the younger waits for the older. A retry keeps the age of its first attempt, so that everyone wins in the end.

A read-only transaction sees everything as it was when it began, and neither waits nor makes anybody wait.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from emulator.firestore.clock import Clock
from emulator.firestore.errors import Aborted, InvalidArgument
from emulator.firestore.messages import TransactionOptions
from emulator.firestore.query import Query

IDLE_LIMIT = 60.0  # seconds
TOTAL_LIMIT = 270.0
LOCK_DEADLINE = 20.0
RETRY_PATIENCE = 0.5  # how long a retry's read waits for older holders before it shares the lock
_REMEMBERED = 10_000
_ENDED = "The referenced transaction has expired or is no longer valid."
Age = tuple[int, int]
Version = tuple[str, int]  # a document's name and update time in microseconds


@dataclass(eq=False)
class Transaction:
    """A transaction under way. `queries` keeps what each query found, to be found again at the commit.

    age: when its first attempt began, then when it began itself: no two are equal, the lesser is older.
    snapshot: for a read-only one, the time (microseconds) at which it sees everything.
    """

    id: bytes
    age: Age
    snapshot: int | None = None
    retry: bool = False
    locks: set[str] = field(default_factory=set)
    queries: list[tuple[Query, tuple[Version, ...]]] = field(default_factory=list)
    wounded: bool = False
    started: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)

    def expires(self) -> float:
        """When it ends by itself, on the monotonic clock."""
        return min(self.touched + IDLE_LIMIT, self.started + TOTAL_LIMIT)


class Transactions:
    """Every transaction and lock of the server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active: dict[bytes, Transaction] = {}
        self._holders: dict[str, set[Transaction]] = {}
        self._snapshots: dict[bytes, Transaction] = {}
        self._ages: dict[bytes, int] = {}
        self._sequence = itertools.count(1)
        self._released = asyncio.Event()

    def begin(self, options: TransactionOptions) -> Transaction:
        """Starts a transaction; one that retries another inherits its age."""
        self._expire()
        if options.read_only.HasField("read_time"):
            raise InvalidArgument("read_only.read_time is not supported: no past versions are kept.")
        retried = self._ages.get(options.read_write.retry_transaction)
        own = next(self._sequence)
        first = own if retried is None else retried
        transaction = Transaction(os.urandom(16), (first, own), retry=retried is not None)
        self._active[transaction.id] = transaction
        if options.HasField("read_only"):
            transaction.snapshot = self._clock.now()
            self._snapshots[transaction.id] = transaction
        self._ages[transaction.id] = first
        if len(self._ages) > _REMEMBERED:
            del self._ages[next(iter(self._ages))]
        return transaction

    def find(self, identity: bytes) -> Transaction:
        """The transaction of that id. Raises InvalidArgument when it has ended or expired."""
        transaction = self._active.get(identity)
        if transaction is None or transaction.expires() < time.monotonic():
            if transaction is not None:
                self.end(transaction)
            raise InvalidArgument(_ENDED)
        transaction.touched = time.monotonic()
        return transaction

    def end(self, transaction: Transaction) -> None:
        """Forgets a transaction and releases its locks."""
        self._active.pop(transaction.id, None)
        self._snapshots.pop(transaction.id, None)
        for name in transaction.locks:
            holders = self._holders[name]
            holders.discard(transaction)
            if not holders:
                del self._holders[name]
        transaction.locks.clear()
        self._wake()

    def discard(self, identity: bytes) -> None:
        """Ends the transaction of that id, if there is one."""
        if transaction := self._active.get(identity):
            self.end(transaction)

    def oldest_snapshot(self) -> int | None:
        """The earliest time that a transaction under way may still ask about."""
        now = time.monotonic()
        for transaction in [one for one in self._snapshots.values() if one.expires() < now]:
            self.end(transaction)
        return next((one.snapshot for one in self._snapshots.values()), None)  # they are in their order

    def end_all(self) -> None:
        for transaction in list(self._active.values()):
            self.end(transaction)

    async def lock_for_reading(self, transaction: Transaction, names: Iterable[str]) -> None:
        """Shares a lock on each name. A retry first gives older holders a moment to finish: clients retry
        at once, and would otherwise use up their attempts while the older one is still at work."""
        wanted = list(names)
        if transaction.retry:
            deadline = time.monotonic() + RETRY_PATIENCE
            while any(holder.age < transaction.age for holder in self._others(wanted, transaction)):
                if not await self._wait(deadline):
                    break
        if transaction.id in self._active and not transaction.wounded:
            for name in wanted:
                transaction.locks.add(name)
                self._holders.setdefault(name, set()).add(transaction)

    async def lock_for_writing(self, transaction: Transaction | None, names: Iterable[str]) -> None:
        """Returns when nobody else holds a lock on the names. What follows without waiting is then alone.

        A commit outside any transaction is as old as this call.

        Raises Aborted when the transaction was wounded, or the locks weren't released in time, and
        InvalidArgument when it was ended meanwhile.
        """
        if not self._holders and transaction is None:
            return
        wanted = list(names)
        age = transaction.age if transaction else (next(self._sequence), 0)
        deadline = time.monotonic() + LOCK_DEADLINE
        while True:
            if transaction and transaction.wounded:
                self.end(transaction)
                raise Aborted("Too much contention on these documents. Please try again.")
            if transaction and transaction.id not in self._active:  # ended while this waited: no lock is left
                raise InvalidArgument(_ENDED)
            blockers = self._others(wanted, transaction)
            for holder in list(blockers):
                if holder.expires() < time.monotonic():
                    self.end(holder)
                    blockers.discard(holder)
                elif age < holder.age:
                    self._wound(holder)
                    blockers.discard(holder)
            if not blockers:
                return
            expiry = min(holder.expires() for holder in blockers)
            if not await self._wait(min(deadline, expiry)) and time.monotonic() >= deadline:
                if transaction:
                    self.end(transaction)
                raise Aborted("Transaction lock timeout.")

    def _others(self, names: Iterable[str], transaction: Transaction | None) -> set[Transaction]:
        if not self._holders:
            return set()
        return {
            holder for name in names for holder in self._holders.get(name, ()) if holder is not transaction
        }

    def _wound(self, transaction: Transaction) -> None:
        """Takes every lock away. It may go on reading; its commit fails."""
        transaction.wounded = True
        identity = transaction.id
        self.end(transaction)
        self._active[identity] = transaction

    def _expire(self) -> None:
        now = time.monotonic()
        for transaction in [t for t in self._active.values() if t.expires() < now]:
            self.end(transaction)

    async def _wait(self, deadline: float) -> bool:
        """Waits until some lock is released; False when the deadline (monotonic) has come first."""
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await self._released.wait()
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        self._released.set()
        self._released = asyncio.Event()
