"""The renderers: one sorted table, imported on first use.

A third party adds one by an entry point of the group `brushfire.renderers`.
"""

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

from contract.errors import InvalidTask, SetupError


@dataclass(frozen=True)
class Entry:
    """Where a renderer's class is, and how to install what it needs."""

    target: str
    install: str


RENDERERS: dict[str, Entry] = {
    "clipdraw": Entry("renderers.clipdraw:Clipdraw", "pip install -r requirements.txt"),
    "diffusion": Entry("renderers.diffusion:Diffusion", "pip install -r requirements.txt"),
    "pixeldraw": Entry("renderers.pixeldraw:Pixeldraw", "pip install -r requirements.txt"),
    "vqgan_clip": Entry(
        "renderers.vqgan_clip:VqganClip",
        "pip install -r requirements.txt && pip install --no-deps -r requirements-nodeps.txt",
    ),
}


def known() -> dict[str, Entry]:
    """The built-in renderers and those that installed packages add, sorted by name."""
    found = dict(RENDERERS)
    for point in metadata.entry_points(group="brushfire.renderers"):
        found.setdefault(
            point.name, Entry(point.value, f"pip install {point.dist.name if point.dist else ''}")
        )
    return dict(sorted(found.items()))


def load(name: str) -> Any:
    """A new renderer by name, not yet set up.

    Raises `InvalidTask` naming `renderer` for an unknown one, `SetupError` with the command that installs
    what it needs.
    """
    entries = known()
    if name not in entries:
        raise InvalidTask("renderer", name, f"one of {', '.join(entries)}")
    module, _, attribute = entries[name].target.partition(":")
    try:
        return getattr(import_module(module), attribute)()
    except ImportError as error:
        raise SetupError(
            f"renderer {name} can't be imported ({error}); run: {entries[name].install}"
        ) from error
