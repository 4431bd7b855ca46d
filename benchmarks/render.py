"""Times what an iteration costs, step by step, beside the peers' loop in the same run.

python -m benchmarks.render [--size 256] [--cuts 30] [--rounds 5] [--device cpu] [--threads 2] [--only NAME]

The networks are of full size with random weights (`full_size.py`): CLIP ViT-B/32, VQGAN f16 with 16,384
codes. The peers' loop is written plainly in `peers.py`. Each row of a table replaces one more part of it;
the last rows are Brushfire's own renderers, whose previews also go into the film, as in a listener. All
ways are timed in turn, and the medians are given. With `--tiny` it only shows that it works.
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from benchmarks import peers
from benchmarks.full_size import PlainClip, clip_vit_b_32, vqgan_f16_16384
from benchmarks.peers import Parts, PeerCutouts, PeerLoop
from benchmarks.timing import Work, medians
from contract.prompts import parse_prompts
from listener.video import Film
from renderers import heap, pixeldraw, vqgan_clip
from renderers.base import Image, Silent
from renderers.cells import lattice_of
from renderers.clip import Clip
from renderers.cutouts import CutoutSettings, plan_cutouts, take_cutouts
from renderers.devices import resolve_device
from renderers.guidance import Guidance
from renderers.guided import Canvas, GuidedLoop, Plan
from renderers.latents import LatentCanvas
from renderers.pixel_grid import PixelGrid
from renderers.vqgan import Vqgan

PROMPT = "a red circle on a blue background"
CELLS = 40
FAST = torch.bfloat16

Codes = Callable[[Tensor, Tensor], Tensor]
Decoded = Callable[[Vqgan, Tensor], Tensor]
Cutouts = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Setting:
    """What all tables share. `size`: the picture's side in pixels; `cuts` of the CLIP's own size."""

    device: str
    size: int
    cuts: int
    rounds: int
    folder: Path


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.render", description=__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=sorted(TABLES), help="one table alone")
    parser.add_argument("--tiny", action="store_true", help="64 pixels, 4 cuts, one round")
    args = parser.parse_args()
    logging.disable()
    torch.set_num_threads(args.threads)
    if args.tiny:
        args.size, args.cuts, args.rounds = 64, 4, 1
    console = Console(width=110)
    device = resolve_device(args.device)
    console.print(
        f"{device}, {args.threads} threads, torch {torch.__version__}; {args.size}² pixels, {args.cuts} cuts"
    )
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(device, args.size, args.cuts, args.rounds, Path(folder))
        for name, table in TABLES.items():
            if args.only in (None, name):
                console.print(table(setting))


def cutouts_table(setting: Setting) -> Table:
    """Augmentation alone, there and back: what the peers chain, and the single `grid_sample`."""
    picture = torch.rand(1, 3, setting.size, setting.size, device=setting.device, requires_grad=True)
    ways: dict[str, Work] = {}
    for name, cutouts in (
        ("the peers' chain", PeerCutouts(224, setting.cuts)),
        ("one grid_sample", our_cutouts(setting, 224)),
    ):
        ways[name] = lambda cutouts=cutouts: torch.autograd.grad(cutouts(picture).sum(), picture)  # type: ignore[misc]
    return as_table("augmentation alone", medians(ways, setting.device, 3 * setting.rounds, 2))


def vqgan_table(setting: Setting) -> Table:
    """An iteration of vqgan_clip."""
    clip, model = (
        clip_vit_b_32(setting.device, torch.float32),
        vqgan_f16_16384(setting.device, torch.float32),
    )
    side = setting.size // model.config.factor
    vectors = model.quantize.vectors
    lowest, highest = (edge[None, :, None, None] for edge in (vectors.amin(0), vectors.amax(0)))

    plain = clip_vit_b_32(setting.device, torch.float32, PlainClip)

    def loop(codes: Codes, decoded: Decoded, cutouts: Cutouts, png: bool) -> Work:
        start = vectors[torch.randint(len(vectors), (1, side, side))]
        z = start.movedim(-1, 1).contiguous().requires_grad_()
        parts = Parts(
            picture=lambda: decoded(model, codes(z, vectors)),
            cutouts=cutouts,
            show=shown(setting, png),
            held=lambda: z.copy_(z.maximum(lowest).minimum(highest)),
        )
        return PeerLoop(z, 0.2, plain, [PROMPT], parts).step

    chain, once = PeerCutouts(clip.size, setting.cuts), our_cutouts(setting, clip.size)
    ways = {
        "the peers' loop, float32": loop(peers.one_hot_codes, peers.decoded_by_taming, chain, True),
        "+ codes gathered by index": loop(peers.gathered_codes, peers.decoded_by_taming, chain, True),
        "+ SiLU as one operation": loop(peers.gathered_codes, peers.decoded, chain, True),
        "+ cuts by one grid_sample": loop(peers.gathered_codes, peers.decoded, once, True),
        "+ a film for PNGs": loop(peers.gathered_codes, peers.decoded, once, False),
        "+ freed memory kept": keeping(loop(peers.gathered_codes, peers.decoded, once, False)),
        "Brushfire, float32": ours(setting, clip, latents(setting, model), vqgan_clip.PHOTOS.cutouts),
    }
    fast_clip, fast_model = clip_vit_b_32(setting.device, FAST), vqgan_f16_16384(setting.device, FAST)
    ways[f"Brushfire, {str(FAST)[6:]}"] = ours(
        setting, fast_clip, latents(setting, fast_model), vqgan_clip.PHOTOS.cutouts
    )
    return as_table("an iteration of vqgan_clip", medians(ways, setting.device, setting.rounds, settle=True))


def pixeldraw_table(setting: Setting) -> Table:
    """An iteration of pixeldraw, on a grid of 40 × 40."""
    clip = clip_vit_b_32(setting.device, torch.float32)

    plain = clip_vit_b_32(setting.device, torch.float32, PlainClip)

    def loop(cutouts: Cutouts, png: bool) -> Work:
        cells = torch.rand(1, 3, CELLS, CELLS, device=setting.device, requires_grad=True)
        parts = Parts(lambda: peers.enlarged(cells, setting.size), cutouts, shown(setting, png))
        return PeerLoop(cells, 0.03, plain, [PROMPT], parts).step

    def grid(clip: Clip) -> PixelGrid:
        tuning = pixeldraw.PHOTOS.grid
        return PixelGrid(
            lattice_of("square", CELLS, "square"), tuning, 0, device=setting.device, resolution=clip.size
        )

    chain, once = PeerCutouts(clip.size, setting.cuts), our_cutouts(setting, clip.size)
    ways = {
        "the peers' loop, float32": loop(chain, True),
        "+ cuts by one grid_sample": loop(once, True),
        "+ a film for PNGs": loop(once, False),
        "+ freed memory kept": keeping(loop(once, False)),
        "Brushfire, float32": ours(setting, clip, grid(clip), pixeldraw.PHOTOS.cutouts),
    }
    fast = clip_vit_b_32(setting.device, FAST)
    ways[f"Brushfire, {str(FAST)[6:]}"] = ours(setting, fast, grid(fast), pixeldraw.PHOTOS.cutouts)
    return as_table("an iteration of pixeldraw", medians(ways, setting.device, setting.rounds, settle=True))


def latents(setting: Setting, model: Vqgan) -> LatentCanvas:
    """Brushfire's own canvas for a VQGAN."""
    side = setting.size // model.config.factor
    return LatentCanvas(model, (side, side), vqgan_clip.PHOTOS.latents, 0)


