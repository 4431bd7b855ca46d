"""What each step of a task's life changes in its document: plain functions, no database.

    queued ──► running ──► done | failed | cancelled | rejected
      ▲  ▲        │
      │  └─ released, reaped
    scheduled ◄── rescheduled

The claim stays in the document after its end, so that whoever lost the answer to a write can see there
whether it was taken, and so that the epoch never goes back.
"""

import random
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP, ArrayUnion, Increment

from contract.errors import OfferExpired
from contract.task import Attempt, Checkpoint, Claim, Failure, Result, Status

Fields = Mapping[str, Any]
Changes = dict[str, Any]

LONGEST_PAUSE = timedelta(minutes=10)
# How long a task and its files are kept after its end.
KEPT = timedelta(days=30)
# A document is a stranger's: no task is worth more attempts than this, whatever it says.
MOST_ATTEMPTS = 10
_MOST_EPOCHS = 2**53
# What was kept of the work is of no use after the end; only a failed task may be put back in line with it.
_FORGOTTEN = {"checkpoint": DELETE_FIELD}


def claimed(task: Fields, claim: Claim) -> Changes:
    """queued → running. The attempt counts from here on."""
    return {
        "status": Status.RUNNING.value,
        "claim": claim.fields(),
        "attempt": attempt(task) + 1,
        "max_attempts": max_attempts(task),
        "cancel_requested": False,
        "started_at": SERVER_TIMESTAMP,
        "not_before": DELETE_FIELD,
        "error": DELETE_FIELD,
    }


def renewed(lease_until: datetime) -> Changes:
    """running, for longer; and by now the worker knows, should the claim have been made in its name."""
    return {"claim.lease_until": lease_until, "claim.offered": DELETE_FIELD}


def kept(checkpoint: Checkpoint, lease_until: datetime) -> Changes:
    """running, from where it may be gone on with; the lease is renewed in the same write."""
    return {"checkpoint": checkpoint.fields(), **renewed(lease_until)}


def done(task: Fields, result: Result, now: datetime) -> Changes:
    """running → done. The gallery looks for `likes` and `hidden`, so a picture has both from then on."""
    return {
        "result": result.fields(),
        "error": DELETE_FIELD,
        "likes": Increment(0),
        "hidden": task.get("hidden") is True,
        **_ended(Status.DONE, now),
        **_FORGOTTEN,
    }


def failed(failure: Failure, claim: Claim | None, now: datetime, started: object = None) -> Changes:
    """running → failed, the last attempt being the last of the history."""
    return {**_remembered(failure, claim, now, started), **_ended(Status.FAILED, now)}


def rejected(failure: Failure, now: datetime) -> Changes:
    """running → rejected; or from anywhere, for a document that can't even be claimed."""
    return {"error": failure.fields(), **_ended(Status.REJECTED, now), **_FORGOTTEN}


def cancelled(now: datetime) -> Changes:
    """queued, scheduled or running → cancelled."""
    return {"not_before": DELETE_FIELD, **_ended(Status.CANCELLED, now), **_FORGOTTEN}


def redriven(rank: datetime) -> Changes:
    """failed → queued, by an operator: as if new, but with its history and what was kept of the work."""
    return {
        "status": Status.QUEUED.value,
        "rank": rank,
        "attempt": 0,
        "cancel_requested": False,
        "error": DELETE_FIELD,
        "finished_at": DELETE_FIELD,
        "expires_at": DELETE_FIELD,
    }


def released(attempt: int) -> Changes:
    """running → queued, by a worker that leaves: the attempt doesn't count."""
    return {"status": Status.QUEUED.value, "attempt": max(0, attempt - 1), "started_at": DELETE_FIELD}


def rescheduled(
    failure: Failure, claim: Claim, now: datetime, not_before: datetime, started: object = None
) -> Changes:
    """running → scheduled."""
    return {
        "status": Status.SCHEDULED.value,
        "not_before": not_before,
        **_remembered(failure, claim, now, started),
    }


def promoted() -> Changes:
    """scheduled → queued, at its old place in line."""
    return {"status": Status.QUEUED.value, "not_before": DELETE_FIELD}


def reaped(failure: Failure, claim: Claim | None, now: datetime, started: object, attempt: int) -> Changes:
    """running → queued, by whoever noticed that the lease had run out; `attempt` so many count."""
    back = {"status": Status.QUEUED.value, "attempt": attempt}
    return {**back, **_remembered(failure, claim, now, started)}


def untaken(task: Fields) -> bool:
    """Whether a task's claim is an offer that was never renewed, and the first such of this task."""
    claim, past = claim_of(task), task.get("attempts")
    known = [one for one in past if isinstance(one, Mapping)] if isinstance(past, list) else []
    offered = claim is not None and claim.offered is True
    return offered and all(one.get("code") != OfferExpired.code for one in known)


def new_claim(task: Fields, worker: str, now: datetime, lease: timedelta, **marks: bool) -> Claim:
    """The claim that comes after whatever the task carries; `marks` are `offered` and `more`."""
    return Claim(
        worker=worker,
        id=secrets.token_hex(8),
        epoch=epoch(task) + 1,
        at=now,
        lease_until=now + lease,
        **{name: True for name, marked in marks.items() if marked},
    )


def pause(attempt: int, first: timedelta) -> timedelta:
    """How long to wait after a failed attempt (1-based): doubling, up to ten minutes, ±25 % by chance."""
    doubled = first * float(2 ** min(attempt - 1, 20))
    return min(doubled, LONGEST_PAUSE) * random.uniform(0.75, 1.25)


def epoch(task: Fields) -> int:
    """The epoch of the task's last claim; 0 before the first, and for anything that is none."""
    claim = task.get("claim")
    return _whole(claim.get("epoch") if isinstance(claim, Mapping) else None, 0, _MOST_EPOCHS, 0)


def attempt(task: Fields) -> int:
    """Attempts so far; 0 for anything that is no number of them."""
    return _whole(task.get("attempt"), 0, MOST_ATTEMPTS, 0)


def max_attempts(task: Fields) -> int:
    """Attempts that the task is worth: 3 unless it says something reasonable."""
    return _whole(task.get("max_attempts"), 1, MOST_ATTEMPTS, 3)


def claim_of(task: Fields) -> Claim | None:
    """The claim that the document carries, or None for none and for nonsense."""
    try:
        return Claim.parse(task["claim"])
    except Exception:  # whatever a stranger may have put there
        return None


def _ended(status: Status, now: datetime) -> Changes:
    return {"status": status.value, "finished_at": SERVER_TIMESTAMP, "expires_at": now + KEPT}


def _remembered(failure: Failure, claim: Claim | None, now: datetime, started: object = None) -> Changes:
    """The error, also in the history of attempts."""
    changes: Changes = {"error": failure.fields()}
    if claim is not None:
        past = Attempt(
            worker=claim.worker,
            epoch=claim.epoch,
            started_at=started if isinstance(started, datetime) else claim.at,
            ended_at=now,
            code=failure.code,
            message=failure.message,
        )
        changes["attempts"] = ArrayUnion([past.fields()])
    return changes


def _whole(value: object, least: int, most: int, otherwise: int) -> int:
    usable = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    return value if usable and isinstance(value, int) else otherwise
