"""firebase.json, read once into typed settings. Every complaint names the file and the field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

DEFAULT_PROJECT = "demo-brushfire"

T = TypeVar("T")


class ConfigError(ValueError):
    """firebase.json, or a file that it names, can't be used as it stands."""


class Service(StrEnum):
    """What the suite runs, in the order of the ports that `--port` hands out."""

    FIRESTORE = "firestore"
    AUTH = "auth"
    STORAGE = "storage"
    HOSTING = "hosting"
    FUNCTIONS = "functions"
    CONSOLE = "ui"


DEFAULT_PORTS = {
    Service.FIRESTORE: 8080,
    Service.AUTH: 9099,
    Service.STORAGE: 9199,
    Service.HOSTING: 5000,
    Service.FUNCTIONS: 5001,
    Service.CONSOLE: 4000,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens; port 0 asks the system for a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Match:
    """Which paths a hosting rule is for: a glob (`source`) or an RE2 expression (`regex`), one of the two."""

    source: str | None = None
    regex: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionRoute:
    """An HTTP function by its name; `region` None takes it wherever it is."""

    function: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Rewrite:
    match: Match
    destination: str | FunctionRoute


@dataclass(frozen=True, slots=True)
class Redirect:
    match: Match
    destination: str
    status: int = 301


@dataclass(frozen=True, slots=True)
class HeaderRule:
    match: Match
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HostingConfig:
    """The `hosting` section. `trailing_slash` None leaves paths as they were asked for."""

    public: Path
    ignore: tuple[str, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    headers: tuple[HeaderRule, ...] = ()
    clean_urls: bool = False
    trailing_slash: bool | None = None


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """What firebase.json says of one project; paths are absolute."""

    file: Path
    project: str = DEFAULT_PROJECT
    addresses: Mapping[Service, Address] = field(default_factory=dict)
    firestore_rules: Path | None = None
    firestore_indexes: Path | None = None
    storage_rules: Path | None = None
    hosting: HostingConfig | None = None
    functions: Path | None = None
    """The folder with main.py; None where there are no functions."""

    def with_ports_from(self, first: int) -> ProjectConfig:
        """The same project on consecutive ports from `first`; 0 gives each service any free port."""
        if not 0 <= first <= 65535 - len(Service):
            raise ConfigError(f"--port: is {first}; it must be 0 to {65535 - len(Service)}")
        moved = {
            service: Address(self.addresses[service].host, first + i if first else 0)
            for i, service in enumerate(Service)
        }
        return replace(self, addresses=moved)


class _Section:
    """One JSON object of the file, which remembers where it stands so that errors can tell."""

    def __init__(self, file: Path, name: str, values: object) -> None:
        self.file, self.name = file, name
        if not isinstance(values, dict):
            raise ConfigError(f"{file}: {name or 'the file'} is {values!r:.80}; it must be a JSON object")
        self._values: dict[str, Any] = values

    def error(self, key: str, expected: str) -> ConfigError:
        return ConfigError(f"{self.file}: {self._path(key)} is {self._values.get(key)!r:.80}; {expected}")

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def is_list(self, key: str) -> bool:
        return isinstance(self._values.get(key), list)

    def is_object(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def text(self, key: str) -> str | None:
        return self._typed(key, str, "it must be a string")

    def required_text(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.error(key, "it must be a string that isn't empty")
        return value

    def flag(self, key: str) -> bool | None:
        return self._typed(key, bool, "it must be true or false")

    def number(self, key: str, default: int, low: int, high: int) -> int:
        expected = f"it must be a whole number from {low} to {high}"
        value = self._typed(key, int, expected)
        if value is None:
            return default
        if isinstance(value, bool) or not low <= value <= high:
            raise self.error(key, expected)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._typed(key, list, "it must be a list of strings") or []
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "it must be a list of strings")
        return tuple(values)

    def section(self, key: str) -> _Section | None:
        if self.is_list(key):
            raise self.error(key, "several of them aren't supported here: it must be one JSON object")
        return _Section(self.file, self._path(key), self._values[key]) if self.has(key) else None

    def sections(self, key: str) -> Iterator[_Section]:
        for i, value in enumerate(self._typed(key, list, "it must be a list of objects") or []):
            yield _Section(self.file, f"{self._path(key)}[{i}]", value)

    def file_path(self, key: str) -> Path | None:
        """A path relative to firebase.json, which must exist."""
        value = self.text(key)
        if value is None:
            return None
        path = (self.file.parent / value).resolve()
        if not path.is_file():
            raise self.error(key, f"there is no file {path}")
        return path

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _typed(self, key: str, kind: type[T], expected: str) -> T | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.error(key, expected)
        return value


def load_config(file: Path, project: str | None = None) -> ProjectConfig:
    """Reads firebase.json. The project is `project`, or .firebaserc's default, or `demo-brushfire`.

    Raises:
        ConfigError: the file is missing, isn't JSON, or one of its fields can't be used.
    """
    file = file.resolve()
    top = _Section(file, "", _read_json(file))
    firestore, storage, hosting = (top.section(key) for key in ("firestore", "storage", "hosting"))
    return ProjectConfig(
        file=file,
        project=project or _default_project(file.parent / ".firebaserc") or DEFAULT_PROJECT,
        addresses=_addresses(top.section("emulators")),
        firestore_rules=firestore.file_path("rules") if firestore else None,
        firestore_indexes=firestore.file_path("indexes") if firestore else None,
        storage_rules=storage.file_path("rules") if storage else None,
        hosting=_hosting(hosting) if hosting else None,
        functions=_functions(top),
    )


def _read_json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file; name yours with --config") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: it isn't JSON: {error}") from None


def _default_project(file: Path) -> str | None:
    if not file.is_file():
        return None
    projects = _Section(file, "", _read_json(file)).section("projects")
    return projects.text("default") if projects else None


def _addresses(emulators: _Section | None) -> dict[Service, Address]:
    found = {}
    for service, default in DEFAULT_PORTS.items():
        own = emulators.section(service) if emulators else None
        host = (own.text("host") if own else None) or "127.0.0.1"
        found[service] = Address(host, own.number("port", default, 0, 65535) if own else default)
    return found


def _hosting(section: _Section) -> HostingConfig:
    return HostingConfig(
        public=(section.file.parent / section.required_text("public")).resolve(),
        ignore=section.texts("ignore"),
        rewrites=tuple(_rewrite(rule) for rule in section.sections("rewrites")),
        redirects=tuple(
            Redirect(_match(rule), rule.required_text("destination"), rule.number("type", 301, 300, 399))
            for rule in section.sections("redirects")
        ),
        headers=tuple(
            HeaderRule(
                _match(rule),
                tuple((h.required_text("key"), h.required_text("value")) for h in rule.sections("headers")),
            )
            for rule in section.sections("headers")
        ),
        clean_urls=bool(section.flag("cleanUrls")),
        trailing_slash=section.flag("trailingSlash"),
    )


def _functions(top: _Section) -> Path | None:
    """A folder without main.py holds no functions: it may be there before the first one is written."""
    listed = top.is_list("functions")
    sections = list(top.sections("functions")) if listed else [top.section("functions")]
    if len(sections) > 1:
        raise top.error("functions", "only one codebase is supported here")
    section = sections[0] if sections else None
    if section is None:
        return None
    runtime = section.text("runtime")
    if runtime is not None and not runtime.startswith("python3"):
        raise section.error("runtime", "only functions in Python (python311) are run here")
    folder = (section.file.parent / (section.text("source") or "functions")).resolve()
    return folder if (folder / "main.py").is_file() else None


def _rewrite(rule: _Section) -> Rewrite:
    for key in ("run", "dynamicLinks"):
        if rule.has(key):
            raise rule.error(key, "only rewrites to a `destination` or a `function` are supported here")
    if rule.has("function"):
        return Rewrite(_match(rule), _function_route(rule))
    return Rewrite(_match(rule), rule.required_text("destination"))


def _function_route(rule: _Section) -> FunctionRoute:
    """Either form: `"api"`, or `{"functionId": "api", "region": "europe-west1"}`."""
    if rule.is_object("function") and (section := rule.section("function")) is not None:
        return FunctionRoute(section.required_text("functionId"), section.text("region"))
    return FunctionRoute(rule.required_text("function"), rule.text("region"))


def _match(rule: _Section) -> Match:
    if rule.has("source") == rule.has("regex"):
        raise rule.error("source", "either `source` or `regex` must be given")
    return Match(rule.text("source"), rule.text("regex"))
