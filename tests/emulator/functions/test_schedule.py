"""Schedules: what is accepted, when they fire, and a scheduler on a clock of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.functions.errors import FunctionUnavailable
from emulator.functions.manifest import FunctionSpec, ScheduleTrigger
from emulator.functions.schedule import Schedule
from emulator.functions.scheduler import Scheduler


def times(text: str, zone: str, start: str, count: int) -> list[str]:
    """The next times after `start` (UTC), in the schedule's own zone."""
    schedule, moment, found = Schedule(text, zone), datetime.fromisoformat(start).replace(tzinfo=UTC), []
    for _ in range(count):
        moment = schedule.after(moment)
        found.append(moment.astimezone(schedule.zone).strftime("%a %Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/20 9 * * *", ["Wed 2026-11-18 09:20", "Wed 2026-11-18 09:40", "Thu 2026-11-19 09:00"]),
        ("every 5 minutes", ["Wed 2026-11-18 09:05", "Wed 2026-11-18 09:10", "Wed 2026-11-18 09:15"]),
        ("every 7 hours", ["Wed 2026-11-18 14:00", "Wed 2026-11-18 21:00", "Thu 2026-11-19 00:00"]),
        ("Every 30 mins from 10:00 to 10:30", ["Wed 2026-11-18 10:00", "Wed 2026-11-18 10:30"]),
        ("every day 00:00", ["Thu 2026-11-19 00:00", "Fri 2026-11-20 00:00", "Sat 2026-11-21 00:00"]),
        ("every monday 09:00", ["Mon 2026-11-23 09:00", "Mon 2026-11-30 09:00", "Mon 2026-12-07 09:00"]),
        ("every mon,thu of jan 9:30", ["Mon 2027-01-04 09:30", "Thu 2027-01-07 09:30"]),
        ("1st,third monday of month 15:30", ["Mon 2026-12-07 15:30", "Mon 2026-12-21 15:30"]),
        ("1,15 of month 07:00", ["Tue 2026-12-01 07:00", "Tue 2026-12-15 07:00", "Fri 2027-01-01 07:00"]),
    ],
)  # fmt: skip
def test_both_syntaxes_tell_the_next_times(text: str, expected: list[str]) -> None:
    assert times(text, "UTC", "2026-11-18 09:00", len(expected)) == expected


def test_a_schedule_is_kept_in_its_own_zone() -> None:
    assert times("0 9 * * *", "Europe/Berlin", "2026-03-28 12:00", 2) == [
        "Sun 2026-03-29 09:00",  # the clocks went forward in this night
        "Mon 2026-03-30 09:00",
    ]
    assert Schedule("every day 09:00", "Asia/Tokyo").after(datetime(2026, 1, 1, tzinfo=UTC)) == (
        datetime(2026, 1, 2, 0, 0, tzinfo=UTC)
    )


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from([1, 5, 7, 45, 60, 420, 1440]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe"]),
)
def test_intervals_go_forward_and_are_never_longer_than_they_say(
    start: datetime, minutes: int, zone: str
) -> None:
    schedule, found = Schedule(f"every {minutes} minutes", zone), [start.replace(tzinfo=UTC)]
    for _ in range(4):
        found.append(schedule.after(found[-1]).astimezone(UTC))
    longest = timedelta(minutes=minutes) + timedelta(hours=1)  # a day may have 25 hours
    assert all(timedelta(0) < after - before <= longest for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("text", "zone", "told"),
    [
        ("now and then", "UTC", "neither unix cron"),
        ("61 * * * *", "UTC", "neither unix cron"),
        ("* * * * * *", "UTC", "neither unix cron"),
        ("every 0 minutes", "UTC", "fires every 0 minutes"),
        ("every fooday 09:00", "UTC", "has 'fooday'"),
        ("every 5 minutes from 12:00 to 10:00", "UTC", "ends before it begins"),
        ("* * * * *", "Mars/Olympus", "'Mars/Olympus' isn't one of the IANA names"),
    ],
)
def test_what_is_no_schedule_is_refused(text: str, zone: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Schedule(text, zone)


class Clock:
    """A clock that its sleepers push forward. `wait` lets `until` pass."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 18, 9, 0, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def scheduled(name: str, text: str) -> FunctionSpec:
    return FunctionSpec(name, ScheduleTrigger(Schedule(text)))


async def test_a_scheduled_function_is_fired_on_time_also_after_a_failure() -> None:
    clock, fired, enough = Clock(), list[tuple[datetime, datetime]](), asyncio.Event()

    async def fire(spec: FunctionSpec, moment: datetime) -> None:
        fired.append((moment, clock.now()))
        if len(fired) == 3:
            enough.set()
            await asyncio.Event().wait()
        raise FunctionUnavailable("not today")

    scheduler = Scheduler(fire, now=clock.now, sleep=clock.sleep)
    scheduler.deploy([scheduled("tick", "every 1 minutes")])
    await asyncio.wait_for(enough.wait(), 10)
    await scheduler.stop()
    assert [moment.strftime("%H:%M:%S") for moment, _ in fired] == ["09:01:00", "09:02:00", "09:03:00"]
    assert all(timedelta(0) <= now - moment <= timedelta(seconds=20) for moment, now in fired)


async def test_a_time_that_comes_while_the_function_still_runs_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, fired, told = Clock(), list[datetime](), asyncio.Event()

    async def fire(spec: FunctionSpec, moment: datetime) -> None:
        fired.append(moment)
        while "is left out" not in caplog.text:
            await asyncio.sleep(0)
        told.set()

    scheduler = Scheduler(fire, now=clock.now, sleep=clock.sleep)
    scheduler.deploy([scheduled("slow", "* * * * *")])
    await asyncio.wait_for(told.wait(), 10)
    await scheduler.stop()
    assert fired[0] == datetime(2026, 11, 18, 9, 1, tzinfo=UTC)
    assert "slow still runs; its schedule at 2026-11-18T09:02:00+00:00 is left out" in caplog.text


async def test_a_new_deployment_replaces_the_schedules_of_the_old() -> None:
    clock = Clock()
    scheduler = Scheduler(lambda spec, moment: asyncio.sleep(0), now=clock.now, sleep=asyncio.sleep)
    scheduler.deploy([scheduled("old", "* * * * *")])
    scheduler.deploy([scheduled("new", "30 * * * *")])
    await asyncio.sleep(0)
    assert scheduler.next == {"new": datetime(2026, 11, 18, 9, 30, tzinfo=UTC)}
    await scheduler.stop()
