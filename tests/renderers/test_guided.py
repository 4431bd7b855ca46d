"""The loop of guided renderers: its learning rates, its cuts, and what it reports."""

from typing import Any

import pytest
import torch

from contract.prompts import Prompt
from renderers.base import Silent
from renderers.clip import Clip
from renderers.cutouts import CutoutPlan, CutoutSettings, plan_cutouts
from renderers.guidance import Guidance
from renderers.guided import GuidedLoop, Plan
from renderers.pixel_grid import GridTuning, PixelGrid
from renderers.weights import ModelTable
from tests.renderers.factories import Remembering

TUNING = GridTuning(rate=0.01, coarse_gain=1.0, smoothness=0.1, start_noise=0.1)


@pytest.fixture(scope="module")
def guidance(models: ModelTable) -> Guidance:
    return Guidance(Clip.load(models.folder("clip"), "cpu"), [Prompt("a red disc")])


def make_loop(guidance: Guidance, steps: int) -> tuple[PixelGrid, GuidedLoop]:
    grid = PixelGrid((8, 8), TUNING, 0, resolution=32)
    return grid, GuidedLoop(grid, guidance, Plan(steps, cuts=4), CutoutSettings(), seed=5)


def test_in_the_last_quarter_of_the_steps_it_moves_a_tenth_as_far(guidance: Guidance) -> None:
    grid, loop = make_loop(guidance, steps=8)
    finest = grid.parameters()[-1][0]
    moved: list[float] = []

    class Measuring(Silent):
        def __init__(self) -> None:
            self.last = finest.detach().clone()

        def step(self, i: int, n: int, image: Any, score: float | None, *, job: int = 0) -> None:
            moved.append(float((finest.detach() - self.last).abs().max()))
            self.last = finest.detach().clone()

    loop.run(Measuring())
    assert moved[0] == pytest.approx(0.01, rel=0.01), "Adam's first step is the rate itself"
    assert min(moved[:6]) > 0.004
    assert max(moved[6:]) < 0.002


def test_every_step_draws_other_cuts_and_the_same_ones_on_another_run(
    guidance: Guidance, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[CutoutPlan] = []

    def watched(*given: Any) -> CutoutPlan:
        plans.append(plan_cutouts(*given))
        return plans[-1]

    monkeypatch.setattr("renderers.guided.plan_cutouts", watched)
    for _ in range(2):
        make_loop(guidance, steps=3)[1].run(Silent())
    windows = [plan.windows for plan in plans if len(plan.windows) == 4]
    assert len(windows) == 6
    assert not torch.equal(windows[0], windows[1])
    assert all(torch.equal(windows[i], windows[i + 3]) for i in range(3))


def test_the_final_score_is_that_of_the_whole_picture_undisturbed(guidance: Guidance) -> None:
    grid, loop = make_loop(guidance, steps=2)
    score = loop.run(Silent())
    assert score == pytest.approx(guidance.similarity(grid.picture().detach()), abs=1e-3)


def test_a_checkpoint_is_handed_out_before_the_step_is_told(guidance: Guidance) -> None:
    watch = Remembering(stop_at=2)
    make_loop(guidance, steps=4)[1].run(watch)
    assert watch.state is not None
    assert watch.state["step"] == 2
