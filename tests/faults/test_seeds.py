"""Listeners under every fault at once, from seeds: nothing is lost, and no zombie is listened to."""

import pytest

from tests.faults.world import Size, World, command, run

SEEDS, FAST = 100, 6
FEW = Size(tasks=8, machines=3, troubled=90.0)


def books(world: World) -> str:
    """What the checker holds against a run, and how to see it again."""
    return "\n".join([command(world), *map(str, world.ledger.violations)]) if world.ledger.violations else ""


@pytest.mark.parametrize(
    "seed",
    [
        *range(1, FAST + 1),
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(FAST + 1, SEEDS + 1)),
    ],
)
def test_the_books_balance(seed: int) -> None:
    assert books(run(seed, FEW)) == ""


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = run(7, FEW), run(7, FEW)
    assert first.scheduler.turns == second.scheduler.turns
    assert first.plan.labels == second.plan.labels
    assert first.ledger.counts == second.ledger.counts
    assert [known.finished for known in first.ledger.tasks.values()] == [
        known.finished for known in second.ledger.tasks.values()
    ]
