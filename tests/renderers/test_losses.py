"""What a picture costs by itself."""

import numpy as np
import pytest
import torch

from contract.params import GuidedParams
from renderers.losses import PictureLosses, asymmetry, colourfulness, edges
from renderers.pictures import clamp_with_gradient, to_image, to_tensor

RNG = torch.Generator().manual_seed(2)


def test_edges_cost_the_same_at_any_size() -> None:
    picture = torch.zeros(1, 3, 20, 20)
    picture[..., 7:] = 1
    large = picture.repeat_interleave(8, -1).repeat_interleave(8, -2)
    assert float(edges(picture)) == pytest.approx(20 / 40 / 19)
    assert float(edges(large)) == pytest.approx(160 / 40 / 159)


def test_greys_have_no_colour_and_vivid_pictures_more_than_pale_ones() -> None:
    grey = torch.rand(1, 1, 8, 8, generator=RNG).expand(-1, 3, -1, -1)
    vivid = torch.rand(1, 3, 8, 8, generator=RNG)
    assert float(colourfulness(grey)) < 1e-3
    assert float(colourfulness(0.5 + 0.3 * (vivid - 0.5))) < float(colourfulness(vivid))


def test_colour_of_grey_has_a_finite_gradient() -> None:
    grey = torch.full((1, 3, 4, 4), 0.5, requires_grad=True)
    (gradient,) = torch.autograd.grad(colourfulness(grey), grey)
    assert torch.isfinite(gradient).all()


def test_a_mirrored_picture_is_symmetric() -> None:
    half = torch.rand(1, 3, 6, 4, generator=RNG)
    assert float(asymmetry(torch.cat([half, half.flip(-1)], -1))) == 0
    assert float(asymmetry(torch.rand(1, 3, 6, 8, generator=RNG))) > 0.05


def test_a_jobs_losses_are_weighed_and_summed() -> None:
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    params = GuidedParams(smoothness=0.5, saturation=2.0, symmetry=3.0, init_weight=4.0)
    picture = torch.rand(1, 3, 6, 8, generator=RNG)
    wanted = (
        0.5 * edges(picture)
        - 2 * colourfulness(picture)
        + 3 * asymmetry(picture)
        + 4 * (picture - to_tensor(image)).square().mean()
    )
    loss = PictureLosses.of(params, image, "cpu", smoothness=9.0)(picture)
    assert float(loss) == pytest.approx(float(wanted), rel=1e-5)


def test_a_job_that_says_nothing_costs_the_renderers_own_smoothness_alone() -> None:
    picture = torch.rand(1, 3, 6, 8, generator=RNG)
    loss = PictureLosses.of(GuidedParams(), None, "cpu", smoothness=0.7)(picture)
    assert float(loss) == pytest.approx(0.7 * float(edges(picture)), rel=1e-5)
    assert float(PictureLosses.of(GuidedParams(smoothness=0.0), None, "cpu", smoothness=0.7)(picture)) == 0


def test_pictures_become_tensors_and_come_back_the_same() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    tensor = to_tensor(image)
    assert tensor.shape == (1, 3, 5, 7)
    assert np.array_equal(to_image(tensor), image)


def test_the_clamp_lets_only_gradients_pass_that_lead_back_inside() -> None:
    values = torch.tensor([-1.0, -1.0, 0.5, 0.5, 2.0, 2.0], requires_grad=True)
    clamped = clamp_with_gradient(values)
    assert torch.allclose(clamped, torch.tensor([0, 0, 0.5, 0.5, 1, 1]))
    # Going down a gradient raises a value where it is negative.
    upstream = torch.tensor([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
    (gradient,) = torch.autograd.grad(clamped, values, upstream)
    assert gradient.tolist() == [-1, 0, -1, 1, 0, 1]


def test_without_an_init_image_a_picture_is_held_to_its_beginning() -> None:
    picture, beginning = torch.rand(2, 1, 3, 6, 8, generator=RNG)
    loss = PictureLosses.of(GuidedParams(), None, "cpu", beginning=beginning, hold=2.0)(picture)
    assert float(loss) == pytest.approx(2 * float((picture - beginning).square().mean()), rel=1e-5)
    image = to_image(picture)
    held = PictureLosses.of(GuidedParams(), image, "cpu", beginning=beginning, hold=2.0)
    assert float(held(picture)) == 0, "an init image has a weight of its own, which is 0 unless asked for"
