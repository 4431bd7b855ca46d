"""torch.compile for a denoiser, when a GPU has so much to do with one shape that it pays."""

import logging
from typing import Any

from renderers.diffusion_models import DiffusionModel

log = logging.getLogger(__name__)

# Compiling the repeated blocks takes 10 to 20 seconds and saves 10 to 40 ms a step of a large model
# (diffusers' own figures: FLUX on an H100 6.7 → 4.5 s for 28 steps, cold start 9.6 s): after this many steps
# of one shape, more of the same may be expected.
PAYS_AFTER = 400


class Compiling:
    """Counts a model's steps by shape, and compiles its denoiser's repeated blocks once they are many."""

    def __init__(self, pays_after: int = PAYS_AFTER) -> None:
        self._pays_after = pays_after
        self._steps: dict[tuple[int, ...], int] = {}

    def saw(self, model: DiffusionModel, shape: tuple[int, ...], steps: int) -> None:
        """After a render of so many steps; `shape` is (pictures, height, width).

        Never on a CPU, where it was measured not to be faster, nor with LoRAs, which change the modules.
        """
        if model.compiled or model.adapters or not _is_gpu(model.device):
            return
        self._steps[shape] = self._steps.get(shape, 0) + steps
        if self._steps[shape] >= self._pays_after:
            model.compiled = True
            compile_blocks(model.denoiser, model.located.key)


def compile_blocks(denoiser: Any, key: str) -> None:
    """Compile the blocks that a denoiser repeats, if it has such."""
    if not getattr(denoiser, "_repeated_blocks", None):
        return
    import torch._dynamo

    # What can't be compiled, at the next call, is then run as it is.
    torch._dynamo.config.suppress_errors = True
    denoiser.compile_repeated_blocks(dynamic=True)
    log.info("%s: the denoiser's blocks are compiled from here on", key)


def _is_gpu(device: str) -> bool:
    return device.startswith("cuda")
