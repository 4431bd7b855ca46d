"""Draw a sheet of scenes with captions: `python -m training.sheet --seed 0 --out training/scenes.png`."""

import argparse
import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.captions import describe
from training.scenes import draw_scene, draw_window, picture

PICTURE, CELL_WIDTH, CELL_HEIGHT = 96, 132, 150


def draw_sheet(seed: int, columns: int = 8, rows: int = 5) -> Image.Image:
    """Scenes as training sees them (before noise), each above the caption it came with."""
    rng = np.random.default_rng(seed)
    sheet = Image.new("RGB", (columns * CELL_WIDTH, rows * CELL_HEIGHT), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for cell in range(columns * rows):
        scene = draw_scene(rng)
        window = draw_window(rng, scene)
        pixels = picture(scene, window, PICTURE, cells=16 if rng.random() < 0.2 else None)
        left, top = cell % columns * CELL_WIDTH, cell // columns * CELL_HEIGHT
        sheet.paste(
            Image.fromarray((pixels * 255).astype(np.uint8)), (left + (CELL_WIDTH - PICTURE) // 2, top + 6)
        )
        words = "\n".join(textwrap.wrap(describe(scene.facts(window), rng).text, 21)[:3])
        pen.text(
            (left + CELL_WIDTH / 2, top + PICTURE + 9), words, "black", font, anchor="ma", align="center"
        )
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("training/scenes.png"))
    given = parser.parse_args()
    draw_sheet(given.seed).save(given.out, optimize=True)


if __name__ == "__main__":
    main()
