"""Draws fifteen prompts with the bundled weights onto one captioned sheet, and tells the seconds of each.

python -m benchmarks.sheet [--out docs/images/starter-sheet.png] [--quality normal] [--seed 1]

Nothing is picked: every prompt is drawn once, with the same seed. Pixeldraw's defaults were tuned on other
prompts and seeds.
"""

import argparse
import logging
import time
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from contract.params import PixeldrawParams
from contract.prompts import parse_prompts
from renderers.base import Job, Silent
from renderers.devices import resolve_device
from renderers.pixeldraw import Pixeldraw
from renderers.weights import MODELS_FOLDER, ModelTable

OUT = Path(__file__).resolve().parent.parent / "docs" / "images" / "starter-sheet.png"
PROMPTS = (
    "a red circle on a blue background",
    "a yellow star on a black background",
    "a green square on a white background",
    "a pink heart on a cyan background",
    "an orange triangle on a purple background",
    "a white circle on a red background",
    "a blue star on a yellow background",
    "a purple square on a grey background",
    "a black triangle on a pink background",
    "a cyan heart on a brown background",
    "a house on grass at sunset",
    "a boat on the sea at night",
    "a cactus in the desert at day",
    "mountains in the snow",
    "a tree on the grass under a stormy sky",
)
COLUMNS, SIDE, CAPTION, GAP = 5, 200, 34, 12


def main() -> None:
    """Draw, save the sheet, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--models", default=MODELS_FOLDER)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--quality", default="normal")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    logging.disable()
    torch.set_num_threads(args.threads)
    drawer = Pixeldraw()
    drawer.setup(resolve_device(args.device), ModelTable(args.models))
    params = PixeldrawParams.model_validate({"quality": args.quality})
    table = Table("prompt", "seconds", "score", title=f"{args.quality}, seed {args.seed}")
    pictures, total = [], 0.0
    for prompt in PROMPTS:
        begin = time.perf_counter()
        (done,) = drawer.render([Job(parse_prompts(prompt), params, args.seed)], Silent())
        seconds = time.perf_counter() - begin
        total += seconds
        pictures.append(Image.fromarray(done.images[0]))
        table.add_row(prompt, f"{seconds:.1f}", "" if done.score is None else f"{done.score:.2f}")
    table.add_section()
    table.add_row("mean", f"{total / len(PROMPTS):.1f}", "")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sheet_of(pictures).save(args.out, optimize=True)
    Console().print(table)


def sheet_of(pictures: list[Image.Image]) -> Image.Image:
    """All pictures in rows of five, each above its prompt."""
    rows = -(-len(pictures) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + CAPTION + GAP) + GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for index, (picture, prompt) in enumerate(zip(pictures, PROMPTS, strict=True)):
        x = GAP + index % COLUMNS * (SIDE + GAP)
        y = GAP + index // COLUMNS * (SIDE + CAPTION + GAP)
        sheet.paste(picture.resize((SIDE, SIDE), Image.Resampling.NEAREST), (x, y))
        pen.multiline_text((x, y + SIDE + 3), _wrapped(prompt, font), fill="black", font=font, spacing=1)
    return sheet


def _wrapped(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    """The text in lines that fit under a picture."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= SIDE:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
