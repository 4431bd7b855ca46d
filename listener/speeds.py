"""How long tasks take here, as measured: by it leases are sized, waits foretold and tasks handed round."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

from contract.params import Quality

# Weight of the newest task in the running mean: the last ten or so count.
NEWEST = 0.2
# A lease is worth about two renders: shorter, and each task pays for a renewal; longer, and a task whose
# worker died waits long for another.
RENDERS_A_LEASE = 2.2
LONGEST_LEASE = timedelta(minutes=5)
# Different kinds that are remembered; a kind is a renderer and a quality, and names may be strangers'.
MOST_KINDS = 64


class Speeds:
    """Mean seconds per task of each kind. May be used from several threads."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def learn(self, fields: Mapping[str, Any], seconds: float) -> None:
        """A task took so long, from its claim to its end."""
        kind = kind_of(fields)
        with self._lock:
            known = self._seconds.get(kind)
            if known is None and len(self._seconds) >= MOST_KINDS:
                return
            self._seconds[kind] = seconds if known is None else known + NEWEST * (seconds - known)

    def hear(self, others: Mapping[str, Any]) -> None:
        """What other workers measured counts where nothing was measured here."""
        with self._lock:
            for kind, seconds in others.items():
                if isinstance(seconds, float | int) and seconds > 0 and len(self._seconds) < MOST_KINDS:
                    self._seconds.setdefault(str(kind), float(seconds))

    def table(self) -> dict[str, float]:
        """Seconds by kind, as they are told to others."""
        with self._lock:
            return {kind: round(seconds, 3) for kind, seconds in self._seconds.items()}

    def seconds(self, fields: Mapping[str, Any]) -> float | None:
        """How long a task will take, None if nothing like it was ever done."""
        with self._lock:
            exact = self._seconds.get(kind_of(fields))
            if exact is not None:
                return exact
            renderer = str(fields.get("renderer"))
            similar = [value for kind, value in self._seconds.items() if kind.rpartition("/")[0] == renderer]
            return sum(similar) / len(similar) if similar else None

    def lease(self, fields: Mapping[str, Any], least: timedelta) -> timedelta:
        """How long a claim on a task should last unrenewed."""
        seconds = self.seconds(fields)
        if seconds is None:
            return least
        return max(least, min(timedelta(seconds=seconds * RENDERS_A_LEASE), LONGEST_LEASE))


def kind_of(fields: Mapping[str, Any]) -> str:
    """`renderer/quality`, for whatever a document holds."""
    params = fields.get("params")
    quality = params.get("quality") if isinstance(params, Mapping) else None
    known = quality if isinstance(quality, str) and quality in get_args(Quality) else "normal"
    return f"{str(fields.get('renderer'))[:64]}/{known}"
