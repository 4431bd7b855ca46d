"""A sheet of judged pictures above their prompts: framed in green where all of it was read, else in red."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.judging import Judged

COLUMNS, SIDE, FRAME, CAPTION, GAP = 8, 112, 2, 40, 6
GREEN, RED = "#2e9e4f", "#d23b3b"


def save_sheet(judged: Sequence[Judged], path: Path) -> None:
    """Write all pictures, in the order of the prompts, as a WebP: some 150 kB for 64."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sheet(judged).save(path, "WEBP", quality=90, method=6)


def _sheet(judged: Sequence[Judged]) -> Image.Image:
    rows = -(-len(judged) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + CAPTION + GAP) + GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(10)
    for index, one in enumerate(judged):
        x = GAP + index % COLUMNS * (SIDE + GAP)
        y = GAP + index // COLUMNS * (SIDE + CAPTION + GAP)
        right = all(one.right.values())
        pen.rectangle((x, y, x + SIDE - 1, y + SIDE - 1), fill=GREEN if right else RED)
        image = Image.fromarray(one.picture)
        image.thumbnail((SIDE - 2 * FRAME, SIDE - 2 * FRAME), Image.Resampling.LANCZOS)
        sheet.paste(image, (x + (SIDE - image.width) // 2, y + (SIDE - image.height) // 2))
        pen.multiline_text((x, y + SIDE + 2), _wrapped(one.asked.prompt, font), "black", font, spacing=1)
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
