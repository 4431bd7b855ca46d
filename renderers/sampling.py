"""The way from noise to pictures: the loop over a scheduler's steps, for several jobs' pictures together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from contract.errors import InvalidTask, RenderFailed
from renderers.base import Image, State, Watch
from renderers.denoiser import Denoiser
from renderers.diffusion_models import DiffusionModel, Text
from renderers.diffusion_plan import Plan
from renderers.readback import Readback
from renderers.schedulers import (
    begin,
    clean,
    give_state,
    isinstance_flow,
    make_scheduler,
    needs_noise,
    take_state,
)
from renderers.seeds import step_seed

# What a picture's seed is drawn from for: its first noise, and that of a step.
_BEGINNING, _STEP, _SURROUNDINGS = 21, 22, 23
LONGEST_PREVIEW = 256


@dataclass(frozen=True)
class Piece:
    """One picture to be made: whose it is, its seed, and its texts."""

    job: int
    seed: int
    towards: Text
    away: Text | None
    # Latents of what it begins from; `mask` [1, h, w] is 1 where it is drawn anew.
    init: Tensor | None = None
    mask: Tensor | None = None


class Sampling:
    """Pieces of one plan on their way; those of a job lie next to each other."""

    def __init__(
        self, model: DiffusionModel, plan: Plan, pieces: Sequence[Piece], signatures: Sequence[int]
    ) -> None:
        """`signatures`: for each job a number that its checkpoints carry, so that no other's is taken.

        Raises `InvalidTask` for a scheduler or a number of steps that the model can't do.
        """
        self._model, self._plan, self._pieces, self._signatures = model, plan, list(pieces), signatures
        height, width = (side // model.factor for side in plan.drawn)
        self._shape = (model.channels, height, width)
        self.scheduler = make_scheduler(plan.scheduler, model.pipe.scheduler.config, flow=model.flow)
        skip = plan.skip if pieces[0].init is not None else 0
        try:
            self._times = begin(
                self.scheduler, plan.steps, model.device, tokens=height * width // 4, skip=skip
            )
        except ValueError as error:
            raise InvalidTask("params.steps", plan.steps, f"what {plan.scheduler} can do: {error}") from error
        self._first = skip * self.scheduler.order
        self._noisy = needs_noise(self.scheduler)
        away = [piece.away for piece in pieces if piece.away is not None]
        self._denoiser = Denoiser(
            model, [piece.towards for piece in pieces], away or None, plan.guidance, plan.drawn
        )
        self._init = (
            None if pieces[0].init is None else torch.stack([p.init for p in pieces if p.init is not None])
        )
        self._mask = (
            None if pieces[0].mask is None else torch.stack([p.mask for p in pieces if p.mask is not None])
        )
        self._extra = self._told_of_mask()
        # Steps taken.
        self.step = 0
        self.latents = self._beginning()
        self._untold: Readback | None = None

    @property
    def steps(self) -> int:
        """How many steps there are in all."""
        return len(self._times)

    def resume(self, states: Sequence[State]) -> None:
        """Go on from the states of all jobs, which must be of one step.

        Raises `RenderFailed` if they aren't theirs.
        """
        try:
            steps = {int(np.asarray(state["step"])) for state in states}
            owners = [int(np.asarray(state["signature"])) for state in states]
            if owners != list(self._signatures) or len(steps) != 1 or not 0 < min(steps) < self.steps:
                raise ValueError("it was made by another job")
            latents = torch.cat([torch.tensor(np.asarray(state["latents"])) for state in states])
            if latents.shape != self.latents.shape:
                raise ValueError(f"its latents are {tuple(latents.shape)}, not {tuple(self.latents.shape)}")
            give_state(self.scheduler, min(steps), self._first, list(states), self.latents)
        except (KeyError, ValueError, TypeError) as error:
            raise RenderFailed(f"the checkpoint doesn't fit the job: {error}") from error
        self.step, self.latents = min(steps), latents.to(self.latents)

    def state(self, job: int) -> dict[str, Any]:
        """What is needed to go on from here with one job's pictures."""
        rows = self._rows(job)
        return {
            "step": self.step,
            "signature": self._signatures[job],
            "latents": self.latents[rows].cpu().numpy(),
            **take_state(self.scheduler, rows),
        }

    def run(self, watch: Watch) -> None:
        """Take all steps that are left but tell nothing of the last, whose picture is still to be decoded.

        Raises `RenderFailed` when a latent is no longer a number, and whatever `watch` raises.
        """
        # A GPU takes the next step while the last one's numbers are under way.
        ahead = self._model.device.startswith("cuda")
        while self.step < self.steps:
            taken = self._advance()
            self._tell(watch)
            if self.step < self.steps and watch.wants_checkpoint():
                for job in range(len(self._signatures)):
                    watch.checkpoint(self.state(job), job=job)
            self._untold = taken
            if not ahead and self.step < self.steps:
                self._tell(watch)
        if self._untold is not None:
            _insist_on_numbers(self._untold.wait())

    def _tell(self, watch: Watch) -> None:
        if self._untold is None:
            return
        taken, self._untold = self._untold.wait(), None
        _insist_on_numbers(taken)
        assert taken.image is not None
        for job in range(len(self._signatures)):
            shown = sheet(list(taken.image[self._rows(job)]))
            watch.step(taken.step, self.steps, shown, None, job=job)

    @torch.no_grad()
    def _advance(self) -> Readback:
        time, index = self._times[self.step], self._first + self.step
        scaled = (
            self.scheduler.scale_model_input(self.latents, time) if not self._model.flow else self.latents
        )
        output = self._denoiser(scaled, time, self._extra)
        seen = clean(self.scheduler, self.latents, output, time, index)
        noise = {"generator": self._generators(_STEP, self.step)} if self._noisy else {}
        self.latents = self.scheduler.step(output, time, self.latents, **noise, return_dict=False)[0]
        self.step += 1
        if self._mask is not None and self._extra is None:
            self.latents = torch.lerp(self._surroundings(), self.latents, self._mask)
        numbers = self.latents.sum()[None] * 0
        return Readback(self.step, numbers, self._model.approximation.look(seen, LONGEST_PREVIEW))

    def _beginning(self) -> Tensor:
        noise = self._noise(_BEGINNING)
        if self._init is None or self._plan.strength == 1:
            sigma = 1.0 if self._model.flow else float(self.scheduler.init_noise_sigma)
            return noise * sigma
        return self._noised(self._init, noise, self._times[:1])

    def _surroundings(self) -> Tensor:
        """What is not to be drawn anew, as noisy as the next step expects the rest to be."""
        assert self._init is not None
        if self.step == self.steps:
            return self._init
        return self._noised(self._init, self._noise(_SURROUNDINGS), self._times[self.step : self.step + 1])

    def _noised(self, latents: Tensor, noise: Tensor, time: Tensor) -> Tensor:
        times = time.expand(len(latents))
        add = self.scheduler.scale_noise if isinstance_flow(self.scheduler) else self.scheduler.add_noise
        noised: Tensor = (
            add(latents, times, noise) if isinstance_flow(self.scheduler) else add(latents, noise, times)
        )
        return noised

    def _told_of_mask(self) -> Tensor | None:
        """The mask and the surroundings, for a denoiser that was trained to be told them."""
        if not self._model.takes_mask:
            return None
        if self._model.flow:
            raise InvalidTask(
                "params.model", self._model.located.key, "a model that needs no mask: FLUX-fill is unknown"
            )
        mask = torch.ones(len(self._pieces), 1, *self._shape[1:], device=self._model.device)
        around = torch.zeros(len(self._pieces), *self._shape, device=self._model.device)
        if self._mask is not None and self._init is not None:
            mask, around = self._mask, self._init * (1 - self._mask)
        return torch.cat([mask, around], dim=1)

    def _noise(self, stream: int) -> Tensor:
        """[n, channels, h, w]: drawn on the CPU, so that it is the same on any device and in any company."""
        drawn = [torch.randn(self._shape, generator=source) for source in self._generators(stream, 0)]
        return torch.stack(drawn).to(self._model.device)

    def _generators(self, stream: int, step: int) -> list[torch.Generator]:
        """One for each picture, made anew for each step: a checkpoint needs no generator's state."""
        return [torch.Generator().manual_seed(step_seed(piece.seed, step, stream)) for piece in self._pieces]

    def _rows(self, job: int) -> slice:
        mine = [row for row, piece in enumerate(self._pieces) if piece.job == job]
        return slice(mine[0], mine[-1] + 1)


def sheet(images: Sequence[Image]) -> Image:
    """Several small pictures as one, side by side in as square a sheet as can be."""
    if len(images) == 1:
        return np.ascontiguousarray(images[0])
    columns = int(np.ceil(len(images) ** 0.5))
    blank = [np.zeros_like(images[0])] * (-len(images) % columns)
    rows = [*images, *blank]
    return np.concatenate(
        [np.concatenate(rows[at : at + columns], axis=1) for at in range(0, len(rows), columns)], axis=0
    )


def signature(*facts: object) -> int:
    """A number for a job's facts, exact in a checkpoint's file."""
    return int.from_bytes(hashlib.sha256(repr(facts).encode()).digest()[:6], "big")


def _insist_on_numbers(taken: Readback) -> None:
    if not np.isfinite(taken.numbers[0]):
        raise RenderFailed(
            f"the latents became nan at step {taken.step}; ask for another scheduler or less guidance"
        )
