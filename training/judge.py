"""Train the judge that reads finished pictures: `python -m training.judge`.

About fifteen minutes on one thread. It ends by telling how much of unseen scenes it reads right, clean and
altered.
"""

import argparse
import copy
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from training.judge_model import READS, WEIGHTS, Judge, save_judge
from training.judge_pictures import Lesson, make_lesson

RATE, WARMUP, EASING, AVERAGE = 2e-3, 50, 200, 0.99
# Seeds of lessons: those to learn from, and those to be measured by.
LEARN, MEASURE = 0, 1


def train(steps: int, out: Path, batch: int = 64, width: int = 24, seed: int = 0) -> Judge:
    """A judge taught by `steps` lessons of `batch` pictures: AdamW, half a cosine, weights averaged.

    The averaged weights are written to `out` as often as the progress is told.
    """
    torch.manual_seed(seed)
    judge = Judge(width).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average: Judge = copy.deepcopy(judge).requires_grad_(False).eval()
    adam = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=0.02)
    began = time.monotonic()
    with ThreadPoolExecutor(1) as drawer:

        def drawn(step: int) -> Lesson:
            return make_lesson(LEARN, step, batch, max(0.0, 1 - step / EASING))

        following = drawer.submit(drawn, 0)
        for step in range(steps):
            lesson, following = following.result(), drawer.submit(drawn, step + 1)
            for group in adam.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / WARMUP) * (1 + math.cos(math.pi * step / steps)) / 2
            lost = loss(judge, lesson)
            adam.zero_grad()
            torch.autograd.backward(lost)
            adam.step()
            _follow(average, judge, min(AVERAGE, step / (step + 10)))
            if step % 200 == 199 or step == steps - 1:
                save_judge(average, out)
                pace = (step + 1) / (time.monotonic() - began)
                left = (steps - step - 1) / pace / 60
                print(
                    f"step {step + 1}/{steps}  loss {float(lost.detach()):.3f}  {left:.1f} min left",
                    flush=True,
                )
    return average


def loss(judge: Judge, lesson: Lesson) -> Tensor:
    """Mean cross entropy of every fact that can be said of each picture."""
    with torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16()):
        facts, things = judge(lesson.pictures)
    total: Tensor = things.new_zeros(())
    for name, wanted in zip(READS, lesson.codes.unbind(1), strict=True):
        if (wanted >= 0).any():
            total = total + functional.cross_entropy(
                facts[name], wanted, ignore_index=-1, label_smoothing=0.05
            )
    landscapes = lesson.codes[:, list(READS).index("ground")] >= 0
    if landscapes.any():
        total = total + 2 * functional.binary_cross_entropy_with_logits(
            things[landscapes], lesson.things[landscapes].float()
        )
    return total


@torch.no_grad()
def measure(judge: Judge, altered: bool, pictures: int = 600) -> dict[str, float]:
    """The share of unseen pictures of which each fact is read right."""
    lesson = make_lesson(MEASURE, int(altered), pictures, altered=altered)
    facts, things = judge(lesson.pictures)
    right = {}
    for name, wanted in zip(READS, lesson.codes.unbind(1), strict=True):
        said = wanted >= 0
        right[name] = float((facts[name].argmax(1)[said] == wanted[said]).float().mean())
    seen = lesson.things & (lesson.codes[:, list(READS).index("ground")] >= 0)[:, None]
    right["things seen"] = float((things > 0)[seen].float().mean())
    return right


def _follow(average: Judge, judge: Judge, keep: float) -> None:
    """Move the averaged weights and statistics a little towards those just learned."""
    theirs = judge.state_dict()
    for name, mean in average.state_dict().items():
        if mean.is_floating_point():
            mean.lerp_(theirs[name], 1 - keep)


def _has_bfloat16() -> bool:
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.judge", description=__doc__)
    parser.add_argument("--steps", type=int, default=2200, help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; their number decides rounding")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="(%(default)s)")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    judge = train(given.steps, given.out)
    for name, altered in (("clean", False), ("altered", True)):
        right = measure(judge, altered)
        print(f"{name}: " + ", ".join(f"{fact} {100 * share:.1f} %" for fact, share in right.items()))


if __name__ == "__main__":
    main()
