"""A differentiable rasteriser of strokes in plain PyTorch: cubic curves with widths, colours and opacities.

Each cubic becomes a few straight chords. Without gradient, chords are assigned to square tiles; a tile's
strokes keep the painter's order. Then, for every pixel of a tile and every stroke that reaches it: the
distance to the nearest chord, the coverage (a smooth step three pixels wide, so that what isn't near is
exactly 0 and what is deep inside exactly 1), and "over" from the back to the front. The backward pass
computes distances anew instead of keeping them, and only where an edge is. Nothing is compiled, and nothing
is approximate but the chords.

Drawing by gradients of vector strokes is the idea of diffvg (Li et al. 2020) and CLIPDraw (Frans et al. 2021,
arXiv 2106.14843).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from renderers.stroke_tiles import TILE, Tiling, assign_tiles

# A stroke's edge goes from 0 to 1 over this many pixels, and in the middle as steeply as over two.
EDGE = 3.0
# Numbers that a part of the work holds at a time: what stays in a core's cache.
AT_ONCE = 1 << 18
_TINY = 1e-8


@dataclass(frozen=True)
class Strokes:
    """What is drawn, the first stroke lowest. All tensors are float32 and on one device.

    `points`: strokes × (3·curves + 1) × 2, (x, y) in pixels, x to the right and y down from the top left.
    `widths`: strokes, in pixels. `colours`: strokes × 3. `opacities`: strokes, in [0, 1].
    """

    points: Tensor
    widths: Tensor
    colours: Tensor
    opacities: Tensor


def rasterise(
    strokes: Strokes, background: Tensor, height: int, width: int, chords: int = 8, edge: float = EDGE
) -> Tensor:
    """The picture of strokes over a plain background (3): 1 × 3 × height × width, differentiable in all.

    `chords`: straight pieces a cubic. `edge`: pixels over which a stroke's edge goes from 0 to 1.
    """
    starts, ends = flatten(strokes.points, chords)
    per_stroke = starts.shape[1]
    starts, ends = starts.flatten(0, 1), ends.flatten(0, 1)
    tiling = assign_tiles(
        starts.detach(),
        ends.detach(),
        strokes.widths.detach(),
        # What is hidden still tells an opacity that is learned what it hides.
        (strokes.opacities.detach() >= 1) & (not strokes.opacities.requires_grad),
        per_stroke,
        height,
        width,
        edge / 2,
    )
    across, along, lengths = _lines(starts, ends, tiling)
    tiles = _Paint.apply(  # type: ignore[no-untyped-call]
        tiling,
        edge,
        across,
        along,
        lengths,
        strokes.widths[tiling.stroke] / 2,
        strokes.opacities[tiling.stroke],
        strokes.colours[tiling.stroke],
        background,
    )
    return _assembled(tiles, tiling, height, width)


def flatten(points: Tensor, chords: int) -> tuple[Tensor, Tensor]:
    """The first and last points of the chords of each stroke: two of strokes × (curves·chords) × 2."""
    curves = (points.shape[1] - 1) // 3
    corners = torch.stack([points[:, i : i + 3 * curves : 3][:, :curves] for i in range(4)], 2)
    t = torch.linspace(0, 1, chords + 1, device=points.device)
    weights = torch.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3], -1)
    on_curve = torch.einsum("mk,pnkd->pnmd", weights, corners)
    return on_curve[:, :, :-1].flatten(1, 2), on_curve[:, :, 1:].flatten(1, 2)


def _lines(starts: Tensor, ends: Tensor, tiling: Tiling) -> tuple[Tensor, Tensor, Tensor]:
    """Each tile's chords as linear functions of (x, y, 1) from the tile's corner.

    Pairs × 3: how far a point is beside the chord's line, and how far along it from the chord's start. And
    the chords' lengths (pairs), all in pixels.
    """
    chord = ends - starts
    squared = chord.square().sum(-1)
    length = (squared + _TINY).sqrt()
    # A chord of no length is a dot: any direction will do.
    forward = torch.where(squared[:, None] < _TINY, chord.new_tensor([1.0, 0.0]), chord / length[:, None])
    forward, start, length = forward[tiling.chord], starts[tiling.chord], length[tiling.chord]
    from_corner = start - tiling.corners[tiling.pair_tile]
    sideways = torch.stack([-forward[:, 1], forward[:, 0]], -1)
    across = torch.cat([sideways, -(sideways * from_corner).sum(-1, keepdim=True)], -1)
    along = torch.cat([forward, -(forward * from_corner).sum(-1, keepdim=True)], -1)
    return across, along, length


def _assembled(tiles: Tensor, tiling: Tiling, height: int, width: int) -> Tensor:
    """Tiles in their order of work (3 × tiles × pixels) as 1 × 3 × height × width."""
    placed = tiles[:, tiling.place]
    grid = placed.view(3, tiling.rows, tiling.columns, TILE, TILE).permute(0, 1, 3, 2, 4)
    return grid.reshape(1, 3, tiling.rows * TILE, tiling.columns * TILE)[..., :height, :width]


class _Paint(torch.autograd.Function):
    """Coverage of every stroke in every tile, and the strokes laid over each other."""

    @staticmethod
    def forward(
        ctx: Any,
        tiling: Tiling,
        edge: float,
        across: Tensor,
        along: Tensor,
        lengths: Tensor,
        halves: Tensor,
        opacities: Tensor,
        colours: Tensor,
        background: Tensor,
    ) -> Tensor:
        """Tiles in their order of work: 3 × tiles × pixels."""
        inside = _insides(tiling, edge, across, along, lengths, halves)
        learning = any(ctx.needs_input_grad)
        canvas = background[:, None, None].repeat(1, len(tiling.corners), TILE * TILE)
        below = []
        for first, count in tiling.layers:
            layer = slice(first, first + count)
            under = canvas[:, :count]
            if learning:
                below.append(under.clone())
            alpha = smooth_step(inside[layer]) * opacities[layer, None]
            under += alpha * (colours[layer].T[:, :, None] - under)
        ctx.tiling, ctx.edge, ctx.below = tiling, edge, below
        ctx.save_for_backward(across, along, lengths, opacities, colours, inside)
        return canvas

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Down through the layers for colours and coverage, then from coverage to the chords."""
        across, along, lengths, opacities, colours, inside = ctx.saved_tensors
        tiling, passing = ctx.tiling, gradients[0].clone()
        to_opacities, to_colours = torch.empty_like(opacities), torch.empty_like(colours)
        to_inside = torch.empty_like(inside)
        for (first, count), under in zip(reversed(tiling.layers), reversed(ctx.below), strict=True):
            layer = slice(first, first + count)
            step, here = smooth_step(inside[layer]), passing[:, :count]
            alpha = step * opacities[layer, None]
            to_colours[layer] = (here * alpha).sum(-1).T
            to_alpha = (here * (colours[layer].T[:, :, None] - under)).sum(0)
            to_opacities[layer] = (to_alpha * step).sum(-1)
            to_inside[layer] = to_alpha.mul_(opacities[layer, None])
            here *= 1 - alpha
        # The derivative of the smooth step is 0 wherever there is no edge.
        to_distance = to_inside.mul_(inside * (1 - inside)).mul_(-6 / ctx.edge)
        to_halves = -to_distance.sum(-1)
        to_lines = _to_lines(tiling, across, along, lengths, to_distance)
        return None, None, *to_lines, to_halves, to_opacities, to_colours, passing.sum((1, 2))


