"""`brushfire models`: the weights that are known, which of them are here, and getting others."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from contract.errors import SetupError
from renderers.weights import MODELS_FOLDER, ModelTable
from renderers.weights.download import Progress as Told
from renderers.weights.pull import pull

KINDS = ("clip", "vqgan", "diffusion", "lora")


def run(args: argparse.Namespace) -> int:
    """Print the table (or one JSON array), or fetch models and print their folders."""
    table = ModelTable(_folder(args.models))
    if args.action == "pull":
        return _pull(table, args.keys)
    rows = _rows(table, args.device)
    if args.json:
        print(json.dumps(rows))
    else:
        _show(rows)
    return 0


def _folder(named: str | None) -> Path:
    """The folder that was named, else that of BRUSHFIRE_MODELS, else the one that comes with Brushfire."""
    folder = Path(named or os.environ.get("BRUSHFIRE_MODELS") or MODELS_FOLDER)
    if not folder.is_dir():
        raise SetupError(f"the models folder is {str(folder)!r}, but must be a folder with a models.toml")
    return folder


def _pull(table: ModelTable, keys: list[str]) -> int:
    """Fetch one model after another, all keys known before the first byte comes."""
    unknown = [key for key in keys if key not in table.models]
    if unknown:
        raise SetupError(f"the model is {unknown[0]!r}, but must be one of {', '.join(sorted(table.models))}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as bars:
        for key in keys:

            def tell(name: str, key: str = key) -> Told:
                shown = bars.add_task(f"{key}: {name}", total=None)
                return lambda here, total: bars.update(shown, completed=here, total=total)

            print(pull(table, key, tell=tell), flush=True)
    return 0


def _rows(table: ModelTable, device: str) -> list[dict[str, Any]]:
    """What is shown of each model, by kind and key."""
    # Imported here, as it loads torch, which fetching doesn't need.
    from renderers.devices import resolve_device
    from renderers.weights.shelf import memory_of

    room = memory_of(resolve_device(device)) // 2**20
    models = sorted(
        table.models.items(), key=lambda item: (KINDS.index(item[1].kind), not item[1].bundled, item[0])
    )
    return [
        {
            "key": key,
            "kind": model.kind,
            "default": model.default,
            "here": table.is_here(key),
            "bytes": model.bytes,
            "licence": model.licence,
            "gated": model.gated,
            "memory_mb": model.memory_mb,
            "fits": model.memory_mb <= room,
            "for": list(model.fits),
            "summary": model.summary,
        }
        for key, model in models
    ]


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table("key", "kind", "here", "download", "memory", "fits", "licence", "what it is")
    for row in rows:
        size = "?" if row["bytes"] is None else f"{row['bytes'] / 1e6:,.0f} MB"
        table.add_row(
            f"{row['key']}{' *' if row['default'] else ''}",
            row["kind"],
            "yes" if row["here"] else "no",
            size,
            f"{row['memory_mb']:,} MB",
            "yes" if row["fits"] else "no",
            f"{row['licence']}{' (ask for access)' if row['gated'] else ''}",
            row["summary"],
        )
    # In a pipe there is no width to fit into.
    Console(width=None if sys.stdout.isatty() else 220).print(table)
    print("* used when a task names none.  Get others with: brushfire models pull KEY")
