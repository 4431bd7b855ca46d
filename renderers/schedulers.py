"""Schedulers by the names that a task says, and what is needed to stop one and go on with it elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from contract.errors import InvalidTask
from renderers.base import State

FLOW = "flow-euler"
DEFAULT = "dpmpp-2m"

# What a scheduler carries from one step to the next, in any of those below. A tensor's first dimension is the
# batch; the rest are plain numbers.
_TENSORS = ("prev_derivative", "sample", "last_sample")
_LISTS = ("model_outputs",)
_NUMBERS = ("lower_order_nums", "this_order", "dt")


@dataclass(frozen=True)
class Kind:
    """A scheduler's class in diffusers, and the settings that make it what its name says."""

    target: str
    settings: Mapping[str, Any]


SCHEDULERS: dict[str, Kind] = {
    "ddim": Kind("DDIMScheduler", {}),
    "ddpm": Kind("DDPMScheduler", {}),
    "dpmpp-2m": Kind("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    "dpmpp-2m-karras": Kind(
        "DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True}
    ),
    "dpmpp-2m-sde": Kind("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "euler": Kind("EulerDiscreteScheduler", {}),
    "euler-ancestral": Kind("EulerAncestralDiscreteScheduler", {}),
    FLOW: Kind("FlowMatchEulerDiscreteScheduler", {}),
    "heun": Kind("HeunDiscreteScheduler", {}),
    "lcm": Kind("LCMScheduler", {}),
    "unipc": Kind("UniPCMultistepScheduler", {}),
}


def make_scheduler(name: str, config: Mapping[str, Any], *, flow: bool) -> Any:
    """A new scheduler by name, with what a model's own `config` says of its noise.

    Raises `InvalidTask` naming `params.scheduler` for one that a model of this kind (`flow`: one that
    predicts straight paths, as FLUX does) can't be sampled with.
    """
    import diffusers

    if flow != (name == FLOW):
        fitting = [FLOW] if flow else sorted(set(SCHEDULERS) - {FLOW})
        raise InvalidTask("params.scheduler", name, f"one that suits the model: {', '.join(fitting)}")
    if name == "heun" and config.get("rescale_betas_zero_snr"):
        # It has no such setting, and its first deviation would be infinite.
        raise InvalidTask("params.scheduler", name, "another: this model begins from pure noise")
    kind = SCHEDULERS[name]
    return getattr(diffusers, kind.target).from_config(config, **kind.settings)


def begin(scheduler: Any, steps: int, device: str, *, tokens: int | None = None, skip: int = 0) -> Tensor:
    """Set a scheduler to so many steps, and leave out the first `skip`: the times that are left.

    `tokens` is the number of a picture's tokens where straight paths are shifted by it (FLUX).
    """
    if isinstance_flow(scheduler):
        config = scheduler.config
        sigmas = np.linspace(1.0, 1 / steps, steps)
        shifted = {"mu": _shift(tokens or 0, config)} if config.get("use_dynamic_shifting") else {}
        scheduler.set_timesteps(sigmas=sigmas, device=device, **shifted)
    else:
        scheduler.set_timesteps(steps, device=device)
    first = skip * scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    times: Tensor = scheduler.timesteps[first:]
    return times


def isinstance_flow(scheduler: Any) -> bool:
    """Whether a scheduler follows straight paths from noise to picture."""
    return type(scheduler).__name__ == SCHEDULERS[FLOW].target


def needs_noise(scheduler: Any) -> bool:
    """Whether a scheduler's `step` takes generators, of which it may draw new noise."""
    import inspect

    return "generator" in inspect.signature(scheduler.step).parameters


def clean(scheduler: Any, sample: Tensor, output: Tensor, time: Tensor, index: int) -> Tensor:
    """What the picture's latents look like at a step, as far as the model can tell: x₀ of its `output`.

    `index` is the step's among `scheduler.timesteps`.
    """
    if isinstance_flow(scheduler):
        straight: Tensor = sample - scheduler.sigmas[index].to(sample.device) * output
        return straight
    if hasattr(scheduler, "sigmas"):
        sigma = float(scheduler.sigmas[index])
        # Those that begin from much more than unit noise keep the picture's part of the sample at 1.
        whole = hasattr(scheduler, "is_scale_input_called") or type(scheduler).__name__.startswith("Heun")
        alpha = 1 / (1 + sigma * sigma) ** 0.5
        sample = sample * alpha if whole else sample
    else:
        alpha = float(scheduler.alphas_cumprod[int(time)]) ** 0.5
    deviation = (1 - alpha * alpha) ** 0.5
    predicts = scheduler.config.prediction_type
    if predicts == "v_prediction":
        velocity: Tensor = alpha * sample - deviation * output
        return velocity
    if predicts == "sample":
        return output
    noiseless: Tensor = (sample - deviation * output) / max(alpha, 1e-4)
    return noiseless


def take_state(scheduler: Any, rows: slice) -> dict[str, Any]:
    """What a scheduler carries for some rows of its batch, as arrays and numbers by name."""
    state: dict[str, Any] = {}
    for name in _TENSORS:
        if (tensor := getattr(scheduler, name, None)) is not None:
            state[f"scheduler.{name}"] = _array(tensor[rows])
    for name in _LISTS:
        for place, tensor in enumerate(getattr(scheduler, name, ())):
            if tensor is not None:
                state[f"scheduler.{name}.{place}"] = _array(tensor[rows])
    for name in _NUMBERS:
        if (number := getattr(scheduler, name, None)) is not None:
            state[f"scheduler.{name}"] = float(number) if name == "dt" else int(number)
    return state


def give_state(scheduler: Any, step: int, first: int, states: list[State], like: Tensor) -> None:
    """Put a scheduler where it was after `step` calls of `step()`, for the rows of several states together.

    `first` is the index among its timesteps that it began at. Raises KeyError or ValueError for states that
    it did not give.
    """
    if hasattr(scheduler, "_step_index"):
        scheduler._step_index = first + step

    def joined(name: str) -> Tensor:
        return torch.cat([torch.tensor(np.asarray(state[name])) for state in states]).to(like.device)

    known = states[0]
    for name in _TENSORS:
        if f"scheduler.{name}" in known:
            setattr(scheduler, name, joined(f"scheduler.{name}"))
    for name in _LISTS:
        for place in range(len(getattr(scheduler, name, ()))):
            if f"scheduler.{name}.{place}" in known:
                getattr(scheduler, name)[place] = joined(f"scheduler.{name}.{place}")
    for name in _NUMBERS:
        if f"scheduler.{name}" in known:
            value = float(np.asarray(known[f"scheduler.{name}"]))
            setattr(scheduler, name, torch.tensor(value) if name == "dt" else int(value))
    if hasattr(scheduler, "timestep_list"):
        times, length = scheduler.timesteps, len(scheduler.timestep_list)
        for place in range(length):
            index = first + step - length + place
            if index >= first:
                scheduler.timestep_list[place] = times[index]


def _array(tensor: Tensor) -> Any:
    return tensor.detach().float().cpu().numpy()


def _shift(tokens: int, config: Mapping[str, Any]) -> float:
    """How far the times are shifted towards noise for a picture of so many tokens (SD3, arXiv 2403.03206)."""
    low, high = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    least, most = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    return float(least + (most - least) * (tokens - low) / (high - low))
