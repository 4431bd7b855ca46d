"""firebase.json, as it should be and as it shouldn't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.config import Address, ConfigError, Match, Redirect, Service, load_config

ROOT = Path(__file__).parents[3]


def write(folder: Path, values: Any) -> Path:
    file = folder / "firebase.json"
    file.write_text(values if isinstance(values, str) else json.dumps(values))
    return file


def test_the_projects_own_file_is_understood() -> None:
    config = load_config(ROOT / "firebase.json")
    assert config.project == "demo-brushfire"
    assert config.addresses[Service.FIRESTORE] == Address("127.0.0.1", 8080)
    assert config.firestore_rules == ROOT / "firestore.rules"
    assert config.storage_rules == ROOT / "storage.rules"
    assert config.hosting is not None
    assert config.hosting.public == ROOT / "web/dist"
    assert config.hosting.rewrites[-1].destination == "/index.html"


def test_ports_and_hosts_have_defaults(tmp_path: Path) -> None:
    emulators = {"auth": {"port": 1234}, "storage": {"host": "0.0.0.0"}}
    config = load_config(write(tmp_path, {"emulators": emulators}))
    wanted = {
        Service.FIRESTORE: "127.0.0.1:8080",
        Service.AUTH: "127.0.0.1:1234",
        Service.STORAGE: "0.0.0.0:9199",
        Service.HOSTING: "127.0.0.1:5000",
    }
    assert {service: str(config.addresses[service]) for service in wanted} == wanted
    assert config.hosting is None


def test_a_first_port_gives_the_others_theirs(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, {}))
    moved = config.with_ports_from(7000).addresses
    first_four = (Service.FIRESTORE, Service.AUTH, Service.STORAGE, Service.HOSTING)
    assert [moved[service].port for service in first_four] == [7000, 7001, 7002, 7003]
    assert {address.port for address in config.with_ports_from(0).addresses.values()} == {0}
    with pytest.raises(ConfigError, match=r"--port: is 65534; it must be 0 to 655\d\d"):
        config.with_ports_from(65534)


def test_the_project_is_the_one_given_or_that_of_firebaserc(tmp_path: Path) -> None:
    file = write(tmp_path, {})
    assert load_config(file).project == "demo-brushfire"
    (tmp_path / ".firebaserc").write_text('{"projects": {"default": "mine"}}')
    assert load_config(file).project == "mine"
    assert load_config(file, "given").project == "given"


def test_the_hosting_section_is_read_whole(tmp_path: Path) -> None:
    redirect = {"source": "/a", "destination": "/b", "type": 302}
    hosting = {"public": "dist", "cleanUrls": True, "trailingSlash": False, "redirects": [redirect]}
    config = load_config(write(tmp_path, {"hosting": hosting})).hosting
    assert config is not None
    assert (config.clean_urls, config.trailing_slash) == (True, False)
    assert config.redirects == (Redirect(Match(source="/a"), "/b", 302),)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{", "it isn't JSON"),
        ("[]", r"the file is \[\]; it must be a JSON object"),
        ({"emulators": {"auth": {"port": "x"}}}, r"emulators\.auth\.port is 'x'; it must be a whole number"),
        ({"emulators": {"auth": {"port": 70000}}}, r"emulators\.auth\.port is 70000; .* from 0 to 65535"),
        ({"emulators": {"auth": {"port": True}}}, r"emulators\.auth\.port is True"),
        ({"emulators": {"auth": 9}}, r"emulators\.auth is 9; it must be a JSON object"),
        ({"firestore": {"rules": "none.rules"}}, r"firestore\.rules is 'none\.rules'; there is no file /"),
        ({"storage": [{"bucket": "a"}, {"bucket": "b"}]}, "storage is .* several of them aren't supported"),
        ({"hosting": {}}, r"hosting\.public is None; it must be a string"),
        (
            {"hosting": {"public": "d", "ignore": [7]}},
            r"hosting\.ignore is \[7\]; it must be a list of strings",
        ),
        (
            {"hosting": {"public": "d", "rewrites": [{"source": "**", "run": {}}]}},
            r"hosting\.rewrites\[0\]\.run is {}; only rewrites to a `destination`",
        ),
        (
            {"hosting": {"public": "d", "headers": [{"headers": []}]}},
            r"hosting\.headers\[0\]\.source is None; either `source` or `regex`",
        ),
        (
            {"hosting": {"public": "d", "headers": [{"source": "**", "headers": [{"key": "X"}]}]}},
            r"hosting\.headers\[0\]\.headers\[0\]\.value is None",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(tmp_path: Path, values: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(write(tmp_path, values))
    assert str(tmp_path / "firebase.json") in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"firebase\.json: there is no such file; name yours with --config"):
        load_config(tmp_path / "firebase.json")
