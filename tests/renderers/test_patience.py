"""Auto-stop: when learning slows, and when it ends."""

import pytest

from renderers.patience import Patience


def fed(patience: Patience, losses: list[float]) -> Patience:
    for loss in losses:
        patience.see(loss)
    return patience


def test_a_loss_that_stays_slows_it_after_some_steps_and_ends_it_after_as_many() -> None:
    patience = Patience(6)
    assert not fed(patience, [1.0] * 6).slowed
    assert fed(patience, [1.0]).slowed
    assert not fed(patience, [1.0] * 5).exhausted
    assert fed(patience, [1.0]).exhausted


def test_a_loss_that_falls_keeps_it_going() -> None:
    assert not fed(Patience(5), [1 - 0.01 * step for step in range(90)]).slowed


def test_one_lucky_step_is_not_taken_for_a_better_picture_for_ever() -> None:
    assert fed(Patience(8), [1.0] * 4 + [0.0] + [1.0] * 20).slowed


def test_getting_better_after_it_slowed_gives_it_as_many_steps_again() -> None:
    patience = fed(Patience(5), [1.0] * 6)
    assert patience.slowed
    assert not fed(patience, [0.9 - 0.01 * step for step in range(30)]).exhausted


def test_without_a_number_of_steps_it_waits_for_ever() -> None:
    patience = fed(Patience(None), [1.0] * 1000)
    assert not patience.slowed
    assert not patience.exhausted


@pytest.mark.parametrize("taken", [3, 7, 9])
def test_its_state_goes_on_the_same(taken: int) -> None:
    losses = [1.0, 0.9, 0.95, 0.9, 0.9, 0.91, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
    whole, first, second = Patience(4), Patience(4), Patience(4)
    fed(first, losses[:taken])
    second.resume(first.state())
    fed(second, losses[taken:])
    assert second.state() == fed(whole, losses).state()
    assert second.exhausted == whole.exhausted


def test_when_what_is_good_changes_it_looks_anew() -> None:
    patience = fed(Patience(5), [0.1] * 5)
    patience.forget()
    assert not fed(patience, [0.8] * 5).slowed
