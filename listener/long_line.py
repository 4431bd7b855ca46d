"""A line of more tasks than there are workers: nobody watches it, who finishes a task asks for the next.

The listener at the desk looks at it now and then, for what pages are told of it, and gives a task to workers
that don't ask by themselves yet.
"""

import time
from collections.abc import Callable, Sequence

from listener.claims import Claims
from listener.edge import Edge
from listener.roster import Roster
from listener.standing import Standing

# One look for so many tasks that are rendered meanwhile; and seconds between two at least and at most.
TASKS_A_LOOK = 60.0
SHORTEST_LOOK, LONGEST_LOOK = 0.5, 300.0
# The first look comes sooner: it tells how long the line is, if it is still there.
FIRST_LOOK = 2.0
# Seconds between two thoughts whether it is time to.
OFTEN, RARELY = 0.05, 1.0


class LongLine:
    """Whether the line is long, as far as the desk knows. One thread looks; others call the rest."""

    def __init__(
        self,
        edge: Edge,
        claims: Claims,
        roster: Roster,
        standing: Standing,
        served: Callable[[], Sequence[str]],
    ) -> None:
        """`served` gives the renderers whose tasks are looked for, none for all."""
        self._edge = edge
        self._claims = claims
        self._roster = roster
        self._standing = standing
        self._served = served
        self._long = self._over = False
        self._look_at = 0.0

    def begin(self) -> None:
        """More were seen to wait than there are workers."""
        if not self._long:
            self._long = True
            self._look_at = time.monotonic() + FIRST_LOOK

    def may_be_over(self) -> None:
        """Somebody found it empty."""
        self._over = self._long

    def there(self) -> bool:
        """Whether there is one."""
        if self._over:
            self._end()
        return self._long

    def look(self) -> float:
        """Look whether it is still long, if it is time to; returns the seconds to wait, 0 after a look."""
        now = time.monotonic()
        idle = [one for one in self._roster if not one.asks and one.free(now)]
        if now < self._look_at and not idle:
            self._standing.behind(self._claims.last_rank, len(self._roster) + 1)
            return min(RARELY, self._look_at - now, max(OFTEN, self._roster.next_free()))
        waiting = self._edge.query(self._claims.head(self._served()).limit(len(idle))) if idle else []
        self._roster.offer(self._claims, list(zip(idle, waiting, strict=False)), more=True)
        if now >= self._look_at:
            self._look_at = now + self._pause()
            if not self._standing.long(self._claims.last_rank, len(self._roster) + 1):
                self._end()
        elif not waiting:
            self._end()
        return 0.0

    def _end(self) -> None:
        self._long = self._over = False
        self._roster.line_over()

    def _pause(self) -> float:
        """Seconds until as many tasks are rendered as are worth a look."""
        usual = [one.usual for one in self._roster if one.usual]
        seconds = sum(usual) / len(usual) if usual else self._standing.a_task()
        return min(max(SHORTEST_LOOK, TASKS_A_LOOK * seconds / (len(self._roster) + 1)), LONGEST_LOOK)
