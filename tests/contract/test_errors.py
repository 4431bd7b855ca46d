"""The tree of errors."""

import inspect

from contract import errors


def test_every_error_stands_in_the_tree_drawn_on_top() -> None:
    assert errors.__doc__ is not None
    classes = [name for name, item in vars(errors).items() if inspect.isclass(item)]
    missing = [name for name in classes if f" {name} " not in f"{errors.__doc__} ".replace("\n", " ")]
    assert missing == []


def test_retryable_and_permanent_are_different_types() -> None:
    for item in vars(errors).values():
        if inspect.isclass(item) and issubclass(item, errors.TaskError):
            assert item.retryable == issubclass(item, errors.RetryableError)


def test_a_long_value_is_shown_short() -> None:
    assert len(str(errors.InvalidTask("prompt", "x" * 5000, "shorter"))) < 150
