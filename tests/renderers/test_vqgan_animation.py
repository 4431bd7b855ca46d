"""Movement between frames: which way it goes, how far, and that nothing is sheared."""

import pytest
import torch

from contract.params import VqganClipParams
from renderers.animation import Movement


def spot(row: int, column: int, height: int = 40, width: int = 60) -> torch.Tensor:
    """Black, but for a white square of 4 × 4 pixels."""
    picture = torch.zeros(1, 3, height, width)
    picture[..., row - 2 : row + 2, column - 2 : column + 2] = 1
    return picture


def centre(picture: torch.Tensor) -> tuple[float, float]:
    """The row and column of the middle of what is white."""
    mass = picture[0, 0].clamp(0, 1)
    rows, columns = (torch.arange(size) + 0.5 for size in mass.shape)
    whole = mass.sum()
    return float((mass.sum(1) * rows).sum() / whole), float((mass.sum(0) * columns).sum() / whole)


@pytest.mark.parametrize(
    ("movement", "expected"),
    [
        (Movement(zoom=2), (20 + 2 * -6, 30 + 2 * 8)),
        (Movement(pan=(0.1, -0.05)), (14 - 2, 38 + 6)),
        (Movement(rotation=90), (20 + 8, 30 + 6)),
        (Movement(zoom=1.5, pan=(0.1, 0.1)), (20 - 9 + 4, 30 + 12 + 6)),
    ],
)
def test_a_spot_goes_where_the_movement_says(movement: Movement, expected: tuple[float, float]) -> None:
    """Rows count downwards: what is up and right of the middle turns clockwise to down and right."""
    assert centre(movement.moved(spot(14, 38))) == pytest.approx(expected, abs=0.3)


def test_no_movement_leaves_the_picture_as_it_is() -> None:
    picture = torch.rand(1, 3, 16, 24)
    assert Movement().still
    assert torch.allclose(Movement().moved(picture), picture, atol=1e-5)


def test_frames_are_due_every_so_many_steps_and_never_when_nothing_moves() -> None:
    moving = Movement.of(VqganClipParams(pan_y=0.1, frame_steps=4))
    assert [step for step in range(1, 13) if moving.is_due(step)] == [4, 8, 12]
    assert not any(Movement(steps=1).is_due(step) for step in range(1, 13))
