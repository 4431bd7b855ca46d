"""What firebase.json says of functions, and of what leads to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.config import ConfigError, FunctionRoute, Service, load_config


def write(folder: Path, values: Any) -> Path:
    file = folder / "firebase.json"
    file.write_text(json.dumps(values))
    return file


@pytest.mark.parametrize(
    "section",
    [{}, {"source": "functions", "runtime": "python311"}, [{"source": "functions", "codebase": "x"}]],
)
def test_a_folder_with_main_py_holds_functions(tmp_path: Path, section: Any) -> None:
    file = write(tmp_path, {"functions": section})
    assert load_config(file).functions is None
    (tmp_path / "functions").mkdir()
    assert load_config(file).functions is None
    (tmp_path / "functions/main.py").touch()
    assert load_config(file).functions == tmp_path / "functions"


def test_without_the_section_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/main.py").touch()
    assert load_config(write(tmp_path, {})).functions is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"functions": {"runtime": "nodejs22"}}, "functions.runtime is 'nodejs22'; only functions in Python"),
        ({"functions": [{}, {}]}, "only one codebase is supported here"),
        ({"functions": "functions"}, "functions is 'functions'; it must be a JSON object"),
        (
            {"hosting": {"public": "p", "rewrites": [{"source": "/a", "run": {"serviceId": "x"}}]}},
            "hosting.rewrites[0].run is {'serviceId': 'x'}; only rewrites to a `destination` or a `function`",
        ),
        (
            {"hosting": {"public": "p", "rewrites": [{"source": "/a", "function": {"region": "x"}}]}},
            "hosting.rewrites[0].function.functionId is None; it must be a string that isn't empty",
        ),
    ],
)
def test_what_cannot_be_is_told_by_its_field(tmp_path: Path, values: Any, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, values))
    assert told in str(caught.value)


def test_rewrites_lead_to_functions_in_both_forms(tmp_path: Path) -> None:
    rewrites = [
        {"source": "/a/**", "function": "api"},
        {"source": "/b/**", "function": "api", "region": "europe-west1"},
        {"regex": "/c", "function": {"functionId": "api", "region": "asia-east1", "pinTag": True}},
    ]
    hosting = load_config(write(tmp_path, {"hosting": {"public": "p", "rewrites": rewrites}})).hosting
    assert hosting is not None
    assert [rule.destination for rule in hosting.rewrites] == [
        FunctionRoute("api"),
        FunctionRoute("api", "europe-west1"),
        FunctionRoute("api", "asia-east1"),
    ]


def test_functions_and_console_have_their_ports(tmp_path: Path) -> None:
    emulators = {"functions": {"port": 5002}, "ui": {"port": 4001}}
    config = load_config(write(tmp_path, {"emulators": emulators}))
    assert (config.addresses[Service.FUNCTIONS].port, config.addresses[Service.CONSOLE].port) == (5002, 4001)
    moved = config.with_ports_from(7000).addresses
    assert (moved[Service.FUNCTIONS].port, moved[Service.CONSOLE].port) == (7004, 7005)
    default = load_config(write(tmp_path, {})).addresses
    assert (default[Service.FUNCTIONS].port, default[Service.CONSOLE].port) == (5001, 4000)
