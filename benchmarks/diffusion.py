"""Times the diffusion renderer beside a plain call of diffusers, a batch beside single jobs, and each
quality.

python -m benchmarks.diffusion [--model KEY] [--rounds 5] [--batch 8] [--device cpu] [--threads 2] [--size
512]

With the starter's weights unless another model is named. The plain call has the same steps, guidance and
scheduler, the same prompts and size, and no previews; the renderer makes and hands out a preview of every
step. Every job has a prompt that was not read before. All ways are timed in turn, and the medians are given.
"""

import argparse
import itertools
import logging
from collections.abc import Sequence
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.timing import Work, medians
from contract.params import DiffusionParams
from contract.prompts import parse_prompts
from renderers.base import Job, Rendering, Silent
from renderers.devices import resolve_device
from renderers.diffusion import KIND, Diffusion
from renderers.diffusion_loading import load_diffusion
from renderers.diffusion_models import DiffusionModel
from renderers.diffusion_plan import STEPS, plan_for
from renderers.schedulers import make_scheduler
from renderers.weights import MODELS_FOLDER, ModelTable

# A single picture takes half a second, of which the renderer adds less than such times differ: so many times
# the rounds.
SHORT = 5


def main() -> None:
    """Time and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", default=MODELS_FOLDER)
    parser.add_argument("--model", help="key of a diffusion model; by default the operator's")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, help="steps of the comparisons; by default those of normal")
    parser.add_argument("--size", type=int, default=512, help="longer side of the pictures timed by quality")
    args = parser.parse_args()
    logging.disable()
    torch.set_num_threads(args.threads)
    device = resolve_device(args.device)
    bench = Bench(ModelTable(args.models), device, args.model, args.steps)
    console = Console()
    console.print(f"{bench.located.key} on {device}, {args.threads} threads, medians of {args.rounds} rounds")
    plain = bench.against_plain(SHORT * args.rounds)
    console.print(_table("One picture", plain, "plain call of diffusers"))
    batch = bench.batch_against_singles(args.batch, args.rounds)
    console.print(_table(f"{args.batch} pictures", batch, "one job after the other"))
    qualities = bench.by_quality(args.size, args.rounds)
    console.print(_table(f"One picture of {args.size} pixels", qualities, None))


class Bench:
    """A renderer that is set up, and a pipeline of diffusers with the same weights."""

    def __init__(self, models: ModelTable, device: str, key: str | None, steps: int | None) -> None:
        self.device, self._key = device, key
        self._numbers = itertools.count()
        self._renderer = Diffusion()
        self._renderer.setup(device, models)
        self.located = models.folder(KIND, key)
        # Loaded apart from the renderer's, so that neither finds anything of the other's.
        self._plain: DiffusionModel = load_diffusion(self.located, device)
        self.side = self.located.native_size or 512
        job = self._job("a red circle", steps=steps)
        plan = plan_for(job, self.located, self._plain.multiple, flow=self._plain.flow, loras={})
        self._plan = plan
        config = self._plain.pipe.scheduler.config
        self._plain.pipe.scheduler = make_scheduler(plan.scheduler, config, flow=self._plain.flow)

    def against_plain(self, rounds: int) -> dict[str, float]:
        ways = {"plain call of diffusers": self._call_plain, "renderer": lambda: self._render([self._own()])}
        return medians(ways, self.device, rounds)

    def batch_against_singles(self, count: int, rounds: int) -> dict[str, float]:
        def singles() -> None:
            for _ in range(count):
                self._render([self._own()])

        def together() -> None:
            self._render([self._own() for _ in range(count)])

        return medians(
            {"one job after the other": singles, f"a batch of {count}": together}, self.device, rounds
        )

    def by_quality(self, size: int, rounds: int) -> dict[str, float]:
        def drawing(quality: str) -> Work:
            return lambda: self._render([self._job(self._next_prompt(), quality=quality, size=size)])

        return medians({quality: drawing(quality) for quality in STEPS}, self.device, rounds)

    def _call_plain(self) -> object:
        source = torch.Generator().manual_seed(next(self._numbers))
        with torch.no_grad():
            return self._plain.pipe(
                self._next_prompt(),
                num_inference_steps=self._plan.steps,
                guidance_scale=self._plan.guidance,
                height=self._plan.drawn[0],
                width=self._plan.drawn[1],
                generator=source,
            )

    def _next_prompt(self) -> str:
        """One that was not read before."""
        return f"a red circle on a blue background, {next(self._numbers)}"

    def _own(self) -> Job[DiffusionParams]:
        return self._job(self._next_prompt(), steps=self._plan.steps)

    def _job(self, prompt: str, **params: Any) -> Job[DiffusionParams]:
        options = {"size": self.side, "model": self._key, **params}
        return Job(parse_prompts(prompt), DiffusionParams(**options), next(self._numbers))

    def _render(self, jobs: Sequence[Job[DiffusionParams]]) -> list[Rendering]:
        return self._renderer.render(jobs, Silent())


def _table(title: str, times: dict[str, float], baseline: str | None) -> Table:
    table = Table("", "seconds", *(["against it"] if baseline else []), title=title)
    for name, seconds in times.items():
        beside = [f"{times[baseline] / seconds:.2f} × as fast"] if baseline else []
        table.add_row(name, f"{seconds:.3f}", *beside)
    return table


if __name__ == "__main__":
    main()
