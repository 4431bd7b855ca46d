"""How long each renderer takes for a picture on this machine, its weights loaded.

python -m benchmarks.times [RENDERER …] [--quality draft normal] [--pictures 4] [--threads 2]

The prompts are some of the tuning prompts, the options those that nobody has chosen. One small picture comes
first, for what is made once. What must hold on two cores stands beside.
"""

import argparse
import logging
import statistics
import time
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import prompts
from contract.prompts import parse_prompts
from contract.task import parse_params
from renderers import known, load
from renderers.base import Job, Silent
from renderers.devices import resolve_device
from renderers.weights import MODELS_FOLDER, ModelTable

# Seconds, on two cores.
TARGETS = {"draft": {"diffusion": 4, "others": 15}, "normal": {"diffusion": 10, "others": 45}}


def main() -> None:
    """Render, and print the table."""
    args = arguments()
    logging.disable()
    torch.set_num_threads(args.threads)
    table = Table("", "quality", "median", "longest", "must be under", title=f"{args.threads} threads")
    for name in args.renderers:
        drawer = load(name)
        drawer.setup(resolve_device(args.device), ModelTable(args.models))
        for quality in args.quality:
            draw(drawer, "a red circle", quality)
            seconds = [draw(drawer, asked.prompt, quality) for asked in prompts.tuning(0)[: args.pictures]]
            target = TARGETS.get(quality, {}).get(name if name == "diffusion" else "others")
            table.add_row(
                name,
                quality,
                f"{statistics.median(seconds):.2f} s",
                f"{max(seconds):.2f} s",
                "" if target is None else f"{target} s",
            )
    Console(width=100).print(table)


def draw(drawer: Any, prompt: str, quality: str) -> float:
    """Seconds for one picture."""
    job = Job(parse_prompts(prompt), parse_params(drawer.name, {"quality": quality}), 1)
    began = time.perf_counter()
    drawer.render([job], Silent())
    return time.perf_counter() - began


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.times", description=__doc__)
    parser.add_argument("renderers", nargs="*", metavar="RENDERER", default=list(known()))
    parser.add_argument("--quality", nargs="+", default=["draft", "normal"])
    parser.add_argument("--pictures", type=int, default=4, help="of how many the time is taken")
    parser.add_argument("--models", default=MODELS_FOLDER)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
