"""The loop that every CLIP-guided renderer shares: look, judge, step, speak.

A renderer brings a canvas; this brings the cutouts, Adam, the falling learning rate, auto-stop, the fewer
cuts when memory runs out, checkpoints, and going on from one.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from contract.errors import OutOfMemory, RenderFailed
from contract.params import GuidedParams
from renderers import memory
from renderers.base import State, Watch
from renderers.cutouts import CutoutSettings, plan_cutouts, take_cutouts
from renderers.guidance import Guidance, Guides
from renderers.patience import Patience
from renderers.readback import Readback
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

    def preview(self) -> Tensor | None:
        """What it looks like now, small: H × W × 3, uint8, on its device; None if there is nothing new."""


@runtime_checkable
class Moving(Protocol):
    """A canvas that changes by itself as well, between two steps, as an animation's does."""

    def stepped(self, step: int, steps: int) -> None:
        """Step `step` of `steps` was taken. What is learned may be changed now, in place."""


@dataclass(frozen=True)
class Plan:
    """How much work to put in."""

    iterations: int
    cuts: int

    def asked(self, params: GuidedParams) -> "Plan":
        """This plan, but for what a job's options say."""
        return Plan(params.iterations or self.iterations, params.cuts or self.cuts)


class GuidedLoop:
    """One job's way from its canvas's first state to its last."""

    def __init__(
        self,
        canvas: Canvas,
        guidance: Guidance | Guides,
        plan: Plan,
        cutouts: CutoutSettings,
        seed: int,
        *,
        auto_stop: int | None = None,
    ) -> None:
        """`auto_stop`: steps without getting better before it slows down, and again before it stops."""
        self._canvas = canvas
        self._guides = guidance if isinstance(guidance, Guides) else Guides((guidance,))
        self._plan = plan
        self._cutouts = cutouts
        self._seed = seed
        self._patience = Patience(auto_stop)
        self._device = self._guides.first.clip.device
        # A GPU takes the next step while the last one's numbers are under way, unless auto-stop needs them.
        self._ahead = self._device.startswith("cuda") and auto_stop is None
        # Steps taken.
        self.step = 0
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
        untold: Readback | None = None
        while not self._finished:
            taken = self._advance()
            if untold is not None:
                self._tell(untold, watch, job)
            if not self._finished and watch.wants_checkpoint():
                watch.checkpoint(self.state(), job=job)
            untold = taken
            if not self._ahead:
                self._tell(taken, watch, job)
                untold = None
        if untold is not None:
            self._tell(untold, watch, job)
        return self.score()

    @property
    def _finished(self) -> bool:
        return self.step >= self._plan.iterations or self._patience.exhausted

    def _tell(self, taken: Readback, watch: Watch, job: int) -> None:
        loss, score = taken.wait().numbers
        _insist_on_number(loss, taken.step)
        # An early end is the end: its number is then that of all steps.
        total = taken.step if self._patience.exhausted else self._plan.iterations
        watch.step(taken.step, total, taken.image, score, job=job)

    @torch.no_grad()
    def score(self) -> float:
        """How well the whole picture fits the prompts that pull: a cosine."""
        whole = CutoutSettings(
            wide_share=1, wide_side=(1, 1), wide_shift=0, perspective_chance=0, colour_chance=0, noise=0
        )
        picture = self._canvas.picture()
        scores = [
            guidance.similarity(self._take(picture, 1, whole, guidance.clip.size))
            for guidance in self._guides.steady
        ]
        return sum(scores) / len(scores)

    def _advance(self) -> Readback:
        """One step of Adam."""
        progress, before = self.step / self._plan.iterations, (self.step - 1) / self._plan.iterations
        if self._guides.at(progress) != self._guides.at(before):
            self._patience.forget()
        falling = progress >= RATES_FALL_AT or self._patience.slowed
        for group, rate in zip(self._adam.param_groups, self._rates, strict=True):
            group["lr"] = rate / 10 if falling else rate
        numbers = self._gradients()
        if not self._ahead:
            loss = float(numbers[0])
            _insist_on_number(loss, self.step + 1)
            self._patience.see(loss)
        self._adam.step()
        self.step += 1
        if isinstance(self._canvas, Moving):
            self._canvas.stepped(self.step, self._plan.iterations)
        return Readback(self.step, numbers, self._canvas.preview())

    def _gradients(self) -> Tensor:
        """Fill the parameters' gradients, with fewer cuts from here on if memory runs out: loss and score."""
        while True:
            self._adam.zero_grad(set_to_none=True)
            try:
                return self._judged()
            except RuntimeError as error:
                if not memory.is_out_of_memory(error):
                    raise
                if self.cuts <= FEWEST_CUTS:
                    raise OutOfMemory(
                        f"memory of {self._device} ran out with {self.cuts} cutouts; "
                        "ask for a smaller model or a device with more memory"
                    ) from error
            # Outside the except block, where the traceback still held the failed step's tensors.
            self.cuts = max(FEWEST_CUTS, self.cuts // 2)
            memory.free()

    def _judged(self) -> Tensor:
        """One look of each CLIP, and the way back to the canvas: loss and score.

        The CLIPs' own graphs are let go one by one: only the picture's gradient of each is kept.
        """
        picture = self._canvas.picture()
        penalty = self._canvas.penalty()
        guides = self._guides.at(self.step / self._plan.iterations)
        seen = picture.detach().requires_grad_()
        loss, score = penalty.detach(), torch.zeros((), device=picture.device)
        for guidance in guides:
            cuts = self._take(seen, self.cuts, self._cutouts, guidance.clip.size)
            distance, fit = guidance.judge(cuts)
            torch.autograd.backward([distance / len(guides)])
            loss = loss + distance.detach() / len(guides)
            if guidance in self._guides.steady:
                score = score + fit.detach() / len(self._guides.steady)
        assert seen.grad is not None
        torch.autograd.backward([(picture * seen.grad).sum() + penalty])
        return torch.stack([loss, score])

    def _take(self, picture: Tensor, count: int, settings: CutoutSettings, size: int) -> Tensor:
        geometry = torch.Generator().manual_seed(step_seed(self._seed, self.step, _GEOMETRY))
        noise = torch.Generator(self._device).manual_seed(step_seed(self._seed, self.step, _NOISE))
        plan = plan_cutouts(count, picture.shape[-2], picture.shape[-1], settings, geometry)
        return take_cutouts(picture, plan, size, noise)

    def state(self) -> State:
        """All that is needed to go on from here: numbers and numpy arrays by name."""
        state: dict[str, Any] = {"step": self.step, "cuts": self.cuts, **self._patience.state()}
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
            self._patience.resume(state)
            self.step, self.cuts = int(state["step"]), int(state["cuts"])
        except (KeyError, TypeError, ValueError) as error:
            raise RenderFailed(f"the checkpoint isn't one of this job: {error}") from error


def _insist_on_number(loss: float, step: int) -> None:
    if not math.isfinite(loss):
        raise RenderFailed(f"the loss is {loss} at step {step}; another seed or smaller weights may help")


def _to_numpy(tensor: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    return tensor.detach().cpu().numpy().copy()


def _like(tensor: Tensor, values: object) -> Tensor:
    """Saved values as a tensor of the same shape, type and device as `tensor`."""
    array = np.asarray(values)
    if array.shape != tuple(tensor.shape):
        raise ValueError(f"shape {array.shape} is not {tuple(tensor.shape)}")
    return torch.tensor(array, dtype=tensor.dtype, device=tensor.device)
