"""Rendering without a queue."""

import pytest

from contract.errors import Cancelled, DeviceUnavailable, InvalidTask
from renderers import devices
from renderers.base import Image
from renderers.run import draw
from renderers.weights import ModelTable
from tests.renderers.factories import picture_of

QUICK = {"iterations": 3, "cuts": 2, "cells": 8, "size": 64}


def test_a_prompt_becomes_a_picture_and_progress_is_told(models: ModelTable) -> None:
    told: list[tuple[int, int]] = []

    def progress(i: int, n: int, image: Image | None, score: float | None) -> None:
        told.append((i, n))

    rendering = draw("a red disc", options=QUICK, device="cpu", models=models, progress=progress)
    assert picture_of(rendering).shape == (64, 64, 3)
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_seed_of_text_is_used_and_reported(models: ModelTable) -> None:
    first, second = (
        draw("a red disc", options={**QUICK, "seed": "bonfire"}, device="cpu", models=models)
        for _ in range(2)
    )
    assert first.facts["seed"] == second.facts["seed"] == 6516150603604283
    assert (picture_of(first) == picture_of(second)).all()


def test_what_progress_raises_ends_the_render(models: ModelTable) -> None:
    def stop(*_: object) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        draw("a red disc", options=QUICK, device="cpu", models=models, progress=stop)


def test_an_unknown_renderer_is_named(models: ModelTable) -> None:
    with pytest.raises(InvalidTask, match="renderer is 'oilpaint'"):
        draw("a red disc", "oilpaint", device="cpu", models=models)


def test_a_gpu_that_is_not_there_is_an_error(models: ModelTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_devices", lambda: ["cpu"])
    with pytest.raises(DeviceUnavailable):
        draw("a red disc", options=QUICK, device="cuda", models=models)
