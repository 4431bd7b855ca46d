"""The loop of guided renderers: its learning rates, its cuts, and what it reports."""

from typing import Any

import pytest
import torch

from contract.prompts import Prompt
from renderers.base import Silent
from renderers.cells import lattice_of
from renderers.clip import Clip
from renderers.cutouts import CutoutPlan, CutoutSettings, plan_cutouts
from renderers.guidance import Guidance, Guides
from renderers.guided import GuidedLoop, Plan
from renderers.pixel_grid import GridTuning, PixelGrid
from renderers.weights import ModelTable
from tests.renderers.factories import Remembering

TUNING = GridTuning(rate=0.01, coarse_gain=1.0, smoothness=0.1, start_noise=0.1)


@pytest.fixture(scope="module")
def guidance(models: ModelTable) -> Guidance:
    return Guidance(Clip.load(models.folder("clip"), "cpu"), [Prompt("a red disc")])


def make_loop(
    guidance: Guidance | Guides, steps: int, auto_stop: int | None = None, tuning: GridTuning = TUNING
) -> tuple[PixelGrid, GuidedLoop]:
    grid = PixelGrid(lattice_of("square", 8, "square"), tuning, 0, resolution=32)
    plan = Plan(steps, cuts=4)
    return grid, GuidedLoop(grid, guidance, plan, CutoutSettings(), seed=5, auto_stop=auto_stop)


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


def test_auto_stop_ends_early_and_the_last_step_is_told_as_the_last(guidance: Guidance) -> None:
    still = GridTuning(rate=0.0, coarse_gain=1.0, smoothness=0.0, start_noise=0.0)
    watch = Remembering()
    _, loop = make_loop(guidance, steps=200, auto_stop=5, tuning=still)
    loop.run(watch)
    assert 10 < loop.step < 100
    assert [(i, n) for _, i, n in watch.steps[:-1]] == [(i, 200) for i in range(1, loop.step)]
    assert watch.steps[-1] == (0, loop.step, loop.step)


def test_auto_stop_goes_on_the_same_from_a_checkpoint(guidance: Guidance) -> None:
    still = GridTuning(rate=1e-4, coarse_gain=1.0, smoothness=0.0, start_noise=0.0)
    grid, whole = make_loop(guidance, steps=60, auto_stop=5, tuning=still)
    watch = Remembering(stop_at=8)
    whole.run(watch)
    assert watch.state is not None
    resumed_grid, rest = make_loop(guidance, steps=60, auto_stop=5, tuning=still)
    rest.resume(watch.state)
    rest.run(Silent())
    assert rest.step == whole.step < 60
    assert torch.allclose(resumed_grid.picture(), grid.picture(), atol=1e-6)


def test_several_clips_pull_with_equal_weight(models: ModelTable) -> None:
    clip = Clip.load(models.folder("clip"), "cpu", torch.float32)
    one, other = (Guidance(clip, [Prompt(text)]) for text in ("sun", "moon"))
    gradients = []
    for guides in (Guides((one,)), Guides((other,)), Guides((one, other))):
        grid, loop = make_loop(guides, steps=2)
        loop._gradients()
        gradients.append(grid.parameters()[-1][0].grad)
    first, second, both = gradients
    assert first is not None
    assert second is not None
    assert both is not None
    # Each has the smoothness's own gradient once, and so has their mean.
    assert torch.allclose(both, (first + second) / 2, atol=1e-6)


def test_a_step_is_told_with_the_picture_and_numbers_of_that_step(guidance: Guidance) -> None:
    """A GPU tells each step while it takes the next: what is told must still be that step's own."""
    told: list[Remembering] = []
    for ahead in (False, True):
        watch = Remembering(stop_at=3)
        _, loop = make_loop(guidance, steps=5)
        loop._ahead = ahead
        loop.run(watch)
        told.append(watch)
    at_once, ahead_of = told
    assert at_once.steps == ahead_of.steps
    assert at_once.scores == ahead_of.scores
    for one, other in zip(at_once.images, ahead_of.images, strict=True):
        assert (one == other).all()  # type: ignore[union-attr]
    assert at_once.state is not None
    assert ahead_of.state is not None
    assert at_once.state["step"] == ahead_of.state["step"] == 3
    assert all((at_once.state[name] == ahead_of.state[name]).all() for name in ("0.value", "1.square"))
