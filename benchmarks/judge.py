"""How much of what was asked for a judge reads in the pictures of each renderer.

python -m benchmarks.judge [RENDERER …] [--quality normal] [--prompts sealed|tuning] [--write]

The judge (`training/judge.py`) is a small classifier that guides nothing. Nothing may be tuned on the sealed
prompts: `--prompts tuning` draws others (`--draw` says which). Pictures are kept in `--out`; with `--resume`
those that are there are taken as they are. `--write` writes docs/judge.md and the sheets of the renderers.
"""

import argparse
import json
import logging
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import prompts
from benchmarks.judged_sheet import save_sheet
from benchmarks.judging import ATTRIBUTES, Figures, Judged, figures, real_pictures, rendered
from benchmarks.reading import Reader
from renderers import known, load
from renderers.devices import resolve_device
from renderers.weights import MODELS_FOLDER, ModelTable

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REAL = "real pictures"


def main() -> None:
    """Render, read, print the table; with `--write` also write it down."""
    args = arguments()
    logging.disable()
    torch.set_num_threads(args.threads)
    asked = prompts.sealed() if args.prompts == "sealed" else prompts.tuning(args.draw)
    asked = asked[:: args.every]
    reader, device, models = Reader(), resolve_device(args.device), ModelTable(args.models)
    found: dict[str, list[Judged]] = {}
    for name in args.renderers:
        drawer = load(name)
        drawer.setup(device, models)
        folder = args.out / args.prompts / f"{name}-{args.quality}"
        if not args.resume:
            for old in folder.glob("*.png"):
                old.unlink()
        print(f"== {name}")
        found[name] = rendered(
            drawer,
            asked,
            {"quality": args.quality, **dict(args.param)},
            reader,
            seed=args.seed,
            batch=args.batch,
            folder=folder,
            tell=lambda line: print(line, flush=True),
        )
        save_sheet(found[name], args.out / f"sheet-{name}.webp")
    found[REAL] = real_pictures(asked, reader, args.seed)
    shares = {name: figures(judged) for name, judged in found.items()}
    title = f"{len(asked)} {args.prompts} prompts, {args.quality}, {device}"
    Console(width=130).print(as_table(shares, title))
    if args.write:
        write(found, shares, title)


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge", description=__doc__)
    parser.add_argument("renderers", nargs="*", metavar="RENDERER", default=list(known()))
    parser.add_argument("--quality", default="normal")
    parser.add_argument("--prompts", choices=("sealed", "tuning"), default="sealed")
    parser.add_argument("--draw", type=int, default=0, help="which list of tuning prompts: any number")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth prompt")
    parser.add_argument("--seed", type=int, default=1, help="the first picture's; each next one has one more")
    parser.add_argument("--batch", type=int, default=1, help="jobs rendered together")
    parser.add_argument("--param", action="append", type=_pair, default=[], metavar="NAME=VALUE")
    parser.add_argument("--models", default=MODELS_FOLDER)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "judge")
    parser.add_argument("--resume", action="store_true", help="take pictures that are in --out already")
    parser.add_argument(
        "--write", action="store_true", help="write docs/judge.md and docs/images/sheet-*.webp"
    )
    return parser.parse_args()


def _pair(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def as_table(shares: dict[str, Figures], title: str) -> Table:
    """Percentages of what was asked for, a row a renderer; real pictures last."""
    table = Table(
        "", "all attributes", "prompts without fault", *ATTRIBUTES, "seconds a picture", title=title
    )
    for row in _rows(shares):
        table.add_row(*row)
    return table


def _rows(shares: dict[str, Figures]) -> list[list[str]]:
    return [
        [
            name,
            _percent(found.attributes),
            _percent(found.prompts),
            *(_percent(found.each[attribute]) if attribute in found.each else "" for attribute in ATTRIBUTES),
            "" if found.seconds is None else f"{found.seconds:.1f}",
        ]
        for name, found in shares.items()
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def write(found: dict[str, list[Judged]], shares: dict[str, Figures], title: str) -> None:
    """docs/judge.md and a sheet of pictures for each renderer."""
    rows = [["", "all attributes", "prompts without fault", *ATTRIBUTES], *_rows(shares)]
    # Without the seconds, which pictures taken as they were don't tell: `benchmarks.times` measures them.
    lines = [f"| {' | '.join(row[: len(rows[0])])} |" for row in rows]
    lines.insert(1, f"|{'---|' * len(rows[0])}")
    sheets = []
    for name, judged in found.items():
        if name != REAL:
            save_sheet(judged, DOCS / "images" / f"sheet-{name}.webp")
            sheets.append(f"## {name}\n\n![Every sealed prompt drawn by {name}](images/sheet-{name}.webp)\n")
    command = "python -m benchmarks.judge " + " ".join(name for name in found if name != REAL) + " --write"
    text = PAGE.format(title=title, table="\n".join(lines), sheets="\n".join(sheets), command=command)
    (DOCS / "judge.md").write_text(text, "utf-8")


PAGE = """# What a judge reads in the pictures

{title}. Of all that the prompts ask for, this much is read right:

{table}

The judge is a small convolutional classifier (`training/judge.py`): it has guided no picture, was used in no
other training, and learnt from other seeds with other alterations than the starter weights. "Real pictures"
are drawn scenes of the same prompts: what the judge reads in them bounds what it could read in any. It always
answers; a guess is right once in seven shapes, twelve colours, four grounds and four skies.

The prompts are sealed (`benchmarks/sealed_prompts.json`): drawn once by lot, over all attributes alike, and
nothing is tuned on them. Each is drawn once, nothing is picked. One of the 42 that ask for a shape is 2.4 %.

```
{command}
```

How long a picture takes is measured by `python -m benchmarks.times`.

A picture's frame is green where everything asked for was read, red where anything was not.

{sheets}"""


if __name__ == "__main__":
    main()
