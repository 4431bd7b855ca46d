"""Times what a picture costs: the parts of a step, whole pictures, and cutouts against their baseline.

python -m benchmarks.render [--models FOLDER] [--device cpu] [--threads 2] [--quick]

The baselines of the cutouts run in the same process. `chain` is what they stand for, on the same parameters:
kornia's `warp_perspective` for the perspective, again for crop and resize, then hue and saturation, each on
the whole batch. `kornia` is what a user of its augmentations writes (its own draws, of the same ranges).
"""

import argparse
import logging
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from kornia.augmentation import AugmentationSequential, ColorJitter, RandomPerspective, RandomResizedCrop
from kornia.geometry.transform import warp_perspective
from rich.console import Console
from rich.table import Table
from torch import Tensor

from contract.params import PixeldrawParams
from contract.prompts import parse_prompts
from renderers.base import Job, Located, Silent
from renderers.clip import Clip
from renderers.cutouts import CutoutPlan, CutoutSettings, hue_matrices, plan_cutouts, take_cutouts
from renderers.devices import resolve_device
from renderers.guidance import Guidance
from renderers.pixel_grid import PixelGrid, grid_shape
from renderers.pixeldraw import PHOTOS, SCENES, Pixeldraw
from renderers.weights import MODELS_FOLDER, ModelTable

PROMPT = "a red circle on a blue background"


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", default=MODELS_FOLDER)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--quick", action="store_true", help="leave out the whole pictures")
    args = parser.parse_args()
    logging.disable()
    torch.set_num_threads(args.threads)
    device = resolve_device(args.device)
    models = ModelTable(args.models)
    console = Console(width=100)
    console.print(f"{device}, {args.threads} threads, torch {torch.__version__}; medians, in milliseconds")
    console.print(cutouts_table(device))
    console.print(step_table(models.folder("clip"), device))
    if not args.quick:
        console.print(pictures_table(device, models))


def cutouts_table(device: str) -> Table:
    """Forward and backward through the cutouts, for the starter's size and for a real CLIP's."""
    table = Table("cutouts", "kornia", "chain", "one grid_sample", "times faster", title="Taking cutouts")
    for name, canvas, size, count in (("12 of 64²", 80, 64, 12), ("30 of 224²", 240, 224, 30)):
        picture = torch.rand(1, 3, canvas, canvas, device=device, requires_grad=True)
        settings = CutoutSettings(noise=0)
        plan = plan_cutouts(count, canvas, canvas, settings, torch.Generator().manual_seed(0))
        noise = torch.Generator(device)

        def chain(picture: Tensor = picture, plan: CutoutPlan = plan, size: int = size) -> None:
            torch.autograd.grad(one_after_another(picture, plan, size).sum(), picture)

        def once(
            picture: Tensor = picture,
            plan: CutoutPlan = plan,
            size: int = size,
            noise: torch.Generator = noise,
        ) -> None:
            torch.autograd.grad(take_cutouts(picture, plan, size, noise).sum(), picture)

        def kornia(picture: Tensor = picture, count: int = count, size: int = size) -> None:
            cuts = kornia_chain(size)(picture.expand(count, -1, -1, -1))
            torch.autograd.grad(cuts.sum(), picture)

        own, slow, fast = (median_ms(work, device) for work in (kornia, chain, once))
        table.add_row(
            name, f"{own:.1f}", f"{slow:.1f}", f"{fast:.1f}", f"{own / fast:.1f} and {slow / fast:.1f}"
        )
    return table


def one_after_another(picture: Tensor, plan: CutoutPlan, size: int) -> Tensor:
    """The chain of augmentations that `take_cutouts` composes, for the whole batch."""
    device, (height, width) = picture.device, picture.shape[-2:]
    full, small = in_pixels(height, width), in_pixels(size, size)
    back = torch.linalg.inv(full)
    seen = (full @ torch.linalg.inv(plan.perspectives) @ back).to(device)
    crop = (small @ torch.linalg.inv(plan.windows) @ back).to(device)
    cuts = picture.expand(len(seen), -1, -1, -1)
    cuts = warp_perspective(cuts, seen, (height, width), padding_mode=plan.padding, align_corners=True)
    cuts = warp_perspective(cuts, crop, (size, size), padding_mode=plan.padding, align_corners=True)
    cuts = torch.einsum("nij,njhw->nihw", hue_matrices(plan.hue).to(device), cuts)
    red, green, blue = cuts[:, :1], cuts[:, 1:2], cuts[:, 2:]
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    factor = plan.saturation.to(device)[:, None, None, None]
    coloured: Tensor = factor * cuts + (1 - factor) * grey
    return coloured


