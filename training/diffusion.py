"""Train the starter diffusion pipeline: `python -m training.diffusion --seed 0 --out
training/runs/diffusion`.

Needs the VAE of `python -m training.vae` (at any step: its encoder is ready from the start) and the starter
CLIP, whose text tower the pipeline's own begins from. The run's folder holds `checkpoint.pt`, from which the
same command goes on as if never interrupted, `pool.pt` and
`plain.pt`, the latents it learns from, and `diffusion/`, the averaged weights so far as a
`StableDiffusionPipeline` folder.
"""

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import CLIPModel, CLIPTextModel, CLIPTokenizer

from training.latents import Pool, caption, make_pool
from training.loop import Run, given_plan, half_cosine
from training.vae import SIZE
from training.vae_start import LATENTS

# As shares of the whole way to noise.
SHAPES_FORM, SPREAD = 0.6, 0.13
CLIP = Path(__file__).parent.parent / "models" / "starter" / "clip"


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights, beside the code, the VAE and the number of threads.

    `scenes` is the number of different scenes. From step `restart` on `plain_share` of them are plain, of
    which there are `plain_scenes`, and half of the times are those at which shapes form; the learning rate,
    which had begun to fall as for `first_cycle` steps, then rises and falls again, and a third time to
    `third_rate` from step `third` on. `rate` and `text_rate` are those of the UNet and of the text tower,
    `average` the share that the averaged weights keep at each step.
    """

    seed: int = 0
    steps: int = 5463
    restart: int = 1663
    first_cycle: int = 2600
    third: int = 3963
    batch: int = 32
    scenes: int = 16000
    plain_scenes: int = 8000
    plain_share: float = 0.85
    rate: float = 7e-4
    third_rate: float = 4e-4
    text_rate: float = 2e-4
    warmup: int = 100
    decay: float = 0.01
    average: float = 0.998


def make_unet(width: int) -> UNet2DConditionModel:
    """A UNet for latents of 16 × 16, with attention at 8 × 8 and 4 × 4 to texts of `width`."""
    return UNet2DConditionModel(
        sample_size=SIZE // 8,
        in_channels=LATENTS,
        out_channels=LATENTS,
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def make_text_tower() -> tuple[CLIPTextModel, CLIPTokenizer]:
    """The starter CLIP's text tower and tokenizer."""
    clip = CLIPModel.from_pretrained(CLIP, local_files_only=True, dtype=torch.float32)
    tower = CLIPTextModel(clip.config.text_config)
    wanted = tower.state_dict()
    own = {name.removeprefix("text_model."): value for name, value in clip.text_model.state_dict().items()}
    tower.load_state_dict({name: own[name.removeprefix("text_model.")] for name in wanted})
    return tower, CLIPTokenizer.from_pretrained(CLIP, local_files_only=True)


def make_scheduler() -> DDIMScheduler:
    """Predicts v; the last step is pure noise (arXiv 2305.08891), or plain backgrounds come out grey."""
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


