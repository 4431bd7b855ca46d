"""What a step gave, on its way from the device: read without holding up the next step."""

from typing import Self

import torch
from torch import Tensor

from renderers.base import Image


class Readback:
    """Numbers and a preview of one step. A GPU copies them while it goes on; a CPU has them at once."""

    def __init__(self, step: int, numbers: Tensor, image: Tensor | None) -> None:
        """`numbers`: a vector; `image`: H × W × 3, uint8, or None; both on one device."""
        self.step = step
        self._numbers = _to_host(numbers.detach())
        self._image = None if image is None else _to_host(image)
        self._copied = None
        if numbers.device.type == "cuda":
            self._copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._copied.record(torch.cuda.current_stream(numbers.device))

    def wait(self) -> Self:
        """Until all has arrived."""
        if self._copied is not None:
            self._copied.synchronize()
        return self

    @property
    def numbers(self) -> list[float]:
        """The numbers, after `wait`."""
        values: list[float] = self._numbers.tolist()
        return values

    @property
    def image(self) -> Image | None:
        """The preview, after `wait`; the caller's own."""
        return None if self._image is None else self._image.numpy().copy()


def _to_host(tensor: Tensor) -> Tensor:
    if tensor.device.type != "cuda":
        return tensor.cpu()
    return torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True).copy_(tensor, non_blocking=True)
