"""Commits: all of the writes or none, under locks, within the rules, on disk before they are acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from emulator.caller import Caller
from emulator.firestore.access import Access, WriteKind
from emulator.firestore.clock import Clock, to_micros, to_timestamp
from emulator.firestore.database import Database
from emulator.firestore.documents import Documents
from emulator.firestore.errors import Aborted, FirestoreError, Internal, InvalidArgument
from emulator.firestore.limits import check_transforms
from emulator.firestore.lookups import Lookups
from emulator.firestore.messages import Document, Write, WriteResult
from emulator.firestore.names import collection_path, pattern
from emulator.firestore.past import Past
from emulator.firestore.query import Query
from emulator.firestore.transactions import Transaction, Transactions, Version
from emulator.firestore.writes import Effect, apply_write, check_precondition, target_of
from emulator.meter import Meter

# Seconds until the listeners hear of a commit: its acknowledgement goes first, however many they are.
PUBLISH_DELAY = 0.000_5


@dataclass(frozen=True)
class Change:
    """What a commit made of one document."""

    name: str
    before: Document | None
    after: Document | None


class ChangeLog(Protocol):
    """Whoever must know of every change that becomes durable, even if the process is killed just then."""

    def open(self, database: Database) -> None:
        """Called once, before anything else."""

    def record(self, changes: Sequence[Change], caller: Caller, micros: int) -> None:
        """Called in the transaction that stores the changes, at the commit's time: what it writes to the
        database becomes durable with them, or not at all."""

    def settled(self) -> None:
        """What was recorded is durable. Must not block."""


class NoChangeLog:
    """Nobody needs to know."""

    def open(self, database: Database) -> None:
        return None

    def record(self, changes: Sequence[Change], caller: Caller, micros: int) -> None:
        return None

    def settled(self) -> None:
        return None


class Commits:
    """Applies commits one after the other. `on_changes` hears of them soon after they are durable."""

    def __init__(
        self,
        database: Database,
        documents: Documents,
        transactions: Transactions,
        clock: Clock,
        access: Access,
        meter: Meter,
        change_log: ChangeLog,
        past: Past,
    ) -> None:
        self._database = database
        self._documents = documents
        self._transactions = transactions
        self._clock = clock
        self._access = access
        self._meter = meter
        self._change_log = change_log
        self._past = past
        self._undurable: list[Change] = []
        self._unpublished: list[Change] = []
        self._publishing: asyncio.TimerHandle | None = None
        self.on_changes: Callable[[list[Change]], None] = lambda changes: None
        self.has_listeners: Callable[[], bool] = lambda: False
        database.on_settled = self._settled

    async def commit(
        self, caller: Caller, writes: Sequence[Write], *, transaction: bytes = b"", method: str = "Commit"
    ) -> tuple[int, list[WriteResult]]:
        """Applies the writes atomically. Returns the commit's time (microseconds) and a result for each.

        `method` is the name it is billed under; "" bills nothing and is no event for functions.
        """
        outcome = await self._apply(caller, writes, transaction, method)
        await self._database.durable()
        return outcome

    async def commit_each(
        self, caller: Caller, writes: Sequence[Write]
    ) -> list[WriteResult | FirestoreError]:
        """Applies each write on its own, as BatchWrite does: a result or an error for each."""
        names = [target_of(write) for write in writes]
        if len(set(names)) < len(names):
            raise InvalidArgument("A batch write must not write the same document twice.")
        outcomes: list[WriteResult | FirestoreError] = []
        for write in writes:
            try:
                outcomes.append((await self._apply(caller, [write], b"", "BatchWrite"))[1][0])
            except FirestoreError as error:
                outcomes.append(error)
        await self._database.durable()
        return outcomes

    async def restore(self, documents: Iterable[Document]) -> None:
        """Stores documents; unbilled, and no event for functions.

        They keep the time of their creation, but what changes is updated now: clients take an older state of
        a document, or of one they know to be deleted, for old news.
        """
        lookups = Lookups(self._documents, self._clock.now())
        now = to_timestamp(lookups.now)
        for document in documents:
            if document != lookups.stored(document.name):
                document.update_time.CopyFrom(now)
                if not document.HasField("create_time") or to_micros(document.create_time) > lookups.now:
                    document.create_time.CopyFrom(now)
                lookups.stage(document.name, document)
        self._store(lookups, Caller(owner=True), recorded=False)
        await self._database.durable()

    async def _apply(
        self, caller: Caller, writes: Sequence[Write], identity: bytes, method: str
    ) -> tuple[int, list[WriteResult]]:
        transaction = self._transactions.find(identity) if identity else None
        try:
            check_transforms(writes)
            if transaction and transaction.snapshot is not None and writes:
                raise InvalidArgument("Cannot modify entities in a read-only transaction.")
            await self._transactions.lock_for_writing(transaction, map(target_of, writes))
            return self._apply_alone(caller, writes, transaction, method)
        finally:
            if transaction:
                self._transactions.end(transaction)

    def _apply_alone(
        self, caller: Caller, writes: Sequence[Write], transaction: Transaction | None, method: str
    ) -> tuple[int, list[WriteResult]]:
        lookups = Lookups(self._documents, self._clock.now())
        effects, failure = _stage(writes, lookups)
        if not caller.owner:
            self._ask(caller, writes, effects, lookups)
        if failure:
            raise failure
        if transaction:
            self._check_phantoms(transaction)
        self._store(lookups, caller, recorded=bool(method))
        if method:
            self._bill(caller, writes, effects, method)
        return lookups.now, [effect.result for effect in effects]

    def _ask(
        self, caller: Caller, writes: Sequence[Write], effects: Sequence[Effect], lookups: Lookups
    ) -> None:
        for write, effect in zip(writes, effects, strict=True):
            if write.WhichOneof("operation") == "verify":
                self._access.get(caller, effect.name, effect.before, lookups)
            else:
                kind = _kind(effect)
                self._access.write(caller, effect.name, kind, effect.before, effect.after, lookups)
        for name in lookups.looked_up:
            self._meter.count(caller.client, pattern(collection_path(name)), "Rules", reads=1)

    def _check_phantoms(self, transaction: Transaction) -> None:
        for query, found in transaction.queries:
            if versions(self._documents, query) != found:
                raise Aborted(
                    "Documents that match a query of the transaction have changed. Please try again."
                )

    def _store(self, lookups: Lookups, caller: Caller, *, recorded: bool) -> None:
        changes = [Change(*change) for change in lookups.changes()]
        try:
            for change in changes:
                self._documents.replace(change.name, change.before, change.after)
            if recorded:
                self._change_log.record(changes, caller, lookups.now)
        except Exception as error:  # whatever it was, half of a commit must never become durable
            self._database.abandon(error)
            raise Internal(f"{self._database.file} could not be written: {error}") from error
        self._past.record(((change.name, change.before) for change in changes), lookups.now)
        self._undurable += changes

    def _bill(self, caller: Caller, writes: Sequence[Write], effects: Iterable[Effect], method: str) -> None:
        for write, effect in zip(writes, effects, strict=True):
            operation = write.WhichOneof("operation")
            collection = pattern(collection_path(effect.name))
            deletes = operation == "delete"
            writes_ = operation in ("update", "transform")
            self._meter.count(caller.client, collection, method, writes=writes_, deletes=deletes)

    def _settled(self, durable: bool) -> None:
        changes, self._undurable = self._undurable, []
        if durable and changes:
            self._change_log.settled()
            self._unpublished += changes
            if not self.has_listeners():
                self.publish()
            elif self._publishing is None:
                self._publishing = asyncio.get_running_loop().call_later(PUBLISH_DELAY, self.publish)

    def publish(self) -> None:
        """Makes durable and tells `on_changes` at once of everything not yet published.

        What the documents are then is what has been told: whoever looks at them meanwhile sees no more.
        """
        self._database.flush()
        if self._publishing:
            self._publishing.cancel()
            self._publishing = None
        changes, self._unpublished = self._unpublished, []
        if changes:
            self.on_changes(changes)


def _stage(writes: Sequence[Write], lookups: Lookups) -> tuple[list[Effect], FirestoreError | None]:
    """The effects in order, each write seeing those before it, and the first precondition that fails.

    A failed precondition is told only after the rules have allowed the write: it would tell what is stored.
    """
    effects: list[Effect] = []
    failure: FirestoreError | None = None
    for write in writes:
        before = lookups.staged(target_of(write))
        failure = failure or check_precondition(write, before, lookups.now)
        effect = apply_write(write, before, lookups.now)
        lookups.stage(effect.name, effect.after)
        effects.append(effect)
    return effects, failure


def _kind(effect: Effect) -> WriteKind:
    if effect.after is None:
        return WriteKind.DELETE
    return WriteKind.CREATE if effect.before is None else WriteKind.UPDATE


def versions(documents: Documents, query: Query) -> tuple[Version, ...]:
    """What a query finds now: names and update times, in order."""
    return tuple((found.name, to_micros(found.update_time)) for _, found in documents.run(query))
