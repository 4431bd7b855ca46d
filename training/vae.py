"""Train the starter VAE's decoder: `python -m training.vae --seed 0 --out training/runs/vae`.

The encoder is written, not learned (`vae_start.py`), so that a UNet can be trained on its latents meanwhile.
The run's folder holds `checkpoint.pt` and `vae/`, an `AutoencoderKL` folder whose latents have about mean 0
and deviation 1.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional

from training.loop import Run, given_plan, half_cosine
from training.scenes import Scene, ShapeScene, Window, draw_scene, picture
from training.vae_start import LATENTS, begin_plain

SLOPES_BY = 0.25
SIZE = 128  # What the pipeline draws; latents are 8 times smaller.


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights, beside the code and the number of threads.

    Learns from crops of `crop` pixels of pictures of 128. `edges` weighs the difference of neighbouring
    pixels. The residual blocks learn at `rate`, what carries colours past them at `stream_rate`: the
    constants in the stream would let every step there tint the picture. `noise` is the deviation of what is
    added to latents, as a UNet's are not quite exact.
    """

    seed: int = 0
    steps: int = 2500
    batch: int = 8
    crop: int = 64
    rate: float = 4e-4
    stream_rate: float = 5e-5
    warmup: int = 100
    edges: float = 1.0
    noise: float = 0.03


def make_vae() -> AutoencoderKL:
    """An AutoencoderKL, 8 times down, without attention, so that any size will do. Its encoder is ready."""
    channels = (32, 48, 64, 128)
    vae = AutoencoderKL(
        block_out_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        layers_per_block=1,
        latent_channels=LATENTS,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=SIZE,
        scaling_factor=1.0,
    )
    begin_plain(vae)
    normalise(vae)
    return vae


class VaeTraining(Run):
    program = "training.vae"

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.vae = make_vae().to(memory_format=torch.channels_last)
        self.vae.requires_grad_(False)
        self.vae.decoder.requires_grad_(True)
        blocks: list[torch.nn.Parameter] = []
        stream: list[torch.nn.Parameter] = []
        for name, weight in self.vae.decoder.named_parameters():
            in_block = "resnets" in name and "shortcut" not in name
            (blocks if in_block else stream).append(weight)
        groups = [{"params": blocks, "top": plan.rate}, {"params": stream, "top": plan.stream_rate}]
        self.optimizer = torch.optim.Adam(groups, lr=plan.rate, betas=(0.9, 0.99))

    def learn(self) -> dict[str, float]:
        plan = self.plan
        for group in self.optimizer.param_groups:
            group["lr"] = group["top"] * half_cosine(self.done, plan.steps, plan.warmup)
        images = crops(plan.seed, self.done, plan.batch, plan.crop) * 2 - 1
        noise_source = torch.Generator().manual_seed(plan.seed * 1_000_003 + self.done)
        with torch.autocast("cpu", torch.bfloat16):
            latents = self.vae.encode(images).latent_dist.mean.float()
            latents += plan.noise * torch.randn(latents.shape, generator=noise_source)
            seen = self.vae.decode(latents).sample.float()
        near = functional.l1_loss(seen, images)
        edges = torch.stack([functional.l1_loss(seen.diff(dim=d), images.diff(dim=d)) for d in (2, 3)]).sum()
        self.optimizer.zero_grad()
        torch.autograd.backward(near + plan.edges * edges)
        torch.nn.utils.clip_grad_norm_(self.vae.decoder.parameters(), 1.0)
        self.optimizer.step()
        return {"l1": near.item(), "edges": edges.item()}

    def parts(self) -> dict[str, object]:
        return {"vae": self.vae, "optimizer": self.optimizer}

    def export(self, out: Path) -> None:
        self.vae.save_pretrained(out / "vae")
        self.note(out / "vae")


def crops(seed: int, step: int, count: int, crop: int) -> Tensor:
    """[count, 3, crop, crop] in [0, 1]: crops around what scenes show, one in four in flat cells."""
    rng = np.random.default_rng((seed, 1, step))
    pictures = []
    for _ in range(count):
        scene, part = draw_scene(rng, shapes=0.5), crop / SIZE
        x, y = (float(v) for v in np.clip(_subject(scene, rng) - part / 2, 0, 1 - part))
        cells = int(rng.choice([8, 16, 32])) if rng.random() < 0.25 else None
        pictures.append(picture(scene, Window(x, y, part, part), crop, cells))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def _subject(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    if isinstance(scene, ShapeScene):
        centre = np.array(scene.centres[rng.integers(len(scene.centres))])
        return centre + rng.uniform(-1, 1, 2) * scene.radius
    return rng.uniform(0, 1, 2)


@torch.no_grad()
def normalise(vae: AutoencoderKL) -> None:
    """Give the latents mean 0 and (of colours) deviation 1 over scenes, by the two 1×1 convolutions.

    A pipeline then needs no scaling factor, and noise is as strong in one channel as in another.
    """
    images = torch.cat([crops(0, 10**6 + step, 16, SIZE) for step in range(8)]) * 2 - 1
    latents = torch.cat([vae.encode(part).latent_dist.mean for part in torch.split(images, 16)])
    mean, deviation = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    deviation[3:] = (
        SLOPES_BY  # Mostly nothing, and large at edges: by their own deviation they would be huge.
    )
    inward, outward = vae.quant_conv, vae.post_quant_conv
    outward.bias += (outward.weight[:, :, 0, 0] * mean).sum(1)
    outward.weight *= deviation[None, :, None, None]
    inward.weight[:LATENTS] /= deviation[:, None, None, None]
    inward.bias[:LATENTS] = (inward.bias[:LATENTS] - mean) / deviation


def main() -> None:
    plan, given = given_plan("training.vae", __doc__, Plan, out="training/runs/vae")
    VaeTraining(plan).run(given["out"], given["every"])


if __name__ == "__main__":
    main()
