"""What a user has asked for, in `users/{uid}`: the same sums as firestore.rules check for pages."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore import SERVER_TIMESTAMP

from functions.api.problems import Problem
from listener.submission import RANK_SPACING

MOST_WAITING, MOST_A_DAY = 100, 500
DAY = timedelta(hours=24)
# From so many on it is looked up whether the oldest are over: each look is a read.
LOOKED_FROM = 20
STRUCK_OFF = 5


@dataclass(frozen=True)
class Account:
    """The document as it was read."""

    rank: datetime | None = None
    waiting: list[str] = field(default_factory=list)
    day: datetime | None = None
    today: int = 0

    @classmethod
    def of(cls, fields: dict[str, Any] | None) -> "Account":
        """The account of a user, also of one who has none yet."""
        known = fields or {}
        rank, day, today = known.get("rank"), known.get("day"), known.get("today")
        return cls(
            rank if isinstance(rank, datetime) else None,
            [str(id) for id in known.get("waiting") or []],
            day if isinstance(day, datetime) else None,
            today if isinstance(today, int) else 0,
        )

    def doubtful(self, more: int) -> list[str]:
        """The oldest of which it is worth a read each whether they are over."""
        if len(self.waiting) + more <= LOOKED_FROM:
            return []
        return self.waiting[: max(STRUCK_OFF, more)]

    def ranks(self, now: datetime, more: int) -> list[datetime]:
        """The places in line of so many more: not before now, and each behind the one before."""
        first = now if self.rank is None else max(now, self.rank + RANK_SPACING)
        return [first + number * RANK_SPACING for number in range(more)]

    def charged(
        self, now: datetime, tasks: list[str], ranks: list[datetime], over: set[str]
    ) -> dict[str, Any]:
        """The document after these tasks, without those that are `over`. Raises `Problem` (429)."""
        waiting = [*(id for id in self.waiting if id not in over), *tasks]
        if len(waiting) > MOST_WAITING:
            room = max(0, MOST_WAITING - (len(waiting) - len(tasks)))
            raise Problem(
                "too-many",
                f"{MOST_WAITING} of your tasks may wait at once: there is room for {room}, and "
                f"{len(tasks)} were asked for; ask again when some are done",
                retry_after=60,
            )
        begins = self.day is None or now >= self.day + DAY
        today = len(tasks) + (0 if begins else self.today)
        if today > MOST_A_DAY:
            assert self.day is not None
            wait = int((self.day + DAY - now).total_seconds()) + 1
            raise Problem(
                "too-many",
                f"{MOST_A_DAY} tasks are for a day: {self.today} were asked for since "
                f"{self.day:%Y-%m-%d %H:%M} UTC; ask again in {wait / 3600:.1f} h",
                retry_after=wait,
            )
        return {
            "rank": ranks[-1],
            "last_task": tasks[-1],
            "waiting": waiting,
            "day": SERVER_TIMESTAMP if begins else self.day,
            "today": today,
        }
