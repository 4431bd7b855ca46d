"""Train the starter VQGAN: `python -m training.vqgan --seed 0 --out training/runs/vqgan`.

The run's folder holds `checkpoint.pt`, from which the same command goes on as if never interrupted, and
`vqgan/`: taming's `model.yaml` and the weights so far under taming's names, as the renderer loads them.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from renderers.vqgan import Vqgan
from training.loop import Run, given_plan
from training.vqgan_learning import Coder, Eyes, losses
from training.vqgan_model import SIZE, config, save_folder
from training.vqgan_pictures import Drawer

LARGE = 2 * SIZE


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights, beside the code and the number of threads.

    From `large_from` on pictures are 128 × 128 rather than 64 × 64, a quarter as many. `rate` is Adam's,
    after `warmup` half a cosine that would end at `horizon`. Codes that nothing uses are put elsewhere until
    `settled`. Latents are free for `free` steps, and held to codes more and more for as many again.
    """

    seed: int = 0
    steps: int = 1240
    horizon: int = 1400
    large_from: int = 1040
    batch: int = 8
    channels: int = 64
    codes: int = 1024
    code_width: int = 32
    rate: float = 1e-3
    warmup: int = 50
    free: int = 120
    settled: int = 1190
    bfloat16: bool = True


class Training(Run):
    """The VQGAN being trained. Another process draws its pictures: close it in the end."""

    program = "training.vqgan"
    plan: Plan

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.model = Vqgan(config(plan.channels, plan.codes, plan.code_width))
        self.coder = Coder(self.model)
        self._weights = [w for w in self.model.parameters() if w is not self.coder.vectors]
        self.optimizer = torch.optim.Adam(self._weights, lr=plan.rate, betas=(0.9, 0.99))
        self._eyes = Eyes()
        self._drawer = Drawer(plan.seed)

    def learn(self) -> dict[str, float]:
        """Draw the step's pictures and learn to say and read them in codes."""
        plan = self.plan
        count, size = (plan.batch // 4, LARGE) if self.done >= plan.large_from else (plan.batch, SIZE)
        pictures = torch.from_numpy(self._drawer.pictures(self.done, count, size))
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        # The step's own randomness, so that a run that goes on draws what an unbroken one does.
        torch.manual_seed(plan.seed * 1_000_003 + self.done)
        strict = min(1.0, max(0.0, self.done / max(1, plan.free) - 1))
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.bfloat16):
            found = losses(self.model, self.coder, self._eyes, pictures, strict)
        self.optimizer.zero_grad()
        torch.autograd.backward(found.total)
        torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
        self.optimizer.step()
        self.coder.follow(found.latents, renew=self.done < plan.settled)
        shown = {
            "loss": found.total,
            "colours": found.colours,
            "clean": found.clean,
            "looks": found.looks,
            "commitment": found.commitment,
        }
        return {name: float(loss.detach()) for name, loss in shown.items()} | {"codes": self.coder.used()}

    def parts(self) -> dict[str, Any]:
        return {"model": self.model, "coder": self.coder, "optimizer": self.optimizer}

    def export(self, out: Path) -> None:
        facts = {"command": f"python -m {self.program}", "done": self.done, "plan": asdict(self.plan)}
        save_folder(self.model, out / "vqgan", facts)

    def close(self) -> None:
        """End the process that draws."""
        self._drawer.close()

    def _rate(self) -> float:
        plan = self.plan
        if self.done < plan.warmup:
            return plan.rate * (self.done + 1) / plan.warmup
        share = (self.done - plan.warmup) / max(1, plan.horizon - plan.warmup)
        return plan.rate * 0.5 * (1 + math.cos(math.pi * share))


def main() -> None:
    plan, given = given_plan("training.vqgan", __doc__, Plan, out="training/runs/vqgan")
    training = Training(plan)
    try:
        training.run(given["out"], given["every"])
    finally:
        training.close()


if __name__ == "__main__":
    main()
