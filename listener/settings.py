"""The environment, read once into one frozen object. Everything else is given what it needs."""

import json
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import renderers
from contract.errors import SetupError

LogFormat = Literal["text", "json"]

LOCAL_PROJECT = "demo-brushfire"
TWO_WAYS = (
    "no Firebase is chosen; either start the local one (brushfire up), which brushfire's commands find by "
    "themselves, or name another by FIRESTORE_EMULATOR_HOST and STORAGE_EMULATOR_HOST, or set "
    "GOOGLE_APPLICATION_CREDENTIALS to the JSON file of a service account (Firebase console, project "
    "settings, service accounts)"
)


@dataclass(frozen=True)
class Settings:
    """What one process was told. Durations are in seconds; hosts are `host:port`."""

    project: str
    bucket: str
    firestore_host: str | None
    storage_host: str | None
    auth_host: str | None
    credentials: Path | None
    worker: str
    device: str
    renderers: tuple[str, ...]
    models: Path | None
    # How much loaded models may take of a device, in MB; 0 for a share of what it has.
    model_memory_mb: int
    lease_seconds: float
    poll_seconds: float
    retry_seconds: float
    log: LogFormat
    # Where finished renders wait for delivery.
    state: Path
    # How many compatible tasks are rendered together, and after how many failures in a row none is claimed.
    batch: int
    breaker: int
    # How far apart the checkpoints of a long render are; 0 for none.
    checkpoint_seconds: float
    metrics_host: str
    metrics_port: int | None
    # Whether metrics and traces are sent to where OTEL_EXPORTER_OTLP_ENDPOINT says.
    otlp: bool
    # Whether to ask Google's metadata server if this machine is about to be taken away.
    spot: bool
    # After how long without a task to leave; 0 for never.
    idle_exit_seconds: float = 0.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Settings from variables; `SetupError` names the variable, its value and what is accepted."""
        read = _Reader(environment)
        firestore, storage = read.host("FIRESTORE_EMULATOR_HOST"), read.host("STORAGE_EMULATOR_HOST")
        if (firestore is None) != (storage is None):
            missing = "STORAGE_EMULATOR_HOST" if storage is None else "FIRESTORE_EMULATOR_HOST"
            raise SetupError(f"{missing} is missing, but must be set when the other emulator's address is")
        credentials = None if firestore else read.file("GOOGLE_APPLICATION_CREDENTIALS")
        if firestore is None and credentials is None:
            raise SetupError(TWO_WAYS)
        project = read.project(credentials)
        domain = "appspot.com" if firestore else "firebasestorage.app"
        return cls(
            project=project,
            bucket=read.text("BRUSHFIRE_BUCKET") or f"{project}.{domain}",
            firestore_host=firestore,
            storage_host=storage,
            auth_host=read.host("FIREBASE_AUTH_EMULATOR_HOST"),
            credentials=credentials,
            worker=read.matching("BRUSHFIRE_WORKER", r"[\w.-]{1,64}", "1 to 64 letters, digits, _ . -")
            or _own_name(),
            device=read.matching(
                "BRUSHFIRE_DEVICE", r"auto|cpu|mps|cuda(:\d+)?", "auto, cpu, cuda, cuda:N or mps"
            )
            or "auto",
            renderers=read.renderers(),
            models=read.folder("BRUSHFIRE_MODELS"),
            model_memory_mb=read.number("BRUSHFIRE_MODEL_MEMORY_MB", 0, 0, 10_000_000),
            lease_seconds=read.seconds("BRUSHFIRE_LEASE_SECONDS", 30.0, 1.0, 3600.0),
            poll_seconds=read.seconds("BRUSHFIRE_POLL_SECONDS", 60.0, 0.1, 3600.0),
            retry_seconds=read.seconds("BRUSHFIRE_RETRY_SECONDS", 10.0, 0.1, 3600.0),
            log=cast(LogFormat, read.matching("BRUSHFIRE_LOG", r"text|json", "text or json") or "text"),
            state=read.state(),
            batch=read.number("BRUSHFIRE_BATCH", 8, 1, 64),
            breaker=read.number("BRUSHFIRE_BREAKER", 5, 0, 1000),
            checkpoint_seconds=read.seconds("BRUSHFIRE_CHECKPOINT_SECONDS", 45.0, 0.0, 3600.0),
            metrics_host=read.text("BRUSHFIRE_METRICS_HOST") or "127.0.0.1",
            metrics_port=read.port("BRUSHFIRE_METRICS_PORT"),
            otlp=read.text("OTEL_EXPORTER_OTLP_ENDPOINT") is not None,
            spot=read.matching("BRUSHFIRE_SPOT", r"0|1", "0 or 1") == "1",
            idle_exit_seconds=read.duration("BRUSHFIRE_IDLE_EXIT"),
        )


class _Reader:
    """Reads one variable at a time; an empty one counts as not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def matching(self, name: str, pattern: str, accepted: str) -> str | None:
        value = self.text(name)
        if value is not None and not re.fullmatch(pattern, value):
            raise _refused(name, value, accepted)
        return value

    def host(self, name: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        bare = re.sub(r"^http://", "", value).rstrip("/")
        if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}", bare):
            raise _refused(name, value, "host:port, with or without http:// before it")
        return bare

    def file(self, name: str) -> Path | None:
        value = self.text(name)
        if value is not None and not Path(value).is_file():
            raise _refused(name, value, "the path of a file that exists")
        return Path(value) if value else None

    def folder(self, name: str) -> Path | None:
        value = self.text(name)
        if value is not None and not Path(value).is_dir():
            raise _refused(name, value, "the path of a folder that exists")
        return Path(value) if value else None

    def seconds(self, name: str, default: float, least: float, most: float) -> float:
        value = self.text(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not least <= number <= most:
            raise _refused(name, value, f"a number of seconds from {least:g} to {most:g}")
        return number

    def duration(self, name: str) -> float:
        value = self.matching(name, r"\d{1,6}[smh]?", "a time such as 90s, 10m or 2h, or 0 for never") or "0"
        return float(value.rstrip("smh")) * {"m": 60, "h": 3600}.get(value[-1], 1)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            raise _refused(name, value, f"a whole number from {least} to {most}")
        return int(value)

    def port(self, name: str) -> int | None:
        return None if self.text(name) is None else self.number(name, 0, 0, 65535)

    def state(self) -> Path:
        """Where this machine's listeners keep what must outlive them."""
        named = self.text("BRUSHFIRE_STATE")
        if named is not None:
            return Path(named)
        base = self.text("XDG_STATE_HOME")
        return (Path(base) if base else Path.home() / ".local" / "state") / "brushfire"

    def renderers(self) -> tuple[str, ...]:
        names = tuple(dict.fromkeys((self.text("BRUSHFIRE_RENDERERS") or "").replace(",", " ").split()))
        known = renderers.known()
        for name in names:
            if name not in known:
                raise _refused("BRUSHFIRE_RENDERERS", name, f"some of {', '.join(known)}, or left out")
        return names or tuple(known)

    def project(self, credentials: Path | None) -> str:
        named = self.text("GOOGLE_CLOUD_PROJECT")
        if named is not None:
            return named
        if credentials is None:
            return LOCAL_PROJECT
        try:
            project = json.loads(credentials.read_bytes())["project_id"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _refused(
                "GOOGLE_APPLICATION_CREDENTIALS",
                str(credentials),
                "a service account's JSON with a project_id, or GOOGLE_CLOUD_PROJECT must name the project",
            ) from error
        return str(project)


def _own_name() -> str:
    """A name that no other listener has: the machine, the process, and a little chance."""
    host = re.sub(r"[^\w-]", "-", socket.gethostname().split(".")[0])[:24] or "worker"
    return f"{host}-{os.getpid()}-{secrets.token_hex(2)}"


def _refused(name: str, value: str, accepted: str) -> SetupError:
    return SetupError(f"{name} is {value!r}, but must be {accepted}")
