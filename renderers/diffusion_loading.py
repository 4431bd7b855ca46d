"""A diffusion pipeline from a folder of `models.toml`: checked, on a device, in the precision that suits."""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from contract.errors import DamagedWeights
from renderers.base import Located
from renderers.diffusion_models import DiffusionModel, Flux, StableDiffusion, StableDiffusionXl
from renderers.quiet import quiet

# The pipelines that are known, by the class that `model_index.json` names. No other class is ever made.
PIPELINES: Mapping[str, type[DiffusionModel]] = {
    "FluxPipeline": Flux,
    "StableDiffusionPipeline": StableDiffusion,
    "StableDiffusionXLPipeline": StableDiffusionXl,
}
LIBRARIES = ("diffusers", "transformers")


def load_diffusion(located: Located, device: str) -> DiffusionModel:
    """The model of a folder, ready to draw. Nothing is fetched, unpickled, or run from the folder.

    Raises `DamagedWeights` if the files don't make a pipeline, or not the one that they describe.
    """
    folder = Path(located.path)
    dtype = fastest_precision(device)
    try:
        kind = _kind(folder)
        with quiet("transformers"), quiet("diffusers"):
            pipe = _read(folder, located.files, dtype)
    # Whatever a broken folder makes the libraries raise (they raise many kinds) means the same here.
    except Exception as error:
        raise DamagedWeights(f"{located.key}: {folder} can't be loaded: {error}") from error
    _check_complete(pipe, located)
    pipe.set_progress_bar_config(disable=True)
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    pipe.to(device)
    if device != "cpu" and hasattr(pipe, "unet"):
        pipe.unet.to(memory_format=torch.channels_last)
        pipe.vae.to(memory_format=torch.channels_last)
    return kind(pipe, located, device, dtype)


def fastest_precision(device: str) -> torch.dtype:
    """bfloat16 on GPUs that are made for it, float16 on others, float32 on a CPU.

    On a CPU bfloat16 would give other pictures alone than in a batch.
    """
    if not device.startswith("cuda"):
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def _kind(folder: Path) -> type[DiffusionModel]:
    """The family, by `model_index.json`, in which every part must be of a known library."""
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    name = index.get("_class_name")
    if name not in PIPELINES:
        raise ValueError(
            f"model_index.json names the pipeline {name!r}, but known are {', '.join(PIPELINES)}"
        )
    for part, origin in index.items():
        if isinstance(origin, list) and part != "safety_checker":
            library = origin[0] if origin else None
            if library is not None and library not in LIBRARIES:
                raise ValueError(
                    f"model_index.json has {part} from {library!r}, not of {' or '.join(LIBRARIES)}"
                )
    return PIPELINES[name]


def _read(folder: Path, files: tuple[str, ...], dtype: torch.dtype) -> Any:
    """The pipeline of a folder in diffusers' layout, or of one file of all weights."""
    import diffusers

    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    chosen: dict[str, Any] = {}
    checker = [name for name in files if re.fullmatch(r"safety_checker/.*\.safetensors", name)]
    if "safety_checker" in index and not checker:
        # It is not among the files that were checked: no part of the pipeline may come from elsewhere.
        chosen = {"safety_checker": None, "requires_safety_checker": False}
    single = [name for name in files if name.endswith(".safetensors") and "/" not in name]
    if single:
        kind = getattr(diffusers, index["_class_name"])
        return kind.from_single_file(
            str(folder / single[0]), config=str(folder), local_files_only=True, dtype=dtype, **chosen
        )
    return diffusers.AutoPipelineForText2Image.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, dtype=dtype, **chosen
    )


def _check_complete(pipe: Any, located: Located) -> None:
    """Raise `DamagedWeights` where a part's files hold fewer numbers than it has."""
    for name, part in pipe.components.items():
        files = [
            file for file in located.files if file.startswith(f"{name}/") and file.endswith(".safetensors")
        ]
        if not isinstance(part, torch.nn.Module) or not files:
            continue
        needed = sum(weight.numel() for weight in part.parameters())
        found = sum(_numbers_in(Path(located.path) / file) for file in files)
        if found < needed:
            raise DamagedWeights(
                f"{located.key}: {located.path}: {name} has {found} numbers in its files, but needs {needed}"
            )


def _numbers_in(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
