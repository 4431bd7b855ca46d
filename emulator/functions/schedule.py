"""When a schedule fires next: unix cron, or App Engine's English (`every 5 minutes`).

https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDINALS = {
    name: number
    for number, names in enumerate(
        ("1st first", "2nd second", "3rd third", "4th fourth", "5th fifth"), start=1
    )
    for name in names.split()
}
_INTERVAL = re.compile(
    r"every (\d+) (minutes?|mins?|hours?)(?: (?:synchronized|from (\d\d?:\d\d) to (\d\d?:\d\d)))?\Z"
)
_AT = re.compile(r"(.+?) (?:of (\S+) )?(\d\d?):(\d\d)\Z")
_WHOLE_DAY = (time(0, 0), time(23, 59))


class Schedule:
    """`text` in the time zone `zone` (an IANA name). Raises ValueError for what can't be read."""

    def __init__(self, text: str, zone: str = "UTC") -> None:
        self.text = text
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
            raise ValueError(f"the schedule's time zone {zone!r} isn't one of the IANA names") from None
        words = " ".join(text.lower().split())
        interval = _INTERVAL.match(words)
        self._every: timedelta | None = _step(interval, text) if interval else None
        self._between = _hours(interval) if interval and interval[3] else _WHOLE_DAY
        if not interval:
            self._cron = words if len(words.split()) == 5 and ":" not in words else _to_cron(words, text)
            self._check_cron()

    def after(self, moment: datetime) -> datetime:
        """The first time to fire after `moment`; both are aware."""
        local = moment.astimezone(self.zone)
        if self._every is not None:
            return self._next_step(local, self._every)
        from croniter import croniter

        found: datetime = croniter(self._cron, local).get_next(datetime)
        return found

    def _check_cron(self) -> None:
        from croniter import croniter

        if len(self._cron.split()) != 5 or not croniter.is_valid(self._cron):
            raise ValueError(
                f"the schedule {self.text!r} is neither unix cron (`*/5 * * * *`) nor App Engine's syntax "
                "(`every 5 minutes`, `every monday 09:00`, `1st,third tuesday of month 17:00`)"
            )

    def _next_step(self, local: datetime, every: timedelta) -> datetime:
        """Steps count anew each day from the first one of the day, so that a restart changes nothing."""
        moment = local.astimezone(UTC)  # an hour that the clocks repeat is twice as long here, and never back
        for ahead in range(3):
            day = local.date() + timedelta(days=ahead)
            start, end = (datetime.combine(day, at, self.zone).astimezone(UTC) for at in self._between)
            found = start + max(0, (moment - start) // every + 1) * every
            if found <= end:
                return found.astimezone(self.zone)
        raise AssertionError("a day without its first moment")


def _step(interval: re.Match[str], text: str) -> timedelta:
    minutes = int(interval[1]) * (60 if interval[2].startswith("h") else 1)
    if not 1 <= minutes <= 24 * 60:
        raise ValueError(f"the schedule {text!r} fires every {minutes} minutes; 1 to 1440 are accepted")
    return timedelta(minutes=minutes)


def _hours(interval: re.Match[str]) -> tuple[time, time]:
    first, last = (time.fromisoformat(interval[group].zfill(5)) for group in (3, 4))
    if last <= first:
        raise ValueError(f"the schedule {interval[0]!r} ends before it begins")
    return first, last


def _to_cron(words: str, text: str) -> str:
    """`every day 09:00`, `every mon,fri of jan 09:00`, `1st monday of month 09:00`, `1,15 of month 09:00`."""
    found = _AT.match(words)
    if found is None:
        return text
    days, months, hour, minute = found[1], found[2] or "month", found[3], found[4]
    month = "*" if months == "month" else ",".join(_name(name, _MONTHS, text) for name in months.split(","))
    clock = f"{int(minute)} {int(hour)}"
    if re.fullmatch(r"[\d,]+", days):
        return f"{clock} {days} {month} *"
    ordinals, _, weekdays = days.rpartition(" ")
    if weekdays == "day" and ordinals == "every":
        return f"{clock} * {month} *"
    names = _DAYS if weekdays == "day" else [_name(name, _DAYS, text) for name in weekdays.split(",")]
    if ordinals == "every":
        return f"{clock} * {month} {','.join(names)}"
    weeks = [_ORDINALS.get(ordinal) for ordinal in ordinals.split(",")]
    if None in weeks:
        return text
    return f"{clock} * {month} {','.join(f'{name}#{week}' for name in names for week in weeks)}"


def _name(word: str, names: tuple[str, ...], text: str) -> str:
    """The three letters that cron knows a day or a month by."""
    if word[:3] not in names:
        raise ValueError(f"the schedule {text!r} has {word!r}; {', '.join(names)} are accepted")
    return word[:3]
