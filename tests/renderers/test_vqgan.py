"""VQGANs in taming's layout: the pictures that taming itself makes of them, and files that are refused."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from contract.errors import DamagedWeights
from renderers.base import Located
from renderers.vqgan import Vqgan, gather, nearest
from renderers.vqgan_config import read_config
from tests.renderers.vqgan_factories import taming_tensors, taming_yaml, write_vqgan


def load(folder: Path, **changes: Any) -> Vqgan:
    located = Located(key="some-vqgan", path=str(folder), sha256="0" * 64)
    return Vqgan.load(located, "cpu", **{"precision": torch.float32, **changes})


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return torch.rand(2, 3, 32, 48, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("factor", [8, 16])
@pytest.mark.parametrize("gumbel", [False, True])
def test_it_makes_what_tamings_modules_make_of_the_same_weights(
    tmp_path: Path, pictures: torch.Tensor, factor: int, gumbel: bool
) -> None:
    """taming's VQModel and GumbelVQ, written out, with its one-hot rows."""
    from taming.modules.diffusionmodules.model import Decoder, Encoder

    config = taming_yaml(factor, gumbel)
    model = load(write_vqgan(tmp_path, config))
    tensors, towers = taming_tensors(config), config["model"]["params"]["ddconfig"]
    encoder, decoder = Encoder(**towers).eval(), Decoder(**towers).eval()
    for tower, name in ((encoder, "encoder."), (decoder, "decoder.")):
        own = {k.removeprefix(name): v for k, v in tensors.items() if k.startswith(name)}
        tower.load_state_dict(own)

    def conv(x: torch.Tensor, name: str) -> torch.Tensor:
        return torch.nn.functional.conv2d(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    with torch.no_grad():
        h = conv(encoder(2 * pictures - 1), "quant_conv")
        if gumbel:
            vectors = tensors["quantize.embed.weight"]
            index = conv(h, "quantize.proj").argmax(1)
        else:
            vectors = tensors["quantize.embedding.weight"]
            index = torch.cdist(h.movedim(1, -1).flatten(0, 2), vectors).argmin(1).view(h[:, 0].shape)
        one_hot = torch.nn.functional.one_hot(index, len(vectors)).float()
        made = (decoder(conv((one_hot @ vectors).movedim(-1, 1), "post_quant_conv")) + 1) / 2
        codes = model.codes(pictures)
        drawn = model.decode(gather(codes, model.quantize.vectors))
    assert codes.shape == (2, 32 // factor, 48 // factor)
    assert model.config.factor == factor
    assert torch.equal(codes, index)
    assert torch.allclose(drawn, made, atol=1e-4)


def test_the_nearest_code_is_that_of_the_smallest_distance() -> None:
    generator = torch.Generator().manual_seed(1)
    z, vectors = torch.randn(2, 8, 5, 3, generator=generator), torch.randn(40, 8, generator=generator)
    distances = (z.movedim(1, -1)[..., None, :] - vectors).square().sum(-1)
    assert torch.equal(nearest(z, vectors), distances.argmin(-1))


def test_lower_precision_reads_the_same_picture_roughly(tmp_path: Path, pictures: torch.Tensor) -> None:
    folder = write_vqgan(tmp_path, taming_yaml())
    exact, rough = load(folder), load(folder, precision=torch.bfloat16)
    z = gather(exact.codes(pictures), exact.quantize.vectors)
    assert rough.decode(z).dtype == torch.float32
    assert (rough.decode(z) - exact.decode(z)).abs().mean() < 0.02
    assert rough.quantize.vectors.dtype == torch.float32


def test_losses_and_averages_of_a_checkpoint_are_left_out(tmp_path: Path, pictures: torch.Tensor) -> None:
    folder = write_vqgan(tmp_path, taming_yaml())
    before = load(folder).codes(pictures)
    tensors = load_file(folder / "model.safetensors")
    tensors["loss.perceptual_loss.lin0.model.1.weight"] = torch.zeros(1)
    save_file(tensors, folder / "model.safetensors")
    assert torch.equal(load(folder).codes(pictures), before)


def test_the_vqgan_of_a_transformers_yaml_is_its_first_stage(tmp_path: Path, pictures: torch.Tensor) -> None:
    config = taming_yaml(gumbel=True)
    folder = write_vqgan(tmp_path, config)
    codes = load(folder).codes(pictures)
    first_stage = {"target": config["model"]["target"], "params": config["model"]["params"]}
    outer = {"model": {"target": "taming.models.cond_transformer.Net2NetTransformer"}}
    outer["model"]["params"] = {"first_stage_config": first_stage}  # type: ignore[assignment]
    (folder / "model.yaml").write_text(yaml.safe_dump(outer))
    tensors = load_file(folder / "model.safetensors")
    renamed = {f"first_stage_model.{name}": tensor for name, tensor in tensors.items()}
    save_file({**renamed, "transformer.pos_emb": torch.zeros(3)}, folder / "model.safetensors")
    assert torch.equal(load(folder).codes(pictures), codes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_embed": "${oc.env:HOME}"}, "interpolation"),
        ({"n_embed": 10**9}, "n_embed"),
        ({"n_embed": 25}, "quantize.embedding.weight is"),
        ({"embed_dim": None}, "embed_dim"),
    ],
)
def test_a_yaml_that_does_not_describe_the_weights_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    folder = write_vqgan(tmp_path, taming_yaml())
    (folder / "model.yaml").write_text(yaml.safe_dump(taming_yaml(**change)))
    with pytest.raises(DamagedWeights, match=message):
        load(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model: !!python/object/apply:os.system ['touch {mark}']", "no plain yaml"),
        ("model: [1, 2]", "no mapping 'model'"),
        ("- model", "no mapping 'model'"),
        ("model: {params: {ddconfig: 3, embed_dim: 8, n_embed: 8}}", "ddconfig"),
        ("#" * 200_000, "bytes"),
    ],
)
def test_a_hostile_or_broken_yaml_is_refused_and_nothing_in_it_is_run(
    tmp_path: Path, text: str, message: str
) -> None:
    folder, mark = write_vqgan(tmp_path, taming_yaml()), tmp_path / "ran"
    (folder / "model.yaml").write_text(text.replace("{mark}", str(mark)))
    with pytest.raises(DamagedWeights, match=message):
        load(folder)
    assert not mark.exists()


def test_aliases_that_multiply_cost_nothing(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    path = tmp_path / "model.yaml"
    path.write_text("\n".join([*lines, yaml.safe_dump(taming_yaml())]))
    assert read_config(path).n_embed == 512


def test_a_missing_or_unknown_tensor_is_named(tmp_path: Path) -> None:
    folder = write_vqgan(tmp_path, taming_yaml())
    tensors = load_file(folder / "model.safetensors")
    bias = tensors.pop("decoder.conv_out.bias")
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(DamagedWeights, match="decoder.conv_out.bias is missing"):
        load(folder)
    save_file(
        {**tensors, "decoder.conv_out.bias": bias, "spy.weight": bias.clone()}, folder / "model.safetensors"
    )
    with pytest.raises(DamagedWeights, match="spy.weight has no place"):
        load(folder)


def test_a_kl_autoencoder_is_no_vqgan(tmp_path: Path) -> None:
    config = taming_yaml()
    config["model"]["params"]["ddconfig"]["double_z"] = True
    path = tmp_path / "model.yaml"
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(ValueError, match="double_z"):
        read_config(path)
