"""A pipeline's weights as one file in the layout of the original Stable Diffusion checkpoints."""

import re
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

RESNET = (
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("time_emb_proj", "emb_layers.1"),
    ("conv_shortcut", "skip_connection"),
)
UNET_ENDS = {
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
}
VAE_WORDS = (
    ("conv_norm_out", "norm_out"),
    ("conv_shortcut", "nin_shortcut"),
    ("group_norm", "norm"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("to_out.0", "proj_out"),
)


def make_single_file(folder: Path, single: Path, layers: int = 1) -> None:
    """Write `single`, a folder with the configurations of a pipeline's folder and one file of all weights.

    `layers` are the layers a block of its UNet.
    """
    shutil.copytree(folder, single, ignore=shutil.ignore_patterns("*.safetensors"))
    tensors: dict[str, Tensor] = {}
    for name, tensor in load_file(folder / "unet" / "diffusion_pytorch_model.safetensors").items():
        tensors["model.diffusion_model." + _unet_name(name, layers)] = tensor
    for name, tensor in load_file(folder / "vae" / "diffusion_pytorch_model.safetensors").items():
        square = tensor[:, :, None, None] if "attentions" in name and tensor.ndim == 2 else tensor
        tensors["first_stage_model." + _vae_name(name)] = square
    for name, tensor in load_file(folder / "text_encoder" / "model.safetensors").items():
        tensors["cond_stage_model.transformer.text_model." + name.removeprefix("text_model.")] = tensor
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, single / "model.safetensors")


def _unet_name(name: str, layers: int) -> str:
    for ours, theirs in UNET_ENDS.items():
        if name.startswith(f"{ours}."):
            return name.replace(ours, theirs, 1)
    if found := re.match(
        r"(down|up)_blocks\.(\d)\.(resnets|attentions|(?:down|up)samplers)\.(\d)\.(.*)", name
    ):
        way, block, sort, layer, rest = found.groups()
        first = int(block) * (layers + 1) + (way == "down")
        blocks = "input_blocks" if way == "down" else "output_blocks"
        if sort == "downsamplers":
            return f"{blocks}.{first + layers}.0.op{rest.removeprefix('conv')}"
        if sort == "upsamplers":
            # After the attention of the block's last layer; only the first of two blocks has one.
            return f"{blocks}.{first + layers}.2.{rest}"
        if sort == "attentions":
            return f"{blocks}.{first + int(layer)}.1.{rest}"
        return f"{blocks}.{first + int(layer)}.0.{_resnet(rest)}"
    found = re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name)
    assert found is not None, name
    sort, layer, rest = found.groups()
    return (
        "middle_block.1." + rest if sort == "attentions" else f"middle_block.{2 * int(layer)}.{_resnet(rest)}"
    )


def _resnet(rest: str) -> str:
    for ours, theirs in RESNET:
        rest = rest.replace(ours, theirs)
    return rest


def _vae_name(name: str) -> str:
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = name.replace("mid_block.attentions.0", "mid.attn_1")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)
    for ours, theirs in VAE_WORDS:
        name = name.replace(ours, theirs)
    return name
