"""SIGKILL at every step of a listener's way with a task: before, while and after each thing that it says."""

from functools import cache

import pytest

from tests.faults.plan import Phase, Plan
from tests.faults.test_seeds import books
from tests.faults.world import Size, run

SIZE = Size(tasks=4, machines=2, troubled=30.0)
# What a listener says in the course of a task, by the first word; the rest are steps of its housekeeping.
NEEDED = {
    "query queue queued",
    "commit running",
    "commit live",
    "storage POST results",
    "commit done",
    "kept on disk",
}


@cache
def steps() -> tuple[str, ...]:
    """Every step that listeners take when nothing goes wrong, in a run of some tasks."""
    plan = Plan()
    assert books(run("steps", SIZE, plan)) == ""
    return tuple(sorted(plan.labels))


def test_a_listener_takes_the_steps_that_make_a_task() -> None:
    for needed in NEEDED:
        assert any(needed in step for step in steps()), (needed, steps())


@pytest.mark.slow
@pytest.mark.parametrize("phase", Phase)
def test_a_kill_at_any_step_loses_nothing(phase: Phase) -> None:
    for step in steps():
        plan = Plan(kill_at=(step, phase, 1))
        world = run(f"{step} {phase}", SIZE, plan)
        assert [str(violation) for violation in world.ledger.violations] == [], (step, phase)
        assert sum(plan.killed.values()) == 1, f"nobody came to {step}"


def test_the_plan_is_the_only_source_of_kills() -> None:
    world = run("quiet", SIZE, Plan())
    assert world.kills == 0
    assert set(world.ledger.counts) >= {"queued → running", "running → done"}
