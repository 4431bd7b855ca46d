"""Timestamps and durations: their methods, and the namespaces `timestamp` and `duration`.

https://firebase.google.com/docs/reference/rules/rules.Timestamp and .Duration
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from emulator.rules.errors import EvaluationError
from emulator.rules.methods.signature import Signature, Table
from emulator.rules.values import NANOS, Duration, Timestamp

_INT: Final = ("int",)
_DAY: Final = 86_400 * NANOS
_UNITS: Final = {
    "w": 7 * _DAY,
    "d": _DAY,
    "h": 3_600 * NANOS,
    "m": 60 * NANOS,
    "s": NANOS,
    "ms": 1_000_000,
    "ns": 1,
}


def _calendar(read: Callable[[datetime], int]) -> Signature:
    return Signature(lambda moment: read(_datetime(moment)))


def _datetime(moment: Timestamp) -> datetime:
    try:
        return moment.to_datetime()
    except OverflowError:
        raise EvaluationError("The timestamp lies outside of the years 1 to 9999.") from None


def _whole_seconds(span: Duration) -> int:
    """Cut towards zero."""
    return abs(span.nanos) // NANOS * (-1 if span.nanos < 0 else 1)


def _date(year: int, month: int, day: int) -> Timestamp:
    try:
        return Timestamp.of(datetime(year, month, day, tzinfo=UTC))
    except (ValueError, OverflowError):
        raise EvaluationError(f"There is no date {year}-{month}-{day}.") from None


def _span(magnitude: int, unit: str) -> Duration:
    if unit not in _UNITS:
        raise EvaluationError(f"A duration's unit is one of {', '.join(_UNITS)}; not {unit!r}.")
    return Duration(magnitude * _UNITS[unit])


def _clock(hours: int, minutes: int, seconds: int, nanos: int) -> Duration:
    return Duration(((hours * 60 + minutes) * 60 + seconds) * NANOS + nanos)


TIMESTAMP: Final[Table] = {
    "date": Signature(lambda moment: Timestamp(moment.nanos - moment.nanos % _DAY)),
    "day": _calendar(lambda moment: moment.day),
    "dayOfWeek": _calendar(lambda moment: moment.isoweekday()),
    "dayOfYear": _calendar(lambda moment: moment.timetuple().tm_yday),
    "hours": _calendar(lambda moment: moment.hour),
    "minutes": _calendar(lambda moment: moment.minute),
    "month": _calendar(lambda moment: moment.month),
    "nanos": Signature(lambda moment: moment.nanos % NANOS),
    "seconds": _calendar(lambda moment: moment.second),
    "time": Signature(lambda moment: Duration(moment.nanos % _DAY)),
    "toMillis": Signature(lambda moment: moment.nanos // 1_000_000),
    "year": _calendar(lambda moment: moment.year),
}

DURATION: Final[Table] = {
    "nanos": Signature(lambda span: span.nanos - _whole_seconds(span) * NANOS),
    "seconds": Signature(_whole_seconds),
}

NAMESPACES: Final[dict[str, Table]] = {
    "timestamp": {
        "date": Signature(_date, (_INT, _INT, _INT)),
        "value": Signature(lambda millis: Timestamp(millis * 1_000_000), (_INT,)),
    },
    "duration": {
        "abs": Signature(lambda span: Duration(abs(span.nanos)), (("duration",),)),
        "time": Signature(_clock, (_INT, _INT, _INT, _INT)),
        "value": Signature(_span, (_INT, ("string",))),
    },
}
