"""A render that was broken off holds on to no memory."""

import gc
import weakref

import numpy as np
import pytest

from renderers.memory import device_bytes, forget


class Tensor:
    """Something large."""

    def __init__(self) -> None:
        self.data = np.zeros(1000)


def failing(seen: "list[weakref.ref[Tensor]]") -> Exception:
    """What a renderer raises, with what it had in its variables hanging on to it."""

    def render() -> None:
        tensor = Tensor()
        seen.append(weakref.ref(tensor))
        raise MemoryError("full")

    def loop() -> None:
        kept = Tensor()
        seen.append(weakref.ref(kept))
        try:
            render()
        except MemoryError as error:
            raise RuntimeError("it does not fit") from error

    with pytest.raises(RuntimeError) as caught:
        loop()
    return caught.value


def test_an_error_that_is_forgotten_holds_on_to_no_tensor() -> None:
    seen: list[weakref.ref[Tensor]] = []
    error = failing(seen)
    assert all(tensor() is not None for tensor in seen)
    forget(error)
    gc.collect()
    assert len(seen) == 2
    assert all(tensor() is None for tensor in seen)
    assert str(error) == "it does not fit"


def test_the_cpu_has_no_memory_of_its_own() -> None:
    assert device_bytes("cpu") == 0
