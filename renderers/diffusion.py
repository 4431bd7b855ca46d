"""Diffusion: pictures out of noise, by Stable Diffusion, SDXL, FLUX or the small starter pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from contract.errors import InvalidTask
from contract.params import DiffusionParams
from contract.prompts import Prompt
from renderers.base import Image, Job, Located, Rendering, State, Watch, Weights
from renderers.compiling import Compiling
from renderers.denoiser import decoded
from renderers.diffusion_loading import load_diffusion
from renderers.diffusion_models import DiffusionModel
from renderers.diffusion_output import finished, insist_on_a_picture, preview_of
from renderers.diffusion_plan import Plan, chosen_model, chosen_prompts, image_seed, plan_for
from renderers.diffusion_prompts import Wanted, read_all, wanted
from renderers.fitting import fitted_image, fitted_mask
from renderers.lora import Lora, active, defaults_of, located_loras, parse_loras, with_loras
from renderers.sampling import Piece, Sampling, sheet, signature

KIND = "diffusion"


@dataclass(frozen=True)
class Order:
    """A job with all that was chosen for it."""

    index: int
    job: Job[DiffusionParams]
    prompt: int
    prompts: tuple[Prompt, ...]
    plan: Plan

    @property
    def resumed_at(self) -> int:
        """The step that it goes on from: those of different steps can't go together."""
        if self.job.resume is None:
            return 0
        try:
            return int(self.job.resume["step"])
        except (KeyError, TypeError, ValueError):
            return -1


class Diffusion:
    """The renderer. Its models stay loaded between renders, under the memory that all models share."""

    name: ClassVar[str] = "diffusion"
    summary: ClassVar[str] = "Draws out of noise, with Stable Diffusion, SDXL, FLUX or the small starter"
    Params = DiffusionParams

    def setup(self, device: str, models: Weights) -> None:
        """Load the operator's model onto `device`. Raises `MissingWeights` or `DamagedWeights`."""
        self._device = device
        self._models = models
        self._compiling = Compiling()
        self._model(None)

    def render(self, jobs: Sequence[Job[DiffusionParams]], watch: Watch) -> list[Rendering]:
        """`images` pictures a job, `size` pixels along the longer side.

        Jobs that differ in prompt and seed alone go through the denoiser together. Raises `InvalidTask`,
        `RenderFailed` for a black, blank or blocked picture or a number that is none, and `OutOfMemory`.
        """
        made: dict[int, Rendering] = {}
        by_model: dict[tuple[str | None, tuple[Lora, ...]], list[int]] = {}
        for index, job in enumerate(jobs):
            chosen = chosen_model(job.params, job.seed), parse_loras(job.params.loras)
            by_model.setdefault(chosen, []).append(index)
        for (key, loras), indices in by_model.items():
            model = self._model(key)
            located = located_loras(loras, self._models, model.located)
            orders = [self._order(index, jobs[index], model, located) for index in indices]
            with with_loras(model, loras, located):
                for together in _compatible(orders):
                    made |= self._together(together, model, loras, located, watch)
        return [made[index] for index in range(len(jobs))]

    def _model(self, key: str | None) -> DiffusionModel:
        try:
            return self._models.loaded(KIND, key, lambda located: load_diffusion(located, self._device))
        except InvalidTask as error:
            raise InvalidTask("params.model", error.value, error.accepted) from None

    def _order(
        self, index: int, job: Job[DiffusionParams], model: DiffusionModel, loras: Sequence[Located]
    ) -> Order:
        number, prompts = chosen_prompts(job)
        plan = plan_for(job, model.located, model.multiple, flow=model.flow, loras=defaults_of(loras))
        return Order(index, job, number, prompts, plan)

    def _together(
        self,
        orders: Sequence[Order],
        model: DiffusionModel,
        loras: Sequence[Lora],
        located: Sequence[Located],
        watch: Watch,
    ) -> dict[int, Rendering]:
        """The renderings of some orders of one plan, by the index of their jobs."""
        plan = orders[0].plan
        wishes = [wanted(order.prompts, order.job.params.negative_prompt) for order in orders]
        model.check(plan.guidance, any(wish.away for wish in wishes))
        pieces = self._pieces(orders, wishes, model, active(loras))
        hashes = [model.located.sha256, *(lora.sha256 for lora in located)]
        signatures = [
            signature(wish, order.job.seed, plan, order.job.params.images, hashes)
            for order, wish in zip(orders, wishes, strict=True)
        ]
        sampling = Sampling(model, plan, pieces, signatures)
        states: list[State] = [order.job.resume for order in orders if order.job.resume is not None]
        if states:
            sampling.resume(states)
        sampling.run(_Renumbered(watch, [order.index for order in orders]))
        pictures = decoded(model, sampling.latents)
        self._compiling.saw(model, (len(pieces), *plan.drawn), sampling.steps)
        renderings = {}
        for place, order in enumerate(orders):
            mine = [picture for picture, piece in zip(pictures, pieces, strict=True) if piece.job == place]
            images = self._finished(mine, order, model)
            shown = preview_of(sheet(images))
            watch.step(sampling.steps, sampling.steps, shown, None, job=order.index)
            facts = _facts(order, model, loras)
            renderings[order.index] = Rendering(
                images, model=model.located.key, model_hash=model.located.sha256, facts=facts
            )
        return renderings

    def _pieces(
        self, orders: Sequence[Order], wishes: Sequence[Wanted], model: DiffusionModel, loras: object
    ) -> list[Piece]:
        texts = read_all(model, wishes, loras, guided=orders[0].plan.guided)
        pieces = []
        for place, (order, (towards, away)) in enumerate(zip(orders, texts, strict=True)):
            init, mask = self._beginning(order, model)
            seeds = [image_seed(order.job.seed, number) for number in range(order.job.params.images)]
            pieces += [Piece(place, seed, towards, away, init, mask) for seed in seeds]
        return pieces

    def _beginning(self, order: Order, model: DiffusionModel) -> tuple[Tensor | None, Tensor | None]:
        """The latents that a job begins from, and where they are drawn anew."""
        job, size = order.job, order.plan.drawn
        if job.init_image is None:
            return None, None
        latents = model.encode(fitted_image(job.init_image, size).to(self._device))[0]
        if job.mask is None:
            return latents, None
        height, width = latents.shape[1:]
        return latents, fitted_mask(job.mask, size, (height, width)).to(self._device)

    def _finished(self, pictures: Sequence[Tensor], order: Order, model: DiffusionModel) -> list[Image]:
        images = []
        for picture in pictures:
            insist_on_a_picture(picture, model)
            images.append(finished(picture, order.plan, order.job))
        return images


