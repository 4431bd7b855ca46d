"""Scenes as a VAE's latents with their facts, made once and kept in a file: what the UNet learns from."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from training.captions import describe
from training.facts import Facts
from training.scenes import WHOLE, Landscape, Scene, draw_scene, picture

SHARE_OF_SHAPES = 0.55


@dataclass(frozen=True)
class Pool:
    """`latents` [n, channels, 16, 16] of whole, upright scenes and the `facts` of each."""

    latents: Tensor
    facts: list[Facts]


def make_pool(
    vae_folder: Path,
    kept: Path,
    seed: int,
    count: int,
    size: int,
    *,
    cells: int | None = None,
    plain: bool = False,
) -> Pool:
    """The pool of a seed, from the file `kept` if it was made before.

    In `cells` × `cells` flat pixels if given. In `plain` scenes shapes are large and in the middle, and
    things are large and at most two.
    """
    scenes = [_scene(seed, index, plain) for index in range(count)]
    facts = [scene.facts(WHOLE) for scene in scenes]
    made_of = [seed, count, size, cells, plain]
    if kept.exists():
        saved = torch.load(kept, weights_only=True)
        if saved["made_of"] == made_of:
            return Pool(saved["latents"].float(), facts)
    vae = AutoencoderKL.from_pretrained(vae_folder, local_files_only=True).eval()
    vae.to(dtype=torch.float32, memory_format=torch.channels_last)
    parts = []
    for first in range(0, count, 32):
        pictures = np.stack([picture(scene, size=size, cells=cells) for scene in scenes[first : first + 32]])
        images = torch.from_numpy(pictures).permute(0, 3, 1, 2) * 2 - 1
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            parts.append(vae.encode(images).latent_dist.mean.half())
        if first % 1024 == 0:
            print(f"encoding scene {first} of {count}", flush=True)
    latents = torch.cat(parts)
    kept.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"made_of": made_of, "latents": latents}, kept)
    return Pool(latents.float(), facts)


def caption(facts: Facts, rng: np.random.Generator) -> str:
    """A saying about a scene: in six cases of ten one that states what a scene is made of, in one none."""
    chance = rng.random()
    if chance < 0.1:
        return ""
    said = describe(facts, rng)
    while chance > 0.4 and not _states_all(said.says, facts):
        said = describe(facts, rng)
    return said.text


def _scene(seed: int, index: int, plain: bool) -> Scene:
    rng = np.random.default_rng((seed, 2, index))
    scene = draw_scene(rng, shapes=SHARE_OF_SHAPES)
    if not plain:
        return scene
    if isinstance(scene, Landscape):
        things = tuple((name, x, float(rng.uniform(1.0, 1.3))) for name, x, _ in scene.things[:2])
        return replace(scene, things=things)
    if len(scene.centres) > 1:
        return scene
    x, y = (float(v) for v in 0.5 + rng.uniform(-0.06, 0.06, size=2))
    return replace(scene, centres=((x, y),), radius=float(rng.uniform(0.28, 0.4)))


def _states_all(says: Facts, facts: Facts) -> bool:
    if facts.count == "many":
        return None not in (says.colour, says.background)
    if facts.shape is not None:
        return None not in (says.shape, says.colour, says.background)
    return None not in (says.ground, says.sky) and bool(says.things) == bool(facts.things)