def smooth_step(inside: Tensor) -> Tensor:
    """3u² − 2u³: from 0 to 1, level at both ends."""
    return inside * inside * (3 - 2 * inside)


def _insides(
    tiling: Tiling, edge: float, across: Tensor, along: Tensor, lengths: Tensor, halves: Tensor
) -> Tensor:
    """How far inside each stroke each pixel is, from 0 outside its edge to 1 within: groups × pixels."""
    inside = torch.ones(len(halves), TILE * TILE, device=halves.device)
    centres = _pixel_centres(halves.device)
    for groups, pairs in tiling.parts(AT_ONCE):
        beside, beyond = _offsets(pairs, across, along, lengths, centres)
        squared = beside.square_().addcmul_(beyond, beyond).amin(1)
        distance = squared.add_(_TINY).sqrt_()
        inside[groups] = torch.sub(halves[groups, None], distance).div_(edge).add_(0.5).clamp_(0, 1)
    return inside


def _to_lines(
    tiling: Tiling, across: Tensor, along: Tensor, lengths: Tensor, to_distance: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """From the gradient of groups' distances (groups × pixels) to that of their chords' lines and lengths."""
    to_across, to_along = torch.zeros_like(across), torch.zeros_like(along)
    to_lengths = torch.zeros_like(lengths)
    centres = _pixel_centres(lengths.device)
    edged = to_distance.abs().amax(1) > 0
    for groups, pairs in tiling.parts(AT_ONCE, edged):
        beside, beyond = _offsets(pairs, across, along, lengths, centres)
        nearest, chosen = (beside.square() + beyond.square()).min(1, keepdim=True)
        push = to_distance[groups][:, None] / (nearest + _TINY).sqrt_()
        is_chosen = torch.arange(pairs.shape[1], device=chosen.device)[None, :, None] == chosen
        push = torch.where(is_chosen, push, 0)
        to_beyond = beyond * push
        flat = pairs.flatten()
        to_across.index_add_(0, flat, (beside.mul_(push) @ centres.T).flatten(0, 1))
        to_along.index_add_(0, flat, (to_beyond @ centres.T).flatten(0, 1))
        # Beyond the end, a longer chord comes nearer; before the start its length changes nothing.
        to_lengths.index_add_(0, flat, -to_beyond.mul_(beyond > 0).sum(-1).flatten())
    return to_across, to_along, to_lengths


def _offsets(
    pairs: Tensor, across: Tensor, along: Tensor, lengths: Tensor, centres: Tensor
) -> tuple[Tensor, Tensor]:
    """How far pixels are beside chords' lines, and beyond their ends (below 0: before their starts).

    `pairs` is groups × chords; both results are groups × chords × pixels.
    """
    beside = across[pairs] @ centres
    along_line = along[pairs] @ centres
    length = lengths[pairs][..., None]
    return beside, along_line - torch.minimum(along_line.clamp(min=0), length)


def _pixel_centres(device: torch.device) -> Tensor:
    """The pixels of a tile as columns of (x, y, 1) from its corner: 3 × pixels, row by row."""
    along = torch.arange(TILE, device=device) + 0.5
    down, across = torch.meshgrid(along, along, indexing="ij")
    return torch.stack([across, down, torch.ones_like(down)]).flatten(1)
