"""Plain shapes as masks."""

import pytest
import torch

from renderers.silhouettes import SHAPES, silhouette


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_is_a_mask_with_a_soft_edge_that_leaves_the_corners_free(name: str) -> None:
    mask = silhouette(name, 64, 0.6)
    assert float(mask.min()) >= 0
    assert float(mask.max()) > 0.9
    assert 0.02 < float(mask.mean()) < 0.5
    assert float(torch.stack([mask[0, 0], mask[0, -1], mask[-1, 0], mask[-1, -1]]).max()) < 0.01


def test_a_disc_has_the_area_and_the_place_that_were_asked_for() -> None:
    mask = silhouette("disc", 128, 0.5, (0.25, -0.25))
    assert float(mask.mean()) == pytest.approx(3.1416 * 0.5**2 / 4, rel=0.05)
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, 128), torch.linspace(-1, 1, 128), indexing="ij")
    assert float((mask * columns).sum() / mask.sum()) == pytest.approx(0.25, abs=0.02)
    assert float((mask * rows).sum() / mask.sum()) == pytest.approx(-0.25, abs=0.02)


def test_a_heart_has_a_cleft_and_a_star_five_points() -> None:
    heart = silhouette("heart", 128, 0.6)
    top = heart[: heart.sum(1).argmax()]
    # Some row crosses both lobes and the gap between them.
    assert any(int((row > 0.5).int().diff().abs().sum()) == 4 for row in top)
    star = silhouette("star", 256, 0.8)
    turn = torch.linspace(0, 2 * torch.pi, 721)[:-1]
    ring = star[(128 - 0.75 * 0.8 * 128 * turn.cos()).long(), (128 + 0.75 * 0.8 * 128 * turn.sin()).long()]
    assert int(((ring > 0.5) & (ring.roll(1) <= 0.5)).sum()) == 5
