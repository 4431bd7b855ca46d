"""Cutouts: one sampling against the chain it stands for, and what is drawn."""

import dataclasses
import math

import pytest
import torch
from kornia.geometry.transform import warp_perspective
from torch import Tensor

from renderers.cut_sampling import sample_cuts
from renderers.cutouts import (
    CutoutPlan,
    CutoutSettings,
    perspective_to_square,
    plan_cutouts,
    sampling_grid,
    take_cutouts,
)

SIZE = 32
STILL = CutoutSettings(
    wide_share=0, zoom_side=(1, 1), zoom_ratio=(1, 1), perspective_chance=0, colour_chance=0, noise=0
)
ZOOMS = CutoutSettings(wide_share=0, perspective_chance=1, colour_chance=1, noise=0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def smooth_picture(height: int, width: int) -> Tensor:
    """Slow waves, which lose next to nothing when they are sampled twice."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    waves = [torch.sin(3 * x + 2 * y), torch.cos(4 * y - x), torch.sin(2 * x * y + 1)]
    return (0.5 + 0.4 * torch.stack(waves))[None]


def in_pixels(height: int, width: int) -> Tensor:
    """From [-1, 1]² to pixel coordinates, in which a pixel's centre is a whole number."""
    return torch.tensor([[width / 2, 0, (width - 1) / 2], [0, height / 2, (height - 1) / 2], [0, 0, 1.0]])


def one_after_another(picture: Tensor, plan: CutoutPlan, cut: int) -> Tensor:
    """The plain chain for one cut: perspective at full size, crop and resize, hue, saturation."""
    height, width = picture.shape[-2:]
    full, small = in_pixels(height, width), in_pixels(SIZE, SIZE)
    forth = full @ torch.linalg.inv(plan.perspectives[cut]) @ torch.linalg.inv(full)
    seen = warp_perspective(
        picture, forth[None], (height, width), padding_mode=plan.padding, align_corners=True
    )
    crop = small @ torch.linalg.inv(plan.windows[cut]) @ torch.linalg.inv(full)
    cropped = warp_perspective(seen, crop[None], (SIZE, SIZE), align_corners=True)[0]
    angle, factor = plan.hue[cut], plan.saturation[cut]
    axis = torch.full((3, 1, 1), 1 / math.sqrt(3)).expand_as(cropped)
    along = (axis * cropped).sum(0, keepdim=True) * axis
    turned = along + angle.cos() * (cropped - along) + angle.sin() * torch.cross(axis, cropped, dim=0)
    red, green, blue = turned
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    adjusted: Tensor = factor * turned + (1 - factor) * grey
    return adjusted


@pytest.mark.parametrize(("height", "width"), [(96, 96), (96, 171), (120, 96)])
def test_one_sampling_gives_what_the_chain_of_transforms_gives(height: int, width: int) -> None:
    picture = smooth_picture(height, width)
    plan = plan_cutouts(12, height, width, ZOOMS, generator(5))
    cuts = take_cutouts(picture, plan, SIZE, generator())
    for index in range(12):
        # The chain pads what the first warp leaves over; stay clear of that, where the two differ rightly.
        inside = (sampling_grid(plan.homographies()[index : index + 1], SIZE).abs() < 0.97).all(-1)[0]
        difference = (cuts[index] - one_after_another(picture, plan, index)).abs().amax(0)
        assert int(inside.sum()) > SIZE * SIZE // 4
        assert float(difference[inside].max()) < 0.01


def test_a_still_cut_is_the_picture_itself() -> None:
    picture = torch.rand(1, 3, SIZE, SIZE, generator=generator(1))
    cuts = take_cutouts(picture, plan_cutouts(3, SIZE, SIZE, STILL, generator()), SIZE, generator())
    assert torch.allclose(cuts, picture.expand(3, -1, -1, -1), atol=1e-5)


def test_gradients_reach_every_pixel_that_a_cut_shows() -> None:
    picture = torch.rand(1, 3, SIZE, SIZE, generator=generator(1)).requires_grad_()
    plan = plan_cutouts(8, SIZE, SIZE, dataclasses.replace(STILL, noise=0.1), generator())
    (gradient,) = torch.autograd.grad(take_cutouts(picture, plan, SIZE, generator()).sum(), picture)
    assert torch.allclose(gradient, torch.full_like(picture, 8.0), atol=1e-3)


def test_the_same_seeds_give_the_same_cuts_and_others_give_others() -> None:
    picture = torch.rand(1, 3, 40, 71, generator=generator(1))

    def cuts(geometry: int, noise: int) -> Tensor:
        plan = plan_cutouts(10, 40, 71, CutoutSettings(), generator(geometry))
        return take_cutouts(picture, plan, SIZE, generator(noise))

    assert torch.equal(cuts(3, 4), cuts(3, 4))
    assert not torch.allclose(cuts(3, 4), cuts(5, 4), atol=0.05)
    assert not torch.equal(cuts(3, 4), cuts(3, 6))


def test_each_cut_has_noise_of_its_own_as_strong_as_planned() -> None:
    settings = dataclasses.replace(STILL, noise=0.1)
    plan = plan_cutouts(6, 9, 9, settings, generator(4))
    noise = take_cutouts(torch.zeros(1, 3, 9, 9), plan, 64, generator(5))
    assert torch.allclose(noise.std((1, 2, 3)), plan.noise, rtol=0.05)
    assert float(noise.mean((1, 2, 3)).abs().max()) < 0.005
    alike = torch.corrcoef(noise.flatten(1)) - torch.eye(6)
    assert float(alike.abs().max()) < 0.05


@pytest.mark.parametrize("padding", ["reflection", "border"])
def test_the_gradient_is_that_of_the_cuts(padding: str) -> None:
    plan = plan_cutouts(5, 12, 17, CutoutSettings(wide_side=(0.6, 0.7)), generator(6))
    grid, colours = sampling_grid(plan.homographies(), 8).double(), plan.colours().double()
    outside = grid[-plan.filled :].abs().amax(-1) > 1
    assert 0 < int(outside.sum()) < outside.numel()

    def cuts(picture: Tensor) -> Tensor:
        noise = torch.zeros(5, 3, 8, 8, dtype=torch.float64)
        return sample_cuts(picture, grid, colours, noise, padding, outside, 0.5)

    picture = torch.rand(1, 3, 12, 17, generator=generator(1), dtype=torch.float64)
    assert torch.autograd.gradcheck(cuts, picture.requires_grad_())


@pytest.mark.parametrize(("height", "width"), [(40, 40), (40, 71), (50, 40)])
def test_zoom_windows_stay_inside_the_picture_and_are_nearly_square(height: int, width: int) -> None:
    settings = CutoutSettings(wide_share=0)
    windows = plan_cutouts(200, height, width, settings, generator(2)).windows
    half_x, half_y, x, y = windows[:, 0, 0], windows[:, 1, 1], windows[:, 0, 2], windows[:, 1, 2]
    assert float((x.abs() + half_x).max()) <= 1 + 1e-6
    assert float((y.abs() + half_y).max()) <= 1 + 1e-6
    ratios = (half_x * width) / (half_y * height)
    assert 0.84 < float(ratios.min()) < 0.9
    assert 1.1 < float(ratios.max()) < 1.21


def test_wide_cuts_show_the_whole_picture_with_grey_around_it() -> None:
    settings = CutoutSettings(wide_share=1, wide_side=(0.5, 0.5), wide_shift=0, perspective_chance=0)
    settings = dataclasses.replace(settings, colour_chance=0, noise=0)
    white = torch.ones(1, 3, 48, 48)
    cut = take_cutouts(white, plan_cutouts(1, 48, 48, settings, generator()), SIZE, generator())[0]
    assert torch.allclose(cut[:, SIZE // 4 : 3 * SIZE // 4, SIZE // 4 : 3 * SIZE // 4], torch.ones(()))
    assert float(cut[:, : SIZE // 4].min()) == float(cut[:, : SIZE // 4].max()) == 0.5


def test_the_share_of_wide_cuts_is_kept() -> None:
    assert plan_cutouts(30, 9, 9, CutoutSettings(), generator()).filled == 12


def test_padding_alternates_between_reflection_and_border() -> None:
    seen = {plan_cutouts(1, 9, 9, STILL, generator(seed)).padding for seed in range(20)}
    assert seen == {"reflection", "border"}


def test_a_perspective_takes_each_corner_to_that_of_the_square() -> None:
    corners = torch.tensor([[[-0.8, -0.9], [0.7, -1.0], [0.9, 0.6], [-1.0, 0.8]]])
    points = torch.cat([corners[0], torch.ones(4, 1)], 1) @ perspective_to_square(corners)[0].T
    square = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    assert torch.allclose(points[:, :2] / points[:, 2:], square, atol=1e-5)


def test_a_turn_of_hue_keeps_grey_and_a_change_of_saturation_keeps_luminance() -> None:
    plan = plan_cutouts(50, 9, 9, ZOOMS, generator(8))
    colours = plan.colours()
    assert torch.allclose(colours @ torch.ones(3), torch.ones(50, 3), atol=1e-5)
    unturned = dataclasses.replace(plan, hue=torch.zeros(50)).colours()
    luma = torch.tensor([0.299, 0.587, 0.114])
    assert torch.allclose(luma @ unturned, luma.expand(50, 3), atol=1e-5)


def test_wide_cuts_without_a_fill_show_the_pictures_own_padding() -> None:
    settings = dataclasses.replace(STILL, wide_share=1, wide_side=(0.5, 0.5), wide_shift=0, wide_fill=None)
    white = torch.ones(1, 3, 48, 48)
    cut = take_cutouts(white, plan_cutouts(1, 48, 48, settings, generator()), SIZE, generator())[0]
    assert torch.allclose(cut, torch.ones(()))


@pytest.mark.parametrize(("height", "width"), [(90, 160), (125, 100), (64, 64)])
def test_gathered_cuts_keep_to_the_square_in_the_middle(height: int, width: int) -> None:
    settings = CutoutSettings(gather=1, wide_share=0.5, wide_side=(1, 1), wide_shift=0, perspective_chance=0)
    windows = plan_cutouts(200, height, width, settings, generator(4)).windows
    zoom, wide = windows[:100], windows[100:]
    side = min(height, width)
    for axis, length in ((0, width), (1, height)):
        assert torch.allclose(wide[:, axis, axis], torch.tensor(side / length))
        assert not wide[:, axis, 2].any()
        # A zoom cut lies anywhere in that square, give or take what its own side needs.
        assert float(zoom[:, axis, 2].abs().max()) <= side / length * (1 - 0.25 * side / length * 0.9)
