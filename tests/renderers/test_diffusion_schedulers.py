"""Schedulers by name: each stops and goes on to the same picture, and tells what it sees."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from contract.errors import InvalidTask
from contract.params.diffusion import Scheduler
from renderers import load
from renderers.base import Silent
from renderers.schedulers import FLOW, SCHEDULERS, begin, clean, make_scheduler
from renderers.weights import ModelTable
from tests.renderers.factories import Remembering, make_job, picture_of
from tests.renderers.pipelines import TINY_SD, make_pipelines, scheduler_settings

pytestmark = pytest.mark.slow

NOISY = sorted(set(SCHEDULERS) - {FLOW})
CONFIG = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
}


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root: Path = make_pipelines(tmp_path_factory.mktemp("models"))
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    return drawer


def test_the_names_that_a_task_may_say_are_those_that_are_known() -> None:
    assert sorted(get_args(Scheduler)) == sorted(SCHEDULERS)


@pytest.mark.parametrize("stop", [2, 5])
@pytest.mark.parametrize("name", NOISY)
def test_a_batch_stopped_at_a_step_goes_on_to_the_same_pictures_one_by_one(
    drawer: Any, name: str, stop: int
) -> None:
    params = {"steps": 6, "size": 64, "scheduler": name}
    jobs = [
        make_job("diffusion", params, seed=seed, prompt=text)
        for seed, text in ((1, "sea"), (2, "a red disc"))
    ]
    whole = drawer.render(jobs, Silent())
    states: dict[int, Any] = {}

    class Keeping(Remembering):
        def checkpoint(self, state: Any, *, job: int = 0) -> None:
            states[job] = state

        def wants_checkpoint(self) -> bool:
            return len(self.steps) + 2 == 2 * stop

    drawer.render(jobs, Keeping())
    for index, (seed, text) in enumerate(((1, "sea"), (2, "a red disc"))):
        again = make_job("diffusion", params, seed=seed, prompt=text, resume=states[index])
        watch = Remembering()
        (resumed,) = drawer.render([again], watch)
        assert watch.steps[0][1] == stop + 1
        assert np.abs(picture_of(resumed).astype(int) - picture_of(whole[index])).max() <= 1


@pytest.mark.parametrize("name", NOISY)
def test_image_to_image_stops_and_goes_on_with_every_scheduler(drawer: Any, name: str) -> None:
    start = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    params = {"steps": 8, "size": 64, "scheduler": name, "strength": 0.6}
    job = make_job("diffusion", params, init_image=start)
    watch = Remembering(stop_at=2)
    (whole,) = drawer.render([job], watch)
    again = make_job("diffusion", params, init_image=start, resume=watch.state)
    (resumed,) = drawer.render([again], Silent())
    assert np.abs(picture_of(resumed).astype(int) - picture_of(whole)).max() <= 1


@pytest.mark.parametrize("name", NOISY)
def test_painting_into_a_mask_stops_and_goes_on_with_every_scheduler(drawer: Any, name: str) -> None:
    start = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32] = 255
    params = {"steps": 6, "size": 64, "scheduler": name, "strength": 0.7}
    job = replace(make_job("diffusion", params, init_image=start), mask=mask)
    watch = Remembering(stop_at=2)
    (whole,) = drawer.render([job], watch)
    (resumed,) = drawer.render([replace(job, resume=watch.state)], Silent())
    assert np.array_equal(picture_of(whole)[32:], start[32:])
    assert picture_of(whole)[:32].std() > 1
    assert np.abs(picture_of(resumed).astype(int) - picture_of(whole)).max() <= 1


@pytest.mark.parametrize("predicts", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("name", NOISY)
def test_what_a_step_sees_is_the_picture_when_the_prediction_is_right(name: str, predicts: str) -> None:
    picture, noise = torch.randn(1, 4, 2, 2), torch.randn(1, 4, 2, 2)
    scheduler = make_scheduler(name, {**CONFIG, "prediction_type": predicts}, flow=False)
    times = begin(scheduler, 4, "cpu")
    for index in (0, 2):
        if hasattr(scheduler, "sigmas"):
            alpha = 1 / (1 + float(scheduler.sigmas[index]) ** 2) ** 0.5
        else:
            alpha = float(scheduler.alphas_cumprod[int(times[index])]) ** 0.5
        deviation = (1 - alpha * alpha) ** 0.5
        outputs = {
            "epsilon": noise,
            "v_prediction": alpha * noise - deviation * picture,
            "sample": picture,
        }
        scheduler.set_begin_index(index) if hasattr(scheduler, "set_begin_index") else None
        noised = scheduler.add_noise(picture, noise, times[index : index + 1])
        seen = clean(scheduler, noised, outputs[predicts], times[index], index)
        assert torch.allclose(seen, picture, atol=2e-3)


def test_a_model_that_begins_from_pure_noise_draws_with_all_but_heun(tmp_path: Path) -> None:
    root = make_pipelines(tmp_path / "models")
    scheduler_settings(
        root,
        TINY_SD,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
    )
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    for name in NOISY:
        job = make_job("diffusion", {"steps": 3, "size": 64, "scheduler": name})
        if name == "heun":
            with pytest.raises(InvalidTask, match="pure noise"):
                drawer.render([job], Silent())
        else:
            (rendering,) = drawer.render([job], Silent())
            assert picture_of(rendering).std() > 1
