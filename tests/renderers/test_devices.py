"""Devices: what is asked for is what is used, or an error says what there is."""

import pytest

from contract.errors import DeviceUnavailable, SetupError
from renderers import devices


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A machine with the devices that the test names."""
    monkeypatch.setattr(devices, "available_devices", lambda: request.param)


@pytest.mark.parametrize(
    ("machine", "asked", "device"),
    [
        (["cpu"], "auto", "cpu"),
        (["cuda:0", "cuda:1", "cpu"], "auto", "cuda:0"),
        (["cuda:0", "cuda:1", "cpu"], "cuda", "cuda:0"),
        (["cuda:0", "cuda:1", "cpu"], "cuda:1", "cuda:1"),
        (["cuda:0", "cpu"], "cpu", "cpu"),
        (["mps", "cpu"], "auto", "mps"),
    ],
    indirect=["machine"],
)
def test_a_device_that_is_there_is_used(machine: None, asked: str, device: str) -> None:
    assert devices.resolve_device(asked) == device


@pytest.mark.parametrize(
    ("machine", "asked"),
    [(["cpu"], "cuda"), (["cpu"], "mps"), (["cuda:0", "cpu"], "cuda:1")],
    indirect=["machine"],
)
def test_a_gpu_that_is_not_there_is_never_replaced_by_the_cpu(machine: None, asked: str) -> None:
    with pytest.raises(DeviceUnavailable, match=f"device is '{asked}', but this machine has .*cpu"):
        devices.resolve_device(asked)


@pytest.mark.parametrize("asked", ["gpu", "cuda:", "cuda:x", "", "CPU"])
def test_a_name_that_is_no_device_is_told_with_those_that_are(asked: str) -> None:
    with pytest.raises(SetupError, match="but must be auto, cpu, cuda"):
        devices.resolve_device(asked)


def test_the_cpu_is_always_the_last_resort() -> None:
    assert devices.available_devices()[-1] == "cpu"
