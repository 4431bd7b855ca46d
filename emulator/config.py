"""firebase.json, read once into typed settings. Every complaint names the file and the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from emulator.section import ConfigError as ConfigError  # theirs to catch who load a configuration
from emulator.section import Section, read_json

DEFAULT_PROJECT = "demo-brushfire"


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


def load_config(file: Path, project: str | None = None) -> ProjectConfig:
    """Reads firebase.json. The project is `project`, or .firebaserc's default, or `demo-brushfire`.

    Raises:
        ConfigError: the file is missing, isn't JSON, or one of its fields can't be used.
    """
    file = file.resolve()
    top = Section(file, "", read_json(file))
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


def _default_project(file: Path) -> str | None:
    if not file.is_file():
        return None
    projects = Section(file, "", read_json(file)).section("projects")
    return projects.text("default") if projects else None


def _addresses(emulators: Section | None) -> dict[Service, Address]:
    found = {}
    for service, default in DEFAULT_PORTS.items():
        own = emulators.section(service) if emulators else None
        host = (own.text("host") if own else None) or "127.0.0.1"
        found[service] = Address(host, own.number("port", default, 0, 65535) if own else default)
    return found


def _hosting(section: Section) -> HostingConfig:
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


def _functions(top: Section) -> Path | None:
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


def _rewrite(rule: Section) -> Rewrite:
    for key in ("run", "dynamicLinks"):
        if rule.has(key):
            raise rule.error(key, "only rewrites to a `destination` or a `function` are supported here")
    if rule.has("function"):
        return Rewrite(_match(rule), _function_route(rule))
    return Rewrite(_match(rule), rule.required_text("destination"))


def _function_route(rule: Section) -> FunctionRoute:
    """Either form: `"api"`, or `{"functionId": "api", "region": "europe-west1"}`."""
    if rule.is_object("function") and (section := rule.section("function")) is not None:
        return FunctionRoute(section.required_text("functionId"), section.text("region"))
    return FunctionRoute(rule.required_text("function"), rule.text("region"))


def _match(rule: Section) -> Match:
    if rule.has("source") == rule.has("regex"):
        raise rule.error("source", "either `source` or `regex` must be given")
    return Match(rule.text("source"), rule.text("regex"))
