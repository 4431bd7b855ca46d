"""The starter VQGAN: its size, and how it is saved in taming's layout."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import yaml
from safetensors.torch import save_file

from renderers.vqgan import CONFIG_FILE, WEIGHTS_FILE, Vqgan
from renderers.vqgan_config import Towers, VqganConfig

SIZE = 64


def config(channels: int, codes: int, code_width: int) -> VqganConfig:
    """An f4: pictures of 64 × 64, as large as the starter CLIP sees them, are 16 × 16 codes.

    taming's norms have 32 groups. With 32 `channels` each is normalised alone, which takes the colour from
    the whole picture: 64 is the fewest that learns colours.
    """
    towers = Towers(
        z_channels=code_width,
        resolution=SIZE,
        ch=channels,
        ch_mult=(1, 1, 2),
        num_res_blocks=1,
        resamp_with_conv=False,
    )
    return VqganConfig(embed_dim=code_width, n_embed=codes, ddconfig=towers)


def save_folder(model: Vqgan, folder: Path, facts: dict[str, object]) -> None:
    """Write yaml and weights (half precision), replacing the folder at once.

    `made_by.json` in it holds `facts` and the SHA-256 of the weights.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".saving-") as staging:
        at = Path(staging) / "vqgan"
        at.mkdir(mode=0o755)
        (at / CONFIG_FILE).write_text(yaml.safe_dump(taming_config(model.config), sort_keys=False))
        weights = {name: value.detach().half().contiguous() for name, value in model.state_dict().items()}
        save_file(weights, at / WEIGHTS_FILE, metadata={"format": "pt"})
        digest = hashlib.sha256((at / WEIGHTS_FILE).read_bytes()).hexdigest()
        (at / "made_by.json").write_text(json.dumps({**facts, "sha256": digest}, indent=2) + "\n")
        (at / WEIGHTS_FILE).chmod(0o644)
        if folder.exists():
            os.rename(folder, Path(staging) / "replaced")
        os.rename(at, folder)


def taming_config(config: VqganConfig) -> dict[str, Any]:
    """What taming's yaml says of such a model."""
    towers = config.ddconfig.model_dump()
    kind = "GumbelVQ" if config.gumbel else "VQModel"
    return {
        "model": {
            "target": f"taming.models.vqgan.{kind}",
            "params": {
                "embed_dim": config.embed_dim,
                "n_embed": config.n_embed,
                "ddconfig": {
                    name: list(value) if isinstance(value, tuple) else value for name, value in towers.items()
                },
            },
        }
    }
