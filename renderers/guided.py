"""The loop that every CLIP-guided renderer shares: look, judge, step, speak.

A renderer brings a canvas; this brings the cutouts, Adam, the falling learning rate, the fewer cuts when
memory runs out, checkpoints, and going on from one.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from contract.errors import OutOfMemory, RenderFailed
from renderers.base import Image, State, Watch
from renderers.cutouts import CutoutSettings, plan_cutouts, take_cutouts
from renderers.guidance import Guidance
from renderers.seeds import step_seed

# From this share of the steps on, the learning rates are a tenth, as pixray has it.
RATES_FALL_AT = 0.75
FEWEST_CUTS = 2

# What a step draws its random numbers for.
_GEOMETRY, _NOISE = 0, 1


class Canvas(Protocol):
    """What a guided renderer optimises."""

    def parameters(self) -> list[tuple[Tensor, float]]:
        """The leaf tensors that are learned, and the learning rate of each; always in the same order."""

    def picture(self) -> Tensor:
        """1 × 3 × H × W in [0, 1], differentiable."""

    def penalty(self) -> Tensor:
        """The canvas's own loss, of the picture made last: a scalar."""

    def preview(self) -> Image:
        """What it looks like now, small."""


@dataclass(frozen=True)
class Plan:
    """How much work to put in."""

    iterations: int
    cuts: int


class GuidedLoop:
    """One job's way from its canvas's first state to its last."""

    def __init__(
        self, canvas: Canvas, guidance: Guidance, plan: Plan, cutouts: CutoutSettings, seed: int
    ) -> None:
        self._canvas = canvas
        self._guidance = guidance
        self._plan = plan
        self._cutouts = cutouts
        self._seed = seed
        self._step = 0
        self.cuts = plan.cuts
        self._adam = torch.optim.Adam(
            [{"params": [tensor], "lr": rate} for tensor, rate in canvas.parameters()]
        )
        self._rates = [rate for _, rate in canvas.parameters()]

    def run(self, watch: Watch, job: int = 0) -> float:
        """Take the steps that are left; the score of the finished picture.

        Raises `RenderFailed` when the loss is no longer a number, `OutOfMemory` when even the fewest cuts
        don't fit, and whatever `watch` raises.
        """
        total = self._plan.iterations
        while self._step < total:
            score = self._advance()
            if self._step < total and watch.wants_checkpoint():
                watch.checkpoint(self.state(), job=job)
            watch.step(self._step, total, self._canvas.preview(), score, job=job)
        return self.score()

    @torch.no_grad()
    def score(self) -> float:
        """How well the whole picture fits the prompts that pull: a cosine."""
        whole = CutoutSettings(
            wide_share=1, wide_side=(1, 1), wide_shift=0, perspective_chance=0, colour_chance=0, noise=0
        )
        return self._guidance.similarity(self._take(1, whole))

    def _advance(self) -> float:
        """One step of Adam; the mean score of its cuts."""
        falling = self._step >= RATES_FALL_AT * self._plan.iterations
        for group, rate in zip(self._adam.param_groups, self._rates, strict=True):
            group["lr"] = rate / 10 if falling else rate
        loss, score = self._gradients()
        if not math.isfinite(loss):
            raise RenderFailed(
                f"the loss is {loss} at step {self._step + 1}; another seed or smaller weights may help"
            )
        self._adam.step()
        self._step += 1
        return score

    def _gradients(self) -> tuple[float, float]:
        """Fill the parameters' gradients, with fewer cuts from here on if memory runs out."""
        while True:
            self._adam.zero_grad(set_to_none=True)
            try:
                loss, score = self._guidance.judge(self._take(self.cuts, self._cutouts))
                loss = loss + self._canvas.penalty()
                torch.autograd.backward([loss])
                return float(loss.detach()), float(score)
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
                if self.cuts <= FEWEST_CUTS:
                    raise OutOfMemory(
                        f"memory of {self._guidance.clip.device} ran out with {self.cuts} cutouts; "
                        "ask for a smaller model or a device with more memory"
                    ) from error
            # Outside the except block, where the traceback still held the failed step's tensors.
            self.cuts = max(FEWEST_CUTS, self.cuts // 2)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    def _take(self, count: int, settings: CutoutSettings) -> Tensor:
        clip = self._guidance.clip
        picture = self._canvas.picture()
        geometry = torch.Generator().manual_seed(step_seed(self._seed, self._step, _GEOMETRY))
        noise = torch.Generator(clip.device).manual_seed(step_seed(self._seed, self._step, _NOISE))
        plan = plan_cutouts(count, picture.shape[-2], picture.shape[-1], settings, geometry)
        return take_cutouts(picture, plan, clip.size, noise)

    def state(self) -> State:
        """All that is needed to go on from here: numbers and numpy arrays by name."""
        state: dict[str, Any] = {"step": self._step, "cuts": self.cuts}
        for index, (tensor, _) in enumerate(self._canvas.parameters()):
            moments = self._adam.state[tensor]
            state[f"{index}.value"] = _to_numpy(tensor)
            state[f"{index}.mean"] = _to_numpy(moments["exp_avg"])
            state[f"{index}.square"] = _to_numpy(moments["exp_avg_sq"])
        return state

    def resume(self, state: State) -> None:
        """Go on from a state. Raises `RenderFailed` if it isn't one of this job."""
        try:
            with torch.no_grad():
                for index, (tensor, _) in enumerate(self._canvas.parameters()):
                    tensor.copy_(_like(tensor, state[f"{index}.value"]))
                    self._adam.state[tensor] = {
                        "step": torch.tensor(float(state["step"])),
                        "exp_avg": _like(tensor, state[f"{index}.mean"]),
                        "exp_avg_sq": _like(tensor, state[f"{index}.square"]),
                    }
            self._step, self.cuts = int(state["step"]), int(state["cuts"])
        except (KeyError, TypeError, ValueError) as error:
            raise RenderFailed(f"the checkpoint isn't one of this job: {error}") from error


def _to_numpy(tensor: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    return tensor.detach().cpu().numpy().copy()


def _like(tensor: Tensor, values: object) -> Tensor:
    """Saved values as a tensor of the same shape, type and device as `tensor`."""
    array = np.asarray(values)
    if array.shape != tuple(tensor.shape):
        raise ValueError(f"shape {array.shape} is not {tuple(tensor.shape)}")
    return torch.tensor(array, dtype=tensor.dtype, device=tensor.device)


def _is_out_of_memory(error: RuntimeError) -> bool:
    """torch has a type for a GPU's memory, and only a text for the CPU's."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator: can't allocate" in str(error)