class _Renumbered:
    """A watch for some of the jobs, told with the numbers that they have among all."""

    def __init__(self, watch: Watch, jobs: Sequence[int]) -> None:
        self._watch, self._jobs = watch, jobs

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        self._watch.step(i, n, image, score, job=self._jobs[job])

    def checkpoint(self, state: State, *, job: int = 0) -> None:
        self._watch.checkpoint(state, job=self._jobs[job])

    def wants_checkpoint(self) -> bool:
        return self._watch.wants_checkpoint()


def _compatible(orders: Sequence[Order]) -> list[list[Order]]:
    """Orders that may go together: of one plan, at one step."""
    groups: dict[tuple[Plan, int], list[Order]] = {}
    for order in orders:
        groups.setdefault((order.plan, order.resumed_at), []).append(order)
    return list(groups.values())


def _facts(order: Order, model: DiffusionModel, loras: Sequence[Lora]) -> dict[str, str | int | float]:
    """What explains the picture beside the task: what was left open, and what the seed chose."""
    plan = order.plan
    facts: dict[str, str | int | float] = {
        "steps": plan.steps,
        "guidance": plan.guidance,
        "scheduler": plan.scheduler,
        "drawn": f"{plan.drawn[1]} × {plan.drawn[0]}",
        "precision": str(model.dtype).removeprefix("torch."),
        "torch": torch.__version__,
    }
    if loras:
        facts["loras"] = ", ".join(f"{lora.key}:{lora.weight:g}" for lora in loras)
    if order.job.params.alternatives:
        facts["prompt"] = " | ".join(f"{prompt.text}:{prompt.weight:g}" for prompt in order.prompts)
        facts["alternative"] = order.prompt
    return facts