def kornia_chain(size: int) -> Any:
    """The augmentations of a zoom cut as pixray writes them."""
    return AugmentationSequential(
        RandomPerspective(0.4, p=0.7),
        RandomResizedCrop((size, size), scale=(0.25, 0.95), ratio=(0.85, 1.2), cropping_mode="resample"),
        ColorJitter(hue=0.1, saturation=0.1, p=0.8),
        data_keys=["input"],
    )


def in_pixels(height: int, width: int) -> Tensor:
    """From [-1, 1]² to pixel coordinates, in which a pixel's centre is a whole number."""
    return torch.tensor([[width / 2, 0, (width - 1) / 2], [0, height / 2, (height - 1) / 2], [0, 0, 1.0]])


def step_table(located: Located, device: str) -> Table:
    """The parts of a step of Pixeldraw at `normal`, with CLIP in both precisions."""
    clip = Clip.load(located, device)
    tuning = SCENES if "robust" in clip.located.traits else PHOTOS
    count = tuning.plans["normal"].cuts
    grid = PixelGrid(grid_shape(40, "square"), tuning.grid, 0, device=device, resolution=clip.size)
    parameters = [tensor for tensor, _ in grid.parameters()]
    generator, noise = torch.Generator(), torch.Generator(device)

    def cuts() -> Tensor:
        picture = grid.picture()
        plan = plan_cutouts(count, picture.shape[-2], picture.shape[-1], tuning.cutouts, generator)
        return take_cutouts(picture, plan, clip.size, noise)

    def canvas_alone() -> None:
        torch.autograd.grad(cuts().sum() + grid.penalty(), parameters)

    seen = cuts().detach().requires_grad_()

    def judging(precision: torch.dtype) -> Callable[[], object]:
        guidance = Guidance(Clip.load(located, device, precision), parse_prompts(PROMPT))
        return lambda: torch.autograd.grad(guidance.judge(seen)[0], seen)

    table = Table("part", "ms", title=f"One step: {clip.located.key}, {count} cuts of {clip.size}²")
    table.add_row("grid and cutouts, there and back", f"{median_ms(canvas_alone, device):.1f}")
    for precision in (torch.float32, torch.bfloat16):
        table.add_row(f"CLIP in {precision}, there and back", f"{median_ms(judging(precision), device):.1f}")
    table.add_row("a preview", f"{median_ms(lambda: grid.preview(), device):.1f}")
    return table


def pictures_table(device: str, models: ModelTable) -> Table:
    """Whole pictures of each quality."""
    drawer = Pixeldraw()
    drawer.setup(device, models)
    table = Table("quality", "steps", "cuts", "seconds", "score", title="Whole pictures of 40×40 cells")
    for quality in ("draft", "normal", "better", "best"):
        params = PixeldrawParams.model_validate({"quality": quality})
        begin = time.perf_counter()
        (done,) = drawer.render([Job(parse_prompts(PROMPT), params, 0)], Silent())
        seconds = time.perf_counter() - begin
        facts = done.facts
        table.add_row(
            quality,
            str(facts["iterations"]),
            str(facts["cuts"]),
            f"{seconds:.1f}",
            f"{done.score if done.score is not None else math.nan:.3f}",
        )
    return table


def median_ms(work: Callable[[], object], device: str, repeats: int = 15) -> float:
    """The median time of some work, in milliseconds, after three runs that don't count."""
    times = []
    for index in range(repeats + 3):
        begin = time.perf_counter()
        work()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        if index >= 3:
            times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
