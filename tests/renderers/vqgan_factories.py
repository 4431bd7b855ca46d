"""Small VQGANs of random weights in taming's layout: f8 and f16, plain and Gumbel."""

from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file
from torch import nn

from tests.renderers.factories import make_models

TINY_VQGAN = "tiny-vqgan"

TABLE = """
[{key}]
kind = "vqgan"
default = {default}
summary = "A VQGAN that knows nothing, for tests"
folder = "{key}"
licence = "Apache-2.0"
memory_mb = 1
traits = [{traits}]

[{key}.files]
"model.yaml" = {{}}
"model.safetensors" = {{}}
"""


def taming_yaml(factor: int = 8, gumbel: bool = False, **params: Any) -> dict[str, Any]:
    """A yaml as taming's, of a model as narrow as taming's norms allow."""
    levels = factor.bit_length()
    return {
        "model": {
            "base_learning_rate": 4.5e-06,
            "target": f"taming.models.vqgan.{'GumbelVQ' if gumbel else 'VQModel'}",
            "params": {
                "embed_dim": 8,
                "n_embed": 512,
                "ddconfig": {
                    "double_z": False,
                    "z_channels": 8,
                    "resolution": 32,
                    "in_channels": 3,
                    "out_ch": 3,
                    "ch": 32,
                    "ch_mult": [1] * levels,
                    "num_res_blocks": 1,
                    "attn_resolutions": [4],
                    "dropout": 0.0,
                },
                "lossconfig": {"target": "taming.modules.losses.DummyLoss"},
                **params,
            },
        }
    }


def taming_tensors(config: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Random weights under the names of a checkpoint of taming's, made of its own modules alone."""
    from taming.modules.diffusionmodules.model import Decoder, Encoder

    params = config["model"]["params"]
    towers, codes, width = params["ddconfig"], params["n_embed"], params["embed_dim"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        whole = nn.Module()
        whole.encoder, whole.decoder = Encoder(**towers), Decoder(**towers)
        whole.quantize = nn.Module()
        if config["model"]["target"].endswith("GumbelVQ"):
            whole.quantize.proj = nn.Conv2d(towers["z_channels"], codes, 1)
            whole.quantize.embed = nn.Embedding(codes, width)
        else:
            whole.quantize.embedding = nn.Embedding(codes, width)
        whole.quant_conv = nn.Conv2d(towers["z_channels"], width, 1)
        whole.post_quant_conv = nn.Conv2d(width, towers["z_channels"], 1)
        with torch.no_grad():
            # As strong as trained ones: many codes are met, and pictures are not all grey.
            whole.get_parameter("quant_conv.weight").mul_(8)
            whole.get_parameter("decoder.conv_out.weight").mul_(4)
    return {name: tensor.contiguous() for name, tensor in whole.state_dict().items()}


def write_vqgan(folder: Path, config: dict[str, Any]) -> Path:
    """A model's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text(yaml.safe_dump(config))
    save_file(taming_tensors(config), folder / "model.safetensors")
    return folder


def add_vqgan(
    root: Path, key: str, config: dict[str, Any], *, default: bool = False, traits: str = ""
) -> Path:
    """Put a VQGAN into a models folder and its table; the model's folder."""
    entry = TABLE.format(key=key, default=str(default).lower(), traits=traits)
    with (root / "models.toml").open("a") as table:
        table.write(entry)
    return write_vqgan(root / key, config)


def make_both(root: Path, weights: str = "") -> Path:
    """A models folder with a tiny CLIP, and with a tiny VQGAN of small scenes as the default."""
    make_models(root, weights)
    add_vqgan(root, TINY_VQGAN, taming_yaml(4), default=True, traits='"scenes"')
    return root