def our_cutouts(setting: Setting, size: int) -> Cutouts:
    """As many cuts by one `grid_sample`, drawn anew at each call."""
    settings, geometry = CutoutSettings(), torch.Generator().manual_seed(0)
    noise = torch.Generator(setting.device).manual_seed(0)

    def cutouts(picture: Tensor) -> Tensor:
        height, width = picture.shape[-2:]
        plan = plan_cutouts(setting.cuts, height, width, settings, geometry)
        return take_cutouts(picture, plan, size, noise)

    return cutouts


def shown(setting: Setting, png: bool) -> Callable[[Tensor], object]:
    """What becomes of an iteration's picture: the peers' PNG, or a frame of the film."""
    if png:
        return lambda picture: peers.save_png(picture, setting.folder / "iteration.png")
    film = Filming(setting)

    def frame(picture: Tensor) -> None:
        levels = picture[0].mul(255).byte().permute(1, 2, 0).cpu().numpy()
        film.step(film.frames + 1, 1_000_000, levels, None)

    return frame


class Filming(Silent):
    """A watch that puts each preview into a film, as a listener's does."""

    def __init__(self, setting: Setting) -> None:
        self.frames = 0
        self._film = Film(setting.folder / f"film-{id(self)}.mp4")

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        """One more frame."""
        self.frames += 1
        if image is not None:
            self._film.step(self.frames, 1_000_000, image)


def ours(setting: Setting, clip: Clip, canvas: Canvas, cutouts: CutoutSettings) -> Work:
    """One iteration of Brushfire's loop, as its `run` takes them, and what its watch makes of it.

    Each waits for its own numbers, where on a GPU `run` would already take the next.
    """
    plan = Plan(iterations=10**9, cuts=setting.cuts)
    loop = GuidedLoop(canvas, Guidance(clip, parse_prompts(PROMPT)), plan, cutouts, 0)
    watch = Filming(setting)

    return keeping(lambda: loop._tell(loop._advance(), watch, 0))


def keeping(work: Work) -> Work:
    """The same as within one of Brushfire's renders, where freed memory is kept from step to step.

    The ways before find free what these have kept, and so gain from it as well: alone they are slower.
    """

    def kept() -> None:
        heap.keep()
        try:
            work()
        finally:
            heap.leave()

    return kept


def as_table(title: str, seconds: dict[str, float]) -> Table:
    """Milliseconds of each way, how much faster it is than the first, and than the row before."""
    table = Table("", "ms", "times the first", "times the row before", title=title)
    first = before = next(iter(seconds.values()))
    for name, found in seconds.items():
        table.add_row(name, f"{1000 * found:.1f}", f"{first / found:.2f}", f"{before / found:.2f}")
        before = found
    return table


TABLES: dict[str, Callable[[Setting], Table]] = {
    "cutouts": cutouts_table,
    "vqgan_clip": vqgan_table,
    "pixeldraw": pixeldraw_table,
}


if __name__ == "__main__":
    begin = time.perf_counter()
    main()
    print(f"{time.perf_counter() - begin:.0f} s in all")
