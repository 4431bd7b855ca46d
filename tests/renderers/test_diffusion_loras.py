"""LoRAs: put in once, switched for each task, weighed, and gone without a trace."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from contract.errors import DamagedWeights, InvalidTask, RenderFailed
from renderers import load
from renderers.base import Silent
from renderers.lora import KEPT, Lora, parse_loras
from renderers.weights import ModelTable
from tests.renderers.factories import Remembering, make_job, picture_of
from tests.renderers.pipelines import add_entry, entry_of, make_lora, make_pipelines

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_pipelines(tmp_path_factory.mktemp("models"))
    make_lora(root, "one", seed=1)
    make_lora(root, "two", seed=2)
    make_lora(root, "two-kohya", seed=2, naming="kohya")
    make_lora(root, "few-steps", seed=3)
    return root


@pytest.fixture
def drawer(root: Path) -> Any:
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    return drawer


def draw(drawer: Any, loras: str | None = None, **params: Any) -> Any:
    options = {"steps": 3, "size": 64, "seed": 3, **params}
    if loras is not None:
        options["loras"] = loras
    (rendering,) = drawer.render([make_job("diffusion", options)], Silent())
    return picture_of(rendering)


def test_loras_are_read_with_their_weights() -> None:
    assert parse_loras("one:0.8, two ,three:-1") == (Lora("one", 0.8), Lora("two"), Lora("three", -1))
    assert parse_loras(None) == parse_loras(" ") == ()


@pytest.mark.parametrize("text", ["one:x", "one:9", ":1", "one, one", "a, b, c, d, e, f", "one:nan"])
def test_loras_that_make_no_sense_are_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidTask) as caught:
        parse_loras(text)
    assert caught.value.field == "params.loras"


def test_a_lora_changes_the_picture_by_its_weight_and_is_gone_without_a_trace(drawer: Any) -> None:
    plain = draw(drawer)
    full, half, none = (draw(drawer, f"one:{weight}") for weight in (1, 0.5, 0))
    assert not np.array_equal(full, plain)
    assert not np.array_equal(half, full)
    assert np.array_equal(none, plain)
    assert np.array_equal(draw(drawer), plain)


def test_two_loras_join_and_are_switched_between_tasks(drawer: Any) -> None:
    one, two, both = draw(drawer, "one"), draw(drawer, "two"), draw(drawer, "one, two:0.5")
    assert len({picture.tobytes() for picture in (one, two, both)}) == 3
    assert np.array_equal(draw(drawer, "two"), two)
    assert np.array_equal(draw(drawer, "one"), one)


def test_kohya_s_names_mean_what_diffusers_names_mean(drawer: Any) -> None:
    difference = draw(drawer, "two").astype(int) - draw(drawer, "two-kohya")
    assert np.abs(difference).max() <= 1


def test_a_lora_is_read_once(drawer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = drawer._model(None).pipe
    loads: list[str] = []
    plain = type(pipe).load_lora_weights

    def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        loads.append(kwargs["adapter_name"])
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(type(pipe), "load_lora_weights", counting)
    for loras in ("one", "two", "one", "one, two"):
        draw(drawer, loras)
    assert len(loads) == 2


def test_the_result_tells_the_loras(drawer: Any) -> None:
    job = make_job("diffusion", {"steps": 2, "size": 64, "loras": "one:0.5, two"})
    (rendering,) = drawer.render([job], Silent())
    assert rendering.facts["loras"] == "one:0.5, two:1"


def test_an_interrupted_render_leaves_no_lora_behind(drawer: Any) -> None:
    plain = draw(drawer)
    with pytest.raises(RenderFailed):
        drawer.render(
            [make_job("diffusion", {"steps": 3, "size": 64, "loras": "one"})],
            Remembering(stop_at=1, error=RenderFailed("stop")),
        )
    assert np.array_equal(draw(drawer), plain)


def test_a_checkpoint_made_with_another_lora_is_refused(drawer: Any) -> None:
    watch = Remembering(stop_at=2)
    drawer.render([make_job("diffusion", {"steps": 4, "size": 64, "loras": "one"})], watch)
    job = make_job("diffusion", {"steps": 4, "size": 64, "loras": "two"}, resume=watch.state)
    with pytest.raises(RenderFailed, match="checkpoint"):
        drawer.render([job], Silent())


def test_a_lora_says_what_steps_guidance_and_scheduler_suit_it(tmp_path: Path) -> None:
    root = make_pipelines(tmp_path / "models")
    make_lora(root, "lcm", defaults={"steps": 4, "guidance": 1.0, "scheduler": "lcm"})
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    (rendering,) = drawer.render([make_job("diffusion", {"size": 64, "loras": "lcm"})], Silent())
    facts = rendering.facts
    assert (facts["steps"], facts["guidance"], facts["scheduler"]) == (4, 1.0, "lcm")


def test_a_lora_for_another_model_is_refused(tmp_path: Path) -> None:
    root = make_pipelines(tmp_path / "models", "sd", "sdxl")
    make_lora(root, "one")
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    with pytest.raises(InvalidTask, match="it is for sd15") as caught:
        draw(drawer, "one", model="tiny-sdxl")
    assert caught.value.field == "params.loras"


@pytest.mark.parametrize("wrong", ["names", "shapes"])
def test_a_file_that_is_no_lora_of_the_model_is_damaged_and_harms_nothing(tmp_path: Path, wrong: str) -> None:
    root = make_pipelines(tmp_path / "models")
    (root / "bad").mkdir()
    block = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    tensors = {
        "names": {"hello": torch.zeros(2)},
        "shapes": {f"{block}.lora_A.weight": torch.zeros(2, 5), f"{block}.lora_B.weight": torch.zeros(7, 2)},
    }[wrong]
    save_file(tensors, root / "bad" / "lora.safetensors")
    add_entry(root, entry_of(root / "bad", "lora", **{"for": ["sd15"]}))
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    plain = draw(drawer)
    for _ in range(2):
        with pytest.raises(DamagedWeights, match="bad"):
            draw(drawer, "bad")
    assert np.array_equal(draw(drawer), plain)


def test_no_more_loras_stay_than_are_kept(tmp_path: Path) -> None:
    root = make_pipelines(tmp_path / "models")
    keys = [f"lora{number}" for number in range(KEPT + 2)]
    for number, key in enumerate(keys):
        make_lora(root, key, seed=number)
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    first = draw(drawer, keys[0], steps=1)
    for key in keys[1:]:
        draw(drawer, key, steps=1)
    assert len(drawer._model(None).pipe.get_list_adapters()["unet"]) == KEPT
    assert np.array_equal(draw(drawer, keys[0], steps=1), first)
