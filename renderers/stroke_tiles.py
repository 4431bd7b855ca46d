"""Which strokes reach which tiles of a picture, in the order in which the rasteriser works."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

# Pixels along a tile's side.
TILE = 16
# The last tile that is told from those beyond it.
FARTHEST = 1 << 20
# A stroke's chords in a tile are counted up to one of these, so that few sizes of work remain.
CHORD_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)


@dataclass(frozen=True)
class Tiling:
    """The work to do. A pair is a chord in a tile; a group is a stroke in a tile.

    Tiles are ordered by how many strokes they have, most first. Groups are ordered by layer: first the
    lowest stroke of every tile, in the tiles' order, then the second of those that have one, and so on. So
    each layer's groups belong to the first tiles, one each.
    """

    # The tiles' corners (tiles × 2, pixels), in the order of work; where in it each tile of the picture is.
    corners: Tensor
    place: Tensor
    rows: int
    columns: int
    # Of each pair: its chord, and its tile in the order of work.
    chord: Tensor
    pair_tile: Tensor
    # Of each group: its stroke.
    stroke: Tensor
    # Where each layer's groups begin, and how many they are.
    layers: list[tuple[int, int]]
    # Groups with the same number of chords, and their pairs (groups × chords). Groups that are nowhere here
    # cover their tile whole.
    buckets: list[tuple[Tensor, Tensor]]

    def parts(self, numbers: int, wanted: Tensor | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """The buckets in parts whose pixels are at most about so many numbers; only the groups wanted."""
        for groups, pairs in self.buckets:
            if wanted is not None:
                keep = wanted[groups]
                groups, pairs = groups[keep], pairs[keep]
            step = max(1, numbers // (pairs.shape[1] * TILE * TILE))
            for first in range(0, len(groups), step):
                yield groups[first : first + step], pairs[first : first + step]


def assign_tiles(
    starts: Tensor,
    ends: Tensor,
    widths: Tensor,
    opaque: Tensor,
    per_stroke: int,
    height: int,
    width: int,
    margin: float,
) -> Tiling:
    """Chords (n × 2 each, in pixels; `per_stroke` of them a stroke) to the tiles that they can reach.

    `opaque` (strokes) says which strokes hide what is below: where one covers a whole tile, that is left out.
    `margin`: how far beyond half its width a stroke's edge reaches, and as far within.
    """
    rows, columns = -(-height // TILE), -(-width // TILE)
    chord, tile = _candidates(starts, ends, widths.repeat_interleave(per_stroke) / 2 + margin, rows, columns)
    stroke = chord // per_stroke
    centre = torch.stack([tile % columns, tile // columns], -1) * TILE + TILE / 2
    distance = _distance(centre, starts[chord], ends[chord])
    half_diagonal = TILE * 0.5**0.5
    reached = distance <= widths[stroke] / 2 + margin + half_diagonal
    chord, tile, stroke, distance = chord[reached], tile[reached], stroke[reached], distance[reached]
    order = (tile * len(widths) + stroke).argsort(stable=True)
    chord, tile, stroke, distance = chord[order], tile[order], stroke[order], distance[order]

    key, group, count = torch.unique_consecutive(
        tile * len(widths) + stroke, return_inverse=True, return_counts=True
    )
    group_tile, group_stroke = key // len(widths), key % len(widths)
    covers = torch.zeros(len(key), dtype=torch.bool, device=key.device)
    covers[group[distance <= widths[stroke] / 2 - margin - half_diagonal]] = True
    shown = _shown(group_tile, covers & opaque[group_stroke], rows * columns)
    return _ordered(
        group_tile[shown],
        group_stroke[shown],
        covers[shown],
        count[shown],
        (count.cumsum(0) - count)[shown],
        chord,
        (rows, columns),
    )


def _candidates(
    starts: Tensor, ends: Tensor, reach: Tensor, rows: int, columns: int
) -> tuple[Tensor, Tensor]:
    """Every chord with every tile that its bounding box touches, grown by its reach."""
    lowest = torch.minimum(starts, ends) - reach[:, None]
    highest = torch.maximum(starts, ends) + reach[:, None]
    limit = torch.tensor([columns, rows], device=starts.device)
    # A picture that is lost (not numbers, or endless) must still be drawn, for its loss to be told.
    first = (lowest / TILE).floor().nan_to_num(0).clamp(0, FARTHEST).long()
    last = torch.minimum((highest / TILE).floor().nan_to_num(-1).clamp(-1, FARTHEST).long(), limit - 1)
    span = (last - first + 1).clamp(min=0)
    count = span[:, 0] * span[:, 1]
    chord = torch.repeat_interleave(torch.arange(len(count), device=count.device), count)
    within = torch.arange(len(chord), device=count.device) - (count.cumsum(0) - count)[chord]
    across, down = within % span[chord, 0], within // span[chord, 0].clamp(min=1)
    return chord, (first[chord, 1] + down) * columns + first[chord, 0] + across


def _distance(points: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Of points from segments, pairwise: n × 2 each to n."""
    along, from_start = ends - starts, points - starts
    share = (from_start * along).sum(-1) / along.square().sum(-1).clamp(min=1e-12)
    distance: Tensor = (from_start - share.clamp(0, 1)[:, None] * along).norm(dim=-1)
    return distance


