"""Which device to render on. torch is imported only when asked, so that a command's help stays instant."""

import re

from contract.errors import DeviceUnavailable, SetupError

ACCEPTED = "auto, cpu, cuda, cuda:0 (or another number) or mps"


def resolve_device(name: str = "auto") -> str:
    """The device that `name` means on this machine: 'cpu', 'cuda:0', 'mps'.

    `auto` takes the first GPU, or the CPU if there is none. A GPU asked for by name is never replaced by the
    CPU: `DeviceUnavailable` says what there is instead. `SetupError` for a name that is no device.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", name):
        raise SetupError(f"device is {name!r}, but must be {ACCEPTED}")
    here = available_devices()
    if name == "auto":
        return here[0]
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in here:
        raise DeviceUnavailable(
            f"device is {name!r}, but this machine has {', '.join(here)}; "
            "set the device to one of these, or to auto"
        )
    return wanted


def available_devices() -> list[str]:
    """The devices that torch can use here, best first; the CPU is always the last of them."""
    import torch

    gpus = (
        [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    )
    if torch.backends.mps.is_available():
        gpus.append("mps")
    return [*gpus, "cpu"]