class DiffusionTraining(Run):
    program = "training.diffusion"

    def __init__(self, plan: Plan, pool: Pool, plain: Pool, vae: Path) -> None:
        super().__init__(plan)
        self.vae_folder, self.scheduler = vae, make_scheduler()
        self.latents = torch.cat([pool.latents, plain.latents])
        self.facts, self.any = [*pool.facts, *plain.facts], len(pool.facts)
        self.tower, self.tokenizer = make_text_tower()
        self.unet = make_unet(self.tower.config.hidden_size).to(memory_format=torch.channels_last)
        self.model = torch.nn.ModuleList([self.unet, self.tower])
        self.averaged = copy.deepcopy(self.model).requires_grad_(False)
        groups = [
            {"params": list(self.unet.parameters()), "top": plan.rate},
            {"params": list(self.tower.parameters()), "top": plan.text_rate},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.99), weight_decay=plan.decay)

    def learn(self) -> dict[str, float]:
        plan = self.plan
        rng = np.random.default_rng((plan.seed, 3, self.done))
        second = self.done >= plan.restart
        chosen = self._chosen(rng, second)
        texts = [caption(self.facts[index], rng) for index in chosen]
        noise_source = torch.Generator().manual_seed(plan.seed * 1_000_003 + self.done)
        share = self._share()
        for group in self.optimizer.param_groups:
            group["lr"] = share * group["top"]
        loss = denoising_loss(
            self.unet,
            self.scheduler,
            self.latents[chosen],
            self._hidden(texts),
            noise_source,
            focused=second,
        )
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self._average()
        return {"loss": loss.item()}

    def _share(self) -> float:
        """Of the learning rates: three times half a cosine, the first broken off."""
        plan, done = self.plan, self.done
        if done < plan.restart:
            return half_cosine(done, plan.first_cycle, plan.warmup)
        if done < plan.third:
            return half_cosine(done - plan.restart, plan.third - plan.restart, plan.warmup)
        share = half_cosine(done - plan.third, plan.steps - plan.third, plan.warmup)
        return share * float(plan.third_rate / plan.rate)

    def _chosen(self, rng: np.random.Generator, second: bool) -> NDArray[np.int64]:
        """The indices of a batch's scenes."""
        plan = self.plan
        chosen: NDArray[np.int64] = rng.integers(self.any, size=plan.batch)
        if second:
            plain = self.any + rng.integers(len(self.facts) - self.any, size=plan.batch)
            chosen = np.where(rng.random(plan.batch) < plan.plain_share, plain, chosen)
        return chosen

    def parts(self) -> dict[str, object]:
        return {"model": self.model, "averaged": self.averaged, "optimizer": self.optimizer}

    def export(self, out: Path) -> None:
        averaged: Any = copy.deepcopy(self.averaged)
        unet, tower = averaged
        # The one that was used remembers how it was asked to fill up texts, and would write that down.
        tokenizer = CLIPTokenizer.from_pretrained(CLIP, local_files_only=True)
        save_pipeline(unet, tower, tokenizer, self.vae_folder, out / "diffusion")
        vae = json.loads((self.vae_folder / "made_by.json").read_text())
        self.note(out / "diffusion", vae={name: vae[name] for name in ("command", "done", "plan")})

    def _hidden(self, texts: list[str]) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return hidden_states(self.tower, self.tokenizer, texts)

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.plan.average, self.done / (self.done + 10))
        for mean, weight in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
            mean.lerp_(weight, 1 - keep)


def hidden_states(tower: CLIPTextModel, tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """[n, longest, width]: the tower's last hidden state of texts, filled up as a pipeline does."""
    tokens = tokenizer(
        texts,
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    hidden: Tensor = tower(tokens.input_ids).last_hidden_state
    return hidden


def denoising_loss(
    unet: UNet2DConditionModel,
    scheduler: DDIMScheduler,
    latents: Tensor,
    hidden: Tensor,
    noise_source: torch.Generator,
    *,
    focused: bool = False,
) -> Tensor:
    """The mean squared error of v at random times (arXiv 2202.00512), spread evenly over the batch.

    If `focused`, half of the times lie around those at which a shape stands out of the noise or doesn't.
    """
    count = len(latents)
    noise = torch.randn(latents.shape, generator=noise_source)
    spread = (torch.arange(count) + torch.rand(count, generator=noise_source)) / count
    if focused:
        middle = SHAPES_FORM + SPREAD * torch.randn(count, generator=noise_source)
        spread = torch.where(torch.arange(count) % 2 == 0, spread, middle.clamp(0, 1))
    times = (spread * scheduler.config.num_train_timesteps).long().clamp(max=999)
    noisy = scheduler.add_noise(latents, noise, times).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        seen = unet(noisy, times, hidden).sample
    return functional.mse_loss(seen.float(), scheduler.get_velocity(latents, noise, times))


def save_pipeline(
    unet: UNet2DConditionModel, tower: CLIPTextModel, tokenizer: CLIPTokenizer, vae: Path, folder: Path
) -> None:
    """Write a `StableDiffusionPipeline` folder in half precision, replacing it at once."""
    decoder = AutoencoderKL.from_pretrained(vae, local_files_only=True)
    decoder.register_to_config(_name_or_path="")
    pipeline = StableDiffusionPipeline(
        vae=decoder,
        text_encoder=tower,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=make_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    staging = folder.with_name(f".{folder.name}-saving")
    shutil.rmtree(staging, ignore_errors=True)
    pipeline.to(torch.float16).save_pretrained(staging)
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)


def main() -> None:
    plan, given = given_plan(
        "training.diffusion", __doc__, Plan, out="training/runs/diffusion", vae="training/runs/vae/vae"
    )
    vae, out = given["vae"], given["out"]
    pool = make_pool(vae, out / "pool.pt", plan.seed, plan.scenes, SIZE)
    plain = make_pool(vae, out / "plain.pt", plan.seed + 1, plan.plain_scenes, SIZE, plain=True)
    DiffusionTraining(plan, pool, plain, vae).run(given["out"], given["every"])


if __name__ == "__main__":
    main()
