"""The edge to Firestore: commits, reads that survive any document, and the server's errors as our own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.api_core.exceptions import (
    Aborted,
    FailedPrecondition,
    Forbidden,
    GoogleAPICallError,
    InternalServerError,
    NotFound,
    ResourceExhausted,
    RetryError,
    ServiceUnavailable,
    Unauthorized,
)
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore

from contract.errors import SetupError, Unreachable
from listener.bill import Bill
from listener.clock import ServerClock
from listener.transitions import Changes, Fields

# While the server is away the listener waits by itself, between tries that are over soon.
TIMEOUT = 15.0
_PASSING = if_exception_type(ServiceUnavailable, ResourceExhausted, InternalServerError, Aborted)
RETRY = Retry(predicate=_PASSING, initial=0.1, maximum=5.0, timeout=TIMEOUT)
# How a command or a function asks the server, too: an answer, or `Unreachable`, within a while.
PATIENCE: dict[str, Any] = {"retry": RETRY, "timeout": TIMEOUT}

# A write that the server refused because the document is not, or no longer, as it was seen.
Stale = (FailedPrecondition, NotFound)


@dataclass(frozen=True)
class Seen:
    """A document as it was at its `update_time`; `fields` is None if the library can't decode it."""

    reference: Any
    fields: Fields | None
    update_time: Any

    @property
    def id(self) -> str:
        return str(self.reference.id)


class Doubts:
    """Whether a request was sent more than once: then a refusal may be of one that was applied before."""

    def __init__(self) -> None:
        self.any = False

    def retry(self) -> Retry:
        """How to try again, taking note of it."""
        return Retry(
            predicate=_PASSING, initial=0.1, maximum=5.0, timeout=TIMEOUT, on_error=lambda error: self._note()
        )

    def _note(self) -> None:
        self.any = True


def certain(error: Exception) -> bool:
    """Whether a refused write was certainly not applied."""
    return getattr(error, "certain", False) is True


@contextmanager
def server_errors() -> Iterator[None]:
    """Google's errors as `SetupError` (not allowed) or `Unreachable` (anything that may pass)."""
    try:
        yield
    except (Forbidden, Unauthorized, GoogleAuthError) as error:
        raise SetupError(f"Firebase refuses this listener; check its credentials ({error})") from error
    except (GoogleAPICallError, RetryError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


class Edge:
    """Reads and commits, each of which also teaches the server's clock."""

    def __init__(self, db: firestore.Client, clock: ServerClock) -> None:
        self.db = db
        self.clock = clock
        self.bill = Bill()

    def query(self, query: Any) -> list[Seen]:
        """What a query gives. A document that can't be decoded comes alone, with `fields` None.

        The library decodes as it reads, so one reference to another project, which a stranger may write
        anywhere, makes it fail for the whole query.
        """
        try:
            return [self.seen(snapshot) for snapshot in self._timed(lambda: query.get(**PATIENCE))]
        except (GoogleAPICallError, RetryError):
            raise
        except Exception:
            names = self._timed(lambda: query.limit(1).select([]).get(**PATIENCE))
            return [seen for name in names if (seen := self.read(name.reference)) is not None]

    def count(self, query: Any) -> int:
        """How many documents a query finds: one read for a thousand."""
        self.bill.read(1)
        return int(query.count().get(**PATIENCE)[0][0].value)

    def read(self, reference: Any) -> Seen | None:
        """One document, None if it doesn't exist."""
        try:
            [snapshot] = self._timed(lambda: [reference.get(**PATIENCE)])
        except (GoogleAPICallError, RetryError):
            raise
        except Exception:
            [snapshot] = self._timed(lambda: [reference.get(["__name__"], **PATIENCE)])
            return Seen(reference, None, snapshot.update_time) if snapshot.exists else None
        return self.seen(snapshot) if snapshot.exists else None

    def update(self, seen: Seen, changes: Changes) -> Any:
        """Change a document if it is as it was seen; returns its new update time. Raises one of `Stale`."""
        return self.update_all([(seen, changes)])[0]

    def update_all(self, writes: Sequence[tuple[Seen, Changes]]) -> list[Any]:
        """Change all of some documents if each is as it was seen, or none; returns their new update times.

        One request, no read, and as atomic as a transaction. Raises one of `Stale`, but can't say whose.
        """
        batch = self.db.batch()
        for seen, changes in writes:
            batch.update(seen.reference, changes, option=self.unchanged_since(seen.update_time))
        return [result.update_time for result in self._commit(batch)]

    def commit(self, batch: Any) -> Any:
        """Commit a batch; returns the update time of its first document."""
        return self._commit(batch)[0].update_time

    def _commit(self, batch: Any) -> Any:
        sent, doubts = self.clock.sending(), Doubts()
        try:
            results = batch.commit(retry=doubts.retry(), timeout=TIMEOUT)
        except Stale as error:
            error.certain = not doubts.any
            raise
        self.clock.learn(batch.commit_time, sent)
        self.bill.written(len(results))
        return results

    def transact(self, write: Callable[[Any], None]) -> Any:
        """Run `write` in a transaction; returns the update time of the first document written."""
        transaction = self.db.transaction()
        sent = self.clock.sending()
        try:
            firestore.transactional(write)(transaction)
        except ValueError as error:
            # The library hides the server's answer behind a failed roll-back, or a count of attempts.
            answer = error.__cause__ or error.__context__
            if isinstance(answer, GoogleAPICallError | RetryError):
                raise answer from None
            raise
        self.clock.learn(transaction.commit_time, sent)
        self.bill.written(len(transaction.write_results))
        return transaction.write_results[0].update_time

    def unchanged_since(self, update_time: datetime) -> Any:
        """The precondition that a document was not written after `update_time`."""
        return self.db.write_option(last_update_time=update_time)

    def _timed(self, read: Callable[[], Any]) -> list[Any]:
        sent = self.clock.sending()
        snapshots = list(read())
        self.bill.read(len(snapshots))
        if snapshots and snapshots[0].read_time is not None:
            self.clock.learn(snapshots[0].read_time, sent)
        return snapshots

    def seen(self, snapshot: Any) -> Seen:
        """A snapshot of the library's as one of ours."""
        return Seen(snapshot.reference, snapshot.to_dict(), snapshot.update_time)
