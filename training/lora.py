"""Train the example LoRA, pictures of flat cells: `python -m training.lora --seed 0 --out
training/runs/lora`.

Needs the starter pipeline of `python -m training.diffusion`. The run's folder holds `checkpoint.pt`,
`pool.pt` and `lora/pytorch_lora_weights.safetensors`, which `load_lora_weights` of diffusers reads.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from training.diffusion import denoising_loss, hidden_states
from training.latents import Pool, caption, make_pool
from training.loop import Run, given_plan, half_cosine
from training.vae import SIZE

PIPELINE = "models/starter/diffusion"
CELLS = 16
# Attention, which knows where things are, and the convolutions, which draw their edges.
LEARNED = ["to_q", "to_k", "to_v", "to_out.0", "conv1", "conv2"]


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights, beside the code, the pipeline and the number of threads."""

    seed: int = 0
    steps: int = 500
    batch: int = 16
    scenes: int = 1500
    rank: int = 4
    rate: float = 2e-3
    warmup: int = 20


class LoraTraining(Run):
    program = "training.lora"

    def __init__(self, plan: Plan, pool: Pool, pipeline: Path) -> None:
        super().__init__(plan)
        pipe = StableDiffusionPipeline.from_pretrained(
            pipeline, local_files_only=True, safety_checker=None, dtype=torch.float32
        )
        self.pool, self.scheduler = pool, pipe.scheduler
        self.tower, self.tokenizer = pipe.text_encoder.requires_grad_(False), pipe.tokenizer
        self.unet = pipe.unet.requires_grad_(False).to(memory_format=torch.channels_last)
        config = LoraConfig(
            r=plan.rank, lora_alpha=plan.rank, init_lora_weights="gaussian", target_modules=LEARNED
        )
        self.unet.add_adapter(config)
        self.learned = torch.nn.ParameterList(
            weight for weight in self.unet.parameters() if weight.requires_grad
        )
        self.optimizer = torch.optim.AdamW(self.learned, lr=plan.rate, weight_decay=0.01)

    def learn(self) -> dict[str, float]:
        plan = self.plan
        rng = np.random.default_rng((plan.seed, 4, self.done))
        chosen = rng.integers(len(self.pool.facts), size=plan.batch)
        texts = [caption(self.pool.facts[index], rng) for index in chosen]
        noise_source = torch.Generator().manual_seed(plan.seed * 1_000_003 + self.done)
        for group in self.optimizer.param_groups:
            group["lr"] = plan.rate * half_cosine(self.done, plan.steps, plan.warmup)
        with torch.no_grad():
            hidden = hidden_states(self.tower, self.tokenizer, texts)
        loss = denoising_loss(self.unet, self.scheduler, self.pool.latents[chosen], hidden, noise_source)
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.learned, 1.0)
        self.optimizer.step()
        return {"loss": loss.item()}

    def parts(self) -> dict[str, object]:
        return {"learned": self.learned, "optimizer": self.optimizer}

    def export(self, out: Path) -> None:
        half = {name: weight.half() for name, weight in get_peft_model_state_dict(self.unet).items()}
        StableDiffusionPipeline.save_lora_weights(out / "lora", unet_lora_layers=half)
        self.note(out / "lora")


def main() -> None:
    plan, given = given_plan("training.lora", __doc__, Plan, out="training/runs/lora", pipeline=PIPELINE)
    pool = make_pool(
        given["pipeline"] / "vae",
        given["out"] / "pool.pt",
        plan.seed + 2,
        plan.scenes,
        SIZE,
        cells=CELLS,
        plain=True,
    )
    LoraTraining(plan, pool, given["pipeline"]).run(given["out"], given["every"])


if __name__ == "__main__":
    main()
