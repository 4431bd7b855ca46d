"""What firebase-functions says of the project's functions, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.functions.patterns import DocumentPattern
from emulator.functions.schedule import Schedule

DEFAULT_REGION = "us-central1"
DEFAULT_TIMEOUT_S = 60
DOCUMENT_EVENTS = "google.cloud.firestore.document.v1."
AUTH_CONTEXT = ".withAuthContext"
EVENT_KINDS = ("created", "updated", "deleted", "written")


class ManifestError(ValueError):
    """A function asks for something that can't be run here. The message names the function and the field."""


@dataclass(frozen=True, slots=True)
class HttpTrigger:
    """Called by HTTP; `callable_` ones speak the protocol of the client SDKs' `httpsCallable`."""

    callable_: bool = False


@dataclass(frozen=True, slots=True)
class DocumentTrigger:
    """Called for changes of documents. `kind` is one of EVENT_KINDS; `event_type` the CloudEvent's type."""

    kind: str
    event_type: str
    database: str
    pattern: DocumentPattern

    def concerns(self, database: str, path: str, kind: str) -> bool:
        return self.kind in (kind, "written") and self.database == database and self.pattern.matches(path)


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function. `timeout_s` is how long a call may take."""

    name: str
    trigger: HttpTrigger | DocumentTrigger | ScheduleTrigger
    regions: tuple[str, ...] = (DEFAULT_REGION,)
    timeout_s: float = DEFAULT_TIMEOUT_S

    @property
    def signature(self) -> str:
        """What functions-framework calls the way in which it is called."""
        return "cloudevent" if isinstance(self.trigger, DocumentTrigger) else "http"


def parse_manifest(manifest: Mapping[str, Any]) -> tuple[list[FunctionSpec], list[ManifestError]]:
    """The functions that can be run here, and why the others can't."""
    specs, problems = [], []
    for name, endpoint in sorted((manifest.get("endpoints") or {}).items()):
        try:
            specs.append(_function(name, endpoint))
        except ValueError as error:
            problems.append(ManifestError(f"function {name}: {error}"))
    return specs, problems


def _function(name: str, endpoint: Mapping[str, Any]) -> FunctionSpec:
    timeout = endpoint.get("timeoutSeconds") or DEFAULT_TIMEOUT_S
    if not isinstance(timeout, int):
        raise ManifestError(
            f"timeoutSeconds is {timeout!r}; only a number is supported here, not a parameter"
        )
    regions = endpoint.get("region") or [DEFAULT_REGION]
    return FunctionSpec(name, _trigger(endpoint), tuple(map(str, regions)), timeout)


def _trigger(endpoint: Mapping[str, Any]) -> HttpTrigger | DocumentTrigger | ScheduleTrigger:
    if "httpsTrigger" in endpoint:
        return HttpTrigger()
    if "callableTrigger" in endpoint:
        return HttpTrigger(callable_=True)
    if "scheduleTrigger" in endpoint:
        section = endpoint["scheduleTrigger"]
        return ScheduleTrigger(Schedule(str(section.get("schedule")), section.get("timeZone") or "UTC"))
    if "eventTrigger" in endpoint:
        return _document_trigger(endpoint["eventTrigger"])
    kinds = ", ".join(key for key in endpoint if key.endswith("Trigger")) or "none"
    raise ManifestError(f"its trigger is {kinds}; only HTTP, callable, schedule and Firestore ones run here")


def _document_trigger(section: Mapping[str, Any]) -> DocumentTrigger:
    event_type = str(section.get("eventType"))
    kind = event_type.removeprefix(DOCUMENT_EVENTS).removesuffix(AUTH_CONTEXT)
    if kind not in EVENT_KINDS:
        raise ManifestError(f"eventType is {event_type}; only changes of Firestore documents are sent here")
    filters = {**(section.get("eventFilters") or {}), **(section.get("eventFilterPathPatterns") or {})}
    pattern = DocumentPattern(str(filters.get("document", "")))
    return DocumentTrigger(kind, event_type, str(filters.get("database") or "(default)"), pattern)
