"""Train the starter VQGAN: `python -m training.vqgan --seed 0 --out training/runs/vqgan`.

The run's folder holds `checkpoint.pt`, from which the same command goes on as if never interrupted, and
`vqgan/`: taming's `model.yaml` and the weights so far under taming's names, as the renderer loads them.
"""

import argparse
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from renderers.vqgan import Vqgan
from training.vqgan_learning import Coder, Eyes, Losses, losses
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


class Training:
    """A model being trained by a plan: `step()` goes on, `save()` and `restore()` interrupt it."""

    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.done = plan, 0
        self.model = Vqgan(config(plan.channels, plan.codes, plan.code_width))
        self.coder = Coder(self.model)
        self._weights = [w for w in self.model.parameters() if w is not self.coder.vectors]
        self.optimizer = torch.optim.Adam(self._weights, lr=plan.rate, betas=(0.9, 0.99))
        self._eyes = Eyes()
        self._drawer = Drawer(plan.seed)

    def step(self) -> Losses:
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
        self.done += 1
        return found

    def state(self) -> dict[str, object]:
        return {
            "plan": asdict(self.plan),
            "done": self.done,
            "model": self.model.state_dict(),
            "coder": self.coder.state(),
            "optimizer": self.optimizer.state_dict(),
        }

    def save(self, path: Path) -> None:
        staging = path.with_suffix(".part")
        torch.save(self.state(), staging)
        staging.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint. Raises `ValueError` if it was made by another plan."""
        state = torch.load(path, weights_only=True)
        if state["plan"] != asdict(self.plan):
            raise ValueError(
                f"{path} was made by another plan, {state['plan']}: choose another --out or delete it"
            )
        self.done = state["done"]
        self.model.load_state_dict(state["model"])
        self.coder.restore(state["coder"])
        self.optimizer.load_state_dict(state["optimizer"])

    def close(self) -> None:
        """End the process that draws."""
        self._drawer.close()

    def _rate(self) -> float:
        plan = self.plan
        if self.done < plan.warmup:
            return plan.rate * (self.done + 1) / plan.warmup
        share = (self.done - plan.warmup) / max(1, plan.horizon - plan.warmup)
        return plan.rate * 0.5 * (1 + math.cos(math.pi * share))


def train(plan: Plan, out: Path, every: float) -> Vqgan:
    """Run a plan to its end, going on from `out/checkpoint.pt` if it is there; save every `every` seconds."""
    training = Training(plan)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "checkpoint.pt").exists():
        training.restore(out / "checkpoint.pt")
        print(f"going on from step {training.done}")
    began, began_at, saved = time.monotonic(), training.done, time.monotonic()
    while training.done < plan.steps:
        found = training.step()
        now = time.monotonic()
        if training.done % 10 == 0:
            print(_progress(training, found, (training.done - began_at) / (now - began)), flush=True)
        if now - saved > every:
            _save(training, out)
            saved = now
    _save(training, out)
    training.close()
    return training.model


def _save(training: Training, out: Path) -> None:
    training.save(out / "checkpoint.pt")
    facts = {"command": "python -m training.vqgan", "done": training.done, "plan": asdict(training.plan)}
    save_folder(training.model, out / "vqgan", facts)


def _progress(training: Training, found: Losses, pace: float) -> str:
    left = (training.plan.steps - training.done) / pace / 60
    return (
        f"step {training.done}/{training.plan.steps}  colours {found.colours:.4f}  clean {found.clean:.4f}  "
        f"looks {found.looks:.3f}  commitment {found.commitment:.3f}  codes {training.coder.used()}  "
        f"{pace:.2f} steps/s  {left:.0f} min left"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.vqgan", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("training/runs/vqgan"), help="the run's folder")
    parser.add_argument("--every", type=float, default=180, help="seconds between checkpoints and exports")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; their number decides rounding")
    for name, default in asdict(Plan()).items():
        if not isinstance(default, bool):
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, type=type(default), default=default, help="(%(default)s)")
    given = vars(parser.parse_args())
    torch.set_num_threads(given.pop("threads"))
    out, every = given.pop("out"), given.pop("every")
    train(Plan(**given), out, every)


if __name__ == "__main__":
    main()
