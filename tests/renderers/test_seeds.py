"""Seeds: numbers stay, texts become numbers, steps draw apart."""

from renderers.seeds import SEED_LIMIT, resolve_seed, step_seed


def test_a_number_is_its_own_seed() -> None:
    assert resolve_seed(-5) == -5


def test_a_text_is_always_the_same_seed_and_one_that_javascript_can_hold() -> None:
    assert resolve_seed("bonfire") == 6516150603604283 == resolve_seed("bonfire")
    assert all(0 <= resolve_seed(text) < SEED_LIMIT for text in ("", "a", "日本", "x" * 100))


def test_without_a_seed_each_task_gets_another() -> None:
    assert len({resolve_seed(None) for _ in range(20)}) == 20


def test_no_two_steps_streams_or_neighbouring_seeds_draw_the_same() -> None:
    drawn = {
        step_seed(seed, step, stream) for seed in range(-3, 4) for step in range(200) for stream in (0, 1)
    }
    assert len(drawn) == 7 * 200 * 2
    assert all(0 <= number < 2**63 for number in drawn)
