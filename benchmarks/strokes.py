"""Times the rasteriser of strokes, forward and backward, and the memory it takes.

python -m benchmarks.strokes [--device cpu] [--threads 2] [--repeats 5] [--plain]

The strokes are CLIPDraw's: three cubics each, scattered anywhere, of random colour and opacity. Each row runs
in a process of its own, so that its memory is its own: what the process held at its peak, less what it held
before it drew. `--plain` adds what the tiles stand for: every stroke at every pixel, by torch's own
operations and gradients, of the same strokes (small pictures only: it takes seconds and gigabytes).
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from renderers.devices import resolve_device
from renderers.strokes import EDGE, Strokes, flatten, rasterise, smooth_step

# Strokes, pixels a side, width in pixels.
ROWS = ((256, 224, 4.0), (1024, 512, 9.0), (256, 224, 25.0), (1024, 512, 57.0))
CURVES, CHORDS = 3, 8
PLAIN_AT_MOST = 224


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--rows", type=json.loads, default=ROWS, help="[[strokes, side, width], …]")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one is not None:
        count, side, width, plain = args.one
        device = resolve_device(args.device)
        print(json.dumps(measured(count, side, width, plain, device, args.threads, args.repeats)))
        return
    table = Table(
        "strokes", "picture", "width", "forward", "backward", "together", "MB", "plain", title="Strokes"
    )
    for count, side, width in args.rows:
        ours = in_a_process(args, count, side, width, False)
        plain = ""
        if args.plain and side <= PLAIN_AT_MOST:
            theirs = in_a_process(args, count, side, width, True)
            total = theirs["forward"] + theirs["backward"]
            plain = f"{total:.1f} s, {theirs['megabytes']:.0f} MB"
        table.add_row(
            str(count),
            f"{side}²",
            f"{width:g} px",
            f"{ours['forward']:.3f} s",
            f"{ours['backward']:.3f} s",
            f"{ours['forward'] + ours['backward']:.3f} s",
            f"{ours['megabytes']:.0f}",
            plain,
        )
    console = Console(width=100)
    console.print(f"{args.device}, {args.threads} threads, torch {torch.__version__}; medians")
    console.print(table)


def in_a_process(
    args: argparse.Namespace, count: int, side: int, width: float, plain: bool
) -> dict[str, float]:
    """`measured`, in a new process."""
    command = [sys.executable, "-m", "benchmarks.strokes", "--device", args.device]
    command += ["--threads", str(args.threads), "--repeats", str(1 if plain else args.repeats)]
    command += ["--one", json.dumps([count, side, width, plain])]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def measured(
    count: int, side: int, width: float, plain: bool, device: str, threads: int, repeats: int
) -> dict[str, float]:
    """Median seconds forward and backward, and megabytes above what was held before."""
    torch.set_num_threads(threads)
    leaves = [leaf.to(device).requires_grad_() for leaf in scattered(count, side, width)]
    strokes, background = Strokes(*leaves[:4]), leaves[4]
    draw: Callable[..., Tensor] = drawn_densely if plain else rasterise
    held = peak_megabytes(device)
    forward, backward = [], []
    for _ in range(repeats + (not plain)):
        began = now(device)
        picture = draw(strokes, background, side, side, CHORDS)
        drawn = now(device)
        torch.autograd.grad(picture.square().mean(), leaves)
        forward.append(drawn - began)
        backward.append(now(device) - drawn)
    return {
        "forward": statistics.median(forward[-repeats:]),
        "backward": statistics.median(backward[-repeats:]),
        "megabytes": peak_megabytes(device) - held,
    }


def scattered(count: int, side: int, width: float) -> list[Tensor]:
    """Points, widths, colours, opacities and a background; the first point uniform, each next one near."""
    generator = torch.Generator().manual_seed(0)
    first = torch.rand(count, 1, 2, generator=generator)
    steps = 0.1 * (torch.rand(count, 3 * CURVES, 2, generator=generator) - 0.5)
    points = torch.cat([first, first + steps.cumsum(1)], 1) * side
    colours, opacities = torch.rand(count, 3, generator=generator), torch.rand(count, generator=generator)
    return [points, torch.full((count,), width), colours, opacities, torch.ones(3)]


def drawn_densely(strokes: Strokes, background: Tensor, height: int, width: int, chords: int) -> Tensor:
    """Every stroke at every pixel, the lowest first."""
    starts, ends = flatten(strokes.points, chords)
    device = starts.device
    down, across = torch.meshgrid(
        torch.arange(height, device=device) + 0.5, torch.arange(width, device=device) + 0.5, indexing="ij"
    )
    pixels = torch.stack([across, down], -1).view(-1, 1, 2)
    picture = background.expand(height * width, 3)
    for index in range(len(strokes.widths)):
        start, chord = starts[index], ends[index] - starts[index]
        share = ((pixels - start) * chord).sum(-1) / chord.square().sum(-1).clamp(min=1e-12)
        offset = pixels - start - share.clamp(0, 1)[..., None] * chord
        distance = (offset.square().sum(-1).amin(1) + 1e-8).sqrt()
        inside = ((strokes.widths[index] / 2 - distance) / EDGE + 0.5).clamp(0, 1)
        alpha = (smooth_step(inside) * strokes.opacities[index])[:, None]
        picture = picture * (1 - alpha) + alpha * strokes.colours[index]
    return picture.T.reshape(1, 3, height, width)


def now(device: str) -> float:
    """The time in seconds, after all that was asked of a GPU is done."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return time.perf_counter()


def peak_megabytes(device: str) -> float:
    """The most memory that was held so far: the GPU's, or this process's."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
