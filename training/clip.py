"""Train the starter CLIP: `python -m training.clip --seed 0 --out training/runs/clip`.

The run's folder holds `checkpoint.pt`, from which the same command goes on as if never interrupted, and
`clip/`, the averaged weights so far as a folder that `transformers` loads.
"""

import argparse
import copy
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import CLIPModel

from training.batches import Batch, Lesson, make_batch
from training.learning import Heads, Losses, deceive, losses
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


class Training:
    """A model being trained by a plan: `step()` goes on, `save()` and `restore()` interrupt it."""

    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.done = plan, 0
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

    def step(self) -> Losses:
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
        self.done += 1
        self._average()
        return found

    def state(self) -> dict[str, object]:
        return {
            "plan": asdict(self.plan),
            "done": self.done,
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "averaged": self.averaged.state_dict(),
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
        self.heads.load_state_dict(state["heads"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])

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
    def _average(self) -> None:
        keep = min(self.plan.average, self.done / (self.done + 10))
        for mean, weight in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
            mean.lerp_(weight, 1 - keep)


def train(plan: Plan, out: Path, every: float) -> CLIPModel:
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
    return training.averaged


def _save(training: Training, out: Path) -> None:
    training.save(out / "checkpoint.pt")
    facts = {"command": "python -m training.clip", "done": training.done, "plan": asdict(training.plan)}
    save_folder(training.averaged, training.tokenizer, out / "clip", facts)


def _progress(training: Training, found: Losses, pace: float) -> str:
    left = (training.plan.steps - training.done) / pace / 60
    return (
        f"step {training.done}/{training.plan.steps}  loss {found.total:.3f}  contrast {found.contrast:.3f}  "
        f"accuracy {found.accuracy:.2f}  {pace:.2f} steps/s  {left:.0f} min left"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.clip", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("training/runs/clip"), help="the run's folder")
    parser.add_argument("--every", type=float, default=180, help="seconds between checkpoints and exports")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads; their number decides rounding")
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
