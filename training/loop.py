"""The loop around a training run: progress, checkpoints, and going on from one as if never interrupted.

Everything that is trained for the starter weights goes through it.
"""

import argparse
import hashlib
import json
import math
import time
from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import torch


class Run(ABC):
    """A model being trained by a plan (a frozen dataclass with `steps`): `step()` goes on, `save()` and
    `restore()` interrupt it.

    What a step learns from depends on the plan's seed and the step's number alone, so that a run that was
    stopped comes to the same weights as one that was not.
    """

    program: ClassVar[str]

    def __init__(self, plan: Any) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.done = plan, 0

    def step(self) -> dict[str, float]:
        """Take one step; the losses to show."""
        losses = self.learn()
        self.done += 1
        return losses

    @abstractmethod
    def learn(self) -> dict[str, float]:
        """Learn from the batch of step `done`, which is counted afterwards."""

    @abstractmethod
    def parts(self) -> dict[str, Any]:
        """What has a state (modules, optimizers), by name: what a checkpoint holds."""

    def note(self, folder: Path, **more: object) -> None:
        """Write `made_by.json` in a folder of weights: the plan, and the SHA-256 of each file of weights."""
        hashes = {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*.safetensors"))
        }
        facts = {
            "command": f"python -m {self.program}",
            "done": self.done,
            "plan": asdict(self.plan),
        }
        (folder / "made_by.json").write_text(json.dumps({**facts, **more, "sha256": hashes}, indent=2) + "\n")
        for path in folder.rglob("*.safetensors"):
            path.chmod(0o644)

    @abstractmethod
    def export(self, out: Path) -> None:
        """Write the weights so far, in the folders that the renderers load."""

    def save(self, path: Path) -> None:
        state: dict[str, object] = {"plan": asdict(self.plan), "done": self.done}
        state |= {name: part.state_dict() for name, part in self.parts().items()}
        staging = path.with_suffix(".part")
        torch.save(state, staging)
        staging.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint. Raises `ValueError` if it was made by another plan."""
        state = torch.load(path, weights_only=True)
        if state["plan"] != asdict(self.plan):
            raise ValueError(
                f"{path} was made by another plan, {state['plan']}: choose another --out or delete it"
            )
        self.done = state["done"]
        for name, part in self.parts().items():
            part.load_state_dict(state[name])

    def run(self, out: Path, every: float) -> None:
        """Run to the end, going on from `out/checkpoint.pt` if it is there; save every `every` seconds."""
        out.mkdir(parents=True, exist_ok=True)
        if (out / "checkpoint.pt").exists():
            self.restore(out / "checkpoint.pt")
            print(f"going on from step {self.done}")
        began, began_at, saved = time.monotonic(), self.done, time.monotonic()
        while self.done < self.plan.steps:
            losses = self.step()
            now = time.monotonic()
            if self.done % 10 == 0:
                self._tell(losses, (self.done - began_at) / (now - began))
            if now - saved > every:
                self._keep(out)
                saved = now
        self._keep(out)

    def _keep(self, out: Path) -> None:
        self.save(out / "checkpoint.pt")
        self.export(out)

    def _tell(self, losses: dict[str, float], pace: float) -> None:
        shown = "  ".join(f"{name} {value:.4f}" for name, value in losses.items())
        left = (self.plan.steps - self.done) / pace / 60
        print(
            f"step {self.done}/{self.plan.steps}  {shown}  {pace:.2f} steps/s  {left:.0f} min left",
            flush=True,
        )


def half_cosine(step: int, steps: int, warmup: int) -> float:
    """The share of the learning rate at a step: a linear warm-up, then half a cosine down to nothing."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


def given_plan(
    program: str, about: str | None, plan: Any, *, threads: int = 1, **paths: str
) -> tuple[Any, dict[str, Any]]:
    """The plan that the command line asks for (an option for each number), and the paths and settings."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=about)
    for name, default in paths.items():
        parser.add_argument(f"--{name}", type=Path, default=Path(default), help="(%(default)s)")
    parser.add_argument("--every", type=float, default=180, help="seconds between checkpoints and exports")
    parser.add_argument(
        "--threads", type=int, default=threads, help="CPU threads; their number decides rounding"
    )
    for name, default in asdict(plan()).items():
        if isinstance(default, int | float | str) and not isinstance(default, bool):
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, type=type(default), default=default, help="(%(default)s)")
    given = vars(parser.parse_args())
    torch.set_num_threads(given.pop("threads"))
    settings = {name: given.pop(name) for name in [*paths, "every"]}
    return plan(**given), settings
