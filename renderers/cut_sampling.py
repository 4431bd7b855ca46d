"""Taking many cuts of one picture, there and back, in as few passes over them as it can be done in.

A step's cuts are tens of megabytes, and each pass over them costs about as much as the sampling itself:
written as single operations for autograd, half of the time goes to intermediate results.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

# As aten numbers them.
_BILINEAR = 0
_PADDINGS = {"zeros": 0, "border": 1, "reflection": 2}


def sample_cuts(
    picture: Tensor, grid: Tensor, colours: Tensor, noise: Tensor, padding: str, outside: Tensor, fill: float
) -> Tensor:
    """Cut k is colours[k] · picture(grid[k]) + noise[k]: cuts × 3 × h × w, with the picture's gradient alone.

    `picture` is 1 × 3 × H × W; `grid` cuts × h × w × 2, as for `grid_sample`; `colours` cuts × 3 × 3; `noise`
    cuts × 3 × h × w, which becomes the result. The last of the cuts, as many as `outside` (n × h × w) has
    masks for, show `fill` where those say so.
    """
    cuts: Tensor = _SampleCuts.apply(  # type: ignore[no-untyped-call]  # torch's is
        picture, grid, colours, noise, padding, outside, fill
    )
    return cuts


class _SampleCuts(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        picture: Tensor,
        grid: Tensor,
        colours: Tensor,
        noise: Tensor,
        padding: str,
        outside: Tensor,
        fill: float,
    ) -> Tensor:
        ctx.mark_dirty(noise)
        ctx.save_for_backward(picture, grid, colours, outside)
        ctx.padding = padding
        seen = grid_sample(
            picture.expand(len(grid), -1, -1, -1),
            grid,
            mode="bilinear",
            padding_mode=padding,
            align_corners=False,
        )
        _last(seen, outside).masked_fill_(outside[:, None], fill)
        noise.flatten(2).baddbmm_(colours, seen.flatten(2))
        return noise

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        picture, grid, colours, outside = ctx.saved_tensors
        seen = torch.bmm(colours.mT, gradient.flatten(2)).view_as(gradient)
        _last(seen, outside).masked_fill_(outside[:, None], 0.0)
        of_each: Tensor = torch.ops.aten.grid_sampler_2d_backward(
            seen,
            picture.expand(len(grid), -1, -1, -1),
            grid,
            _BILINEAR,
            _PADDINGS[ctx.padding],
            False,
            [True, False],
        )[0]
        return of_each.sum(0, keepdim=True), None, None, None, None, None, None


def _last(cuts: Tensor, masks: Tensor) -> Tensor:
    return cuts[len(cuts) - len(masks) :]
