"""Each renderer's options: default, bounds, choices and one line of help, declared here and nowhere else.

The page draws its forms from the JSON Schema of these models (`catalog/{renderer}`), the listener checks
tasks with them, and the renderer reads them. One module a renderer; this is their table.
"""

from contract.errors import InvalidTask
from contract.params.clipdraw import ClipdrawParams
from contract.params.diffusion import DiffusionParams
from contract.params.pixeldraw import CellShape, PixeldrawParams
from contract.params.shared import Aspect, GuidedParams, ImagePrompt, Params, Quality
from contract.params.vqgan_clip import VqganClipParams

__all__ = [
    "PARAMS",
    "Aspect",
    "CellShape",
    "ClipdrawParams",
    "DiffusionParams",
    "GuidedParams",
    "ImagePrompt",
    "Params",
    "PixeldrawParams",
    "Quality",
    "VqganClipParams",
    "params_of",
]

PARAMS: dict[str, type[Params]] = {
    "clipdraw": ClipdrawParams,
    "diffusion": DiffusionParams,
    "pixeldraw": PixeldrawParams,
    "vqgan_clip": VqganClipParams,
}


def params_of(renderer: object) -> type[Params]:
    """The options of a renderer by name; `InvalidTask` naming `renderer` lists the known ones."""
    if not isinstance(renderer, str) or renderer not in PARAMS:
        raise InvalidTask("renderer", renderer, f"one of {', '.join(sorted(PARAMS))}")
    return PARAMS[renderer]
