"""Tiny diffusion pipelines of each family with random weights, in diffusers' own folders, and LoRAs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)

from tests.renderers.factories import _letters

TINY_SD, TINY_SDXL, TINY_FLUX = "tiny-sd", "tiny-sdxl", "tiny-flux"
LONGEST = 24


def make_pipelines(root: Path, *families: str, table: str = "") -> Path:
    """A models folder with pipelines ('sd', 'sdxl', 'flux', 'inpaint'; the first is the default)."""
    root.mkdir(parents=True, exist_ok=True)
    entries = [_ABSENT, table]
    for family in families or ("sd",):
        folder = root / f"tiny-{family}"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            _MAKERS[family]().save_pretrained(folder)
        entries.append(
            entry_of(
                folder, "diffusion", family={"sd": "sd15"}.get(family, family), default=len(entries) == 2
            )
        )
    (root / "models.toml").write_text("\n".join(entries))
    return root


def entry_of(folder: Path, kind: str, **more: Any) -> str:
    """A table's entry for all files of a folder."""
    values = {
        "kind": kind,
        "summary": "For tests",
        "folder": folder.name,
        "licence": "MIT",
        "memory_mb": 1,
        **more,
    }
    lines = [f"[{folder.name}]"]
    lines += [f"{name} = {_toml(value)}" for name, value in values.items()]
    lines += [f"[{folder.name}.files]"]
    lines += [f'"{path.relative_to(folder)}" = {{}}' for path in sorted(folder.rglob("*")) if path.is_file()]
    return "\n".join(lines) + "\n"


def add_entry(root: Path, entry: str) -> None:
    """Add to a folder's table."""
    with (root / "models.toml").open("a") as table:
        table.write(entry)


def make_lora(root: Path, key: str, *, naming: str = "diffusers", seed: int = 0, **more: Any) -> None:
    """A LoRA of rank 2 for the UNet of `tiny-sd`, in diffusers' or in kohya's naming, and its entry."""
    folder = root / key
    folder.mkdir()
    unet = UNet2DConditionModel.from_pretrained(root / "tiny-sd" / "unet")
    source = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}
    for name, module in unet.named_modules():
        if name.endswith(("attn2.to_k", "attn2.to_v")):
            down = torch.randn(2, module.in_features, generator=source) * 0.3
            up = torch.randn(module.out_features, 2, generator=source) * 0.3
            if naming == "diffusers":
                tensors[f"unet.{name}.lora_A.weight"], tensors[f"unet.{name}.lora_B.weight"] = down, up
            else:
                flat = "lora_unet_" + name.replace(".", "_")
                tensors |= {f"{flat}.lora_down.weight": down, f"{flat}.lora_up.weight": up}
                tensors[f"{flat}.alpha"] = torch.tensor(2.0)
    save_file(tensors, folder / "pytorch_lora_weights.safetensors", metadata={"format": "pt"})
    add_entry(root, entry_of(folder, "lora", **{"for": ["sd15"], **more}))


def scheduler_settings(root: Path, key: str, **settings: Any) -> None:
    """Change what a pipeline's folder says of its scheduler."""
    path = root / key / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def _sd(channels: int = 4) -> DiffusionPipeline:
    tokenizer = _tokenizer()
    return StableDiffusionPipeline(
        vae=_vae(4),
        text_encoder=CLIPTextModel(_text(tokenizer)),
        tokenizer=tokenizer,
        unet=_unet(32, channels),
        scheduler=_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl() -> DiffusionPipeline:
    tokenizer = _tokenizer()
    text = _text(tokenizer)
    unet = _unet(
        64,
        4,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 16,
        transformer_layers_per_block=1,
    )
    return StableDiffusionXLPipeline(
        vae=_vae(4),
        text_encoder=CLIPTextModel(text),
        text_encoder_2=CLIPTextModelWithProjection(text),
        tokenizer=tokenizer,
        tokenizer_2=_tokenizer(),
        unet=unet,
        scheduler=_scheduler(),
    )


def _flux() -> DiffusionPipeline:
    tokenizer = _tokenizer()
    letters = _letters()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=letters.backend_tokenizer, pad_token="<|endoftext|>", eos_token="<|endoftext|>",
        model_max_length=32,
    )  # fmt: skip
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=_vae(4, shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=CLIPTextModel(_text(tokenizer)),
        tokenizer=tokenizer,
        text_encoder_2=T5EncoderModel(
            T5Config(vocab_size=len(letters), d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
        ),
        tokenizer_2=fast,
        transformer=FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    )


_MAKERS: Mapping[str, Any] = {"sd": _sd, "sdxl": _sdxl, "flux": _flux, "inpaint": lambda: _sd(9)}


def _scheduler() -> Any:
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def _tokenizer() -> Any:
    tokenizer = _letters()
    tokenizer.model_max_length = LONGEST
    tokenizer.pad_token = "<|endoftext|>"
    return tokenizer


def _text(tokenizer: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=LONGEST,
        projection_dim=16,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _vae(channels: int, **more: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=channels,
        norm_num_groups=2,
        sample_size=64,
        **more,
    )


def _unet(width: int, channels: int, **more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width,
        attention_head_dim=2,
        norm_num_groups=4,
        **more,
    )


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + " }"
    return json.dumps(value)


_ABSENT = """
[absent-sd]
kind = "diffusion"
summary = "A pipeline that nobody fetched"
folder = "absent/sd"
source = "someone/sd"
revision = "0123456789abcdef"
licence = "MIT"
memory_mb = 1
family = "sd15"

[absent-sd.files]
"unet/diffusion_pytorch_model.safetensors" = {}
"""