def _shown(group_tile: Tensor, hides: Tensor, tiles: int) -> Tensor:
    """Which groups aren't below one of their own tile that hides all. Groups are in painter's order."""
    index = torch.arange(len(group_tile), device=group_tile.device)
    lowest = torch.zeros(tiles, dtype=torch.long, device=group_tile.device)
    lowest.scatter_reduce_(0, group_tile[hides], index[hides], "amax")
    return index >= lowest[group_tile]


def _ordered(
    group_tile: Tensor,
    group_stroke: Tensor,
    covers: Tensor,
    count: Tensor,
    first_pair: Tensor,
    chord: Tensor,
    shape: tuple[int, int],
) -> Tiling:
    """The groups, given tile by tile in painter's order, in layers; and their chords in buckets."""
    rows, columns = shape
    device = group_tile.device
    depth = torch.bincount(group_tile, minlength=rows * columns)
    by_depth = depth.argsort(descending=True, stable=True)
    place = torch.empty_like(by_depth)
    place[by_depth] = torch.arange(len(by_depth), device=device)
    layer = torch.arange(len(group_tile), device=device) - (depth.cumsum(0) - depth)[group_tile]
    order = (layer * len(depth) + place[group_tile]).argsort()
    sizes = torch.bincount(layer).tolist()
    begins = [sum(sizes[:index]) for index in range(len(sizes))]

    buckets, chords, tiles, before = [], [], [], 0
    work = torch.where(covers, 0, count)[order]
    fewest = 0
    for size in CHORD_COUNTS:
        groups = ((work > fewest) & (work <= size)).nonzero()[:, 0]
        fewest = size
        if not len(groups):
            continue
        source = order[groups]
        # A group with fewer chords has its last one several times.
        slot = torch.minimum(torch.arange(size, device=device), count[source, None] - 1)
        chords.append(chord[first_pair[source, None] + slot].flatten())
        tiles.append(place[group_tile[source]].repeat_interleave(size))
        pairs = torch.arange(before, before + len(groups) * size, device=device).view(-1, size)
        before += len(groups) * size
        buckets.append((groups, pairs))
    none = torch.zeros(0, dtype=torch.long, device=device)
    return Tiling(
        corners=torch.stack([by_depth % columns, by_depth // columns], -1).float() * TILE,
        place=place,
        rows=rows,
        columns=columns,
        chord=torch.cat([none, *chords]),
        pair_tile=torch.cat([none, *tiles]),
        stroke=group_stroke[order],
        layers=list(zip(begins, sizes, strict=True)),
        buckets=buckets,
    )
