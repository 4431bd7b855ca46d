"""Train the starter CLIP: `python -m training.clip --seed 0 --out training/runs/clip`.

The run's folder holds `checkpoint.pt`, from which the same command goes on as if never interrupted, and
`clip/`, the averaged weights so far as a folder that `transformers` loads.
"""

import copy
import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.batches import Batch, Lesson, make_batch
from training.learning import Heads, deceive, losses
from training.loop import Run, given_plan
from training.model import make_model, make_tokenizer, save_folder, text_features, tokenize

# Once shapes are known: more landscapes, of which there is more to learn, and less clutter, which had left
# backgrounds mottled.
SECOND_CYCLE = Lesson(shapes=0.35, clutter=0.3)


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights, beside the code and the number of threads.

    `radius` is the L2 adversary's, on pictures of 64 × 64 in [0, 1]: it stays 0 for `calm` steps, then grows
    for `ramp`. Scenes grow from simple to any for `easing` steps. `rate` and weight `decay` are AdamW's;
    `average` is the share that the averaged weights keep at each step.
    """

    seed: int = 0
    steps: int = 9000
    restart: int = 5000
    batch: int = 64
    width: int = 256
    layers: int = 4
    patch: int = 16
    rate: float = 1e-3
    second_rate: float = 5e-4
    warmup: int = 150
    radius: float = 3.5
    calm: int = 1700
    ramp: int = 1000
    easing: int = 1500
    attack_steps: int = 2
    decay: float = 0.05
    average: float = 0.998
    bfloat16: bool = True


class Training(Run):
    """The CLIP being trained, with its average."""

    program = "training.clip"
    plan: Plan

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._drawer = ThreadPoolExecutor(1)
        self._next: Future[Batch] | None = None
        self.tokenizer = make_tokenizer()
        self.model = make_model(self.tokenizer, plan.width, plan.layers, plan.patch)
        self.heads = Heads(plan.width)
        self.averaged = copy.deepcopy(self.model).requires_grad_(False)
        matrices = [weight for weight in self._weights() if weight.ndim > 1]
        vectors = [weight for weight in self._weights() if weight.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": plan.decay}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98))

    def learn(self) -> dict[str, float]:
        """Draw the step's batch, deceive the model with it, and learn from the deception."""
        plan = self.plan
        batch = self._next.result() if self._next else self._drawn(self.done)
        self._next = self._drawer.submit(self._drawn, self.done + 1)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.bfloat16):
            texts = text_features(self.model, tokenize(self.tokenizer, batch.texts))
        images, radii = batch.images, self._radii()
        if radii.any():
            images = deceive(
                self.model, self.heads, batch, texts.detach(), radii, plan.attack_steps, plan.bfloat16
            )
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.bfloat16):
            found = losses(self.model, self.heads, images, batch, texts)
        self.optimizer.zero_grad()
        torch.autograd.backward(found.total)
        torch.nn.utils.clip_grad_norm_(self._weights(), 1.0)
        self.optimizer.step()
        self._average(self.done + 1)
        shown = {"loss": found.total, "contrast": found.contrast, "accuracy": found.accuracy}
        return {name: float(loss.detach()) for name, loss in shown.items()}

    def parts(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "heads": self.heads,
            "averaged": self.averaged,
            "optimizer": self.optimizer,
        }

    def export(self, out: Path) -> None:
        facts = {"command": f"python -m {self.program}", "done": self.done, "plan": asdict(self.plan)}
        save_folder(self.averaged, self.tokenizer, out / "clip", facts)

    def _weights(self) -> list[torch.nn.Parameter]:
        return [*self.model.parameters(), *self.heads.parameters()]

    def _drawn(self, step: int) -> Batch:
        plan = self.plan
        first = Lesson(ease=max(0.0, 1 - step / max(1, plan.easing)))
        lesson = first if step < plan.restart else SECOND_CYCLE
        return make_batch(plan.seed, step, plan.batch, lesson)

    def _rate(self) -> float:
        """Linear warm-up, half a cosine, and another from `restart` on (SGDR, arXiv 1608.03983)."""
        plan = self.plan
        if self.done < plan.warmup:
            return plan.rate * (self.done + 1) / plan.warmup
        first = (plan.warmup, plan.restart, plan.rate)
        begin, end, top = first if self.done < plan.restart else (plan.restart, plan.steps, plan.second_rate)
        share = min(1.0, (self.done - begin) / max(1, end - begin))
        return top * 0.5 * (1 + math.cos(math.pi * share))

    def _radii(self) -> Tensor:
        """A radius for each picture, evenly up to the largest, which grows from `calm` for `ramp` steps."""
        plan = self.plan
        grown = min(1.0, max(0, self.done - plan.calm) / max(1, plan.ramp))
        return plan.radius * grown * (torch.arange(plan.batch) + 1) / plan.batch

    @torch.no_grad()
    def _average(self, steps: int) -> None:
        keep = min(self.plan.average, steps / (steps + 10))
        for mean, weight in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
            mean.lerp_(weight, 1 - keep)


def main() -> None:
    plan, given = given_plan("training.clip", __doc__, Plan, threads=2, out="training/runs/clip")
    Training(plan).run(given["out"], given["every"])


if __name__ == "__main__":
    main()
