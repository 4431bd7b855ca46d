"""A linear layer whose weights never change, as fast as the device can."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

Layer = Callable[[Tensor], Tensor]


def frozen_linear(weight: Tensor, bias: Tensor | None) -> Layer:
    """x ↦ x Wᵀ + b, differentiable in x alone; x is … × inputs, W outputs × inputs.

    On a CPU with oneDNN the weights are laid out for its kernels once, for either direction, which makes them
    a fifth faster (`benchmarks.render`), and takes the memory of the weights twice. Elsewhere torch's own.
    """
    if weight.device.type != "cpu" or not _has_onednn():
        return lambda x: linear(x, weight, bias)
    there = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous())
    back = torch.ops.mkldnn._reorder_linear_weight(weight.t().contiguous())

    def packed(x: Tensor) -> Tensor:
        made: Tensor = _Packed.apply(x, there, back, bias)  # type: ignore[no-untyped-call]
        return made

    return packed


def _has_onednn() -> bool:
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


class _Packed(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, there: Tensor, back: Tensor, bias: Tensor | None) -> Tensor:
        context.back = back
        return _product(x, there, bias)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        return _product(gradient.contiguous(), context.back, None), None, None, None


def _product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    made: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return made
