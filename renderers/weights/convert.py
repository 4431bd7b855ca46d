"""Old checkpoints made into safetensors, once, without running what is in them."""

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from contract.errors import DamagedWeights
from renderers.weights.checkpoints import read_checkpoint

# What training needs and drawing doesn't: the discriminator and LPIPS are half of a VQGAN's checkpoint.
LEFT_BEHIND = ("loss.", "model_ema.")
# In a checkpoint of a transformer over codes, the VQGAN is its first stage.
FIRST_STAGE = "first_stage_model."


def convert(kind: str, checkpoint: Path, out: Path) -> None:
    """Write the safetensors `out` from an old checkpoint: 'torch' (all its tensors) or 'taming' (a VQGAN's).

    `out` appears whole or not at all. Raises `DamagedWeights` as `read_checkpoint` does, or if a VQGAN's
    parts are missing.
    """
    from safetensors.torch import save_file

    tensors = CONVERSIONS[kind](checkpoint)
    part = out.with_name(f"{out.name}.part")
    # Each its own memory: safetensors refuses tensors that share theirs, as tied weights do.
    apart = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    save_file(apart, part, metadata={"format": "pt"})
    part.replace(out)


def read_taming(checkpoint: Path) -> dict[str, Tensor]:
    """A VQGAN's tensors under taming's own names, without those of its training."""
    tensors = read_checkpoint(checkpoint)
    inner = {
        name.removeprefix(FIRST_STAGE): tensors[name] for name in tensors if name.startswith(FIRST_STAGE)
    }
    tensors = {
        name: tensor for name, tensor in (inner or tensors).items() if not name.startswith(LEFT_BEHIND)
    }
    for part in ("encoder.", "decoder.", "quantize.", "quant_conv.", "post_quant_conv."):
        if not any(name.startswith(part) for name in tensors):
            raise DamagedWeights(f"{checkpoint} has no {part}*: it isn't a VQGAN's checkpoint")
    return tensors


CONVERSIONS: dict[str, Callable[[Path], dict[str, Tensor]]] = {
    "taming": read_taming,
    "torch": read_checkpoint,
}
