"""What a function finds in its environment: what a deployed one would, and the emulators' addresses."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from emulator.config import Address, Service
from emulator.functions.manifest import FunctionSpec

# Credentials of the person at the keyboard: a local function must not reach a real project with them.
_WITHHELD = ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_API_USE_CLIENT_CERTIFICATE", "PYTHONPATH")


def environment(
    project: str, source: Path, addresses: Mapping[Service, Address], spec: FunctionSpec | None = None
) -> dict[str, str]:
    """The whole environment of a process: the folder's .env files, then what the platform sets.

    `spec` is None for the process that only lists the functions. Raises ValueError for a bad .env file.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
    return inherited | _dotenv(source, project) | _platform(project, addresses) | _of_function(spec)


def _platform(project: str, addresses: Mapping[Service, Address]) -> dict[str, str]:
    values = {
        "GCLOUD_PROJECT": project,
        "GOOGLE_CLOUD_PROJECT": project,
        "FIREBASE_CONFIG": json.dumps({"projectId": project, "storageBucket": f"{project}.appspot.com"}),
        "FUNCTIONS_EMULATOR": "true",
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }
    hosts = {
        Service.FIRESTORE: ("FIRESTORE_EMULATOR_HOST",),
        Service.AUTH: ("FIREBASE_AUTH_EMULATOR_HOST",),
        Service.STORAGE: ("FIREBASE_STORAGE_EMULATOR_HOST",),
        # Google's libraries ask this host who they are, as they do where functions are deployed.
        Service.FUNCTIONS: ("GCE_METADATA_HOST", "GCE_METADATA_IP"),
    }
    for service, names in hosts.items():
        if service in addresses:
            values |= dict.fromkeys(names, str(addresses[service]))
    if Service.STORAGE in addresses:
        values["STORAGE_EMULATOR_HOST"] = f"http://{addresses[Service.STORAGE]}"
    # An empty place for gcloud's own credentials, which Google's libraries would otherwise find first.
    return values | {"CLOUDSDK_CONFIG": os.devnull}


def _of_function(spec: FunctionSpec | None) -> dict[str, str]:
    if spec is None:
        return {}
    return {
        "FUNCTION_TARGET": spec.name,
        "FUNCTION_SIGNATURE_TYPE": spec.signature,
        "FUNCTION_REGION": spec.regions[0],
        "K_SERVICE": spec.name.lower().replace("_", "-"),
        "K_REVISION": "1",
    }


def _dotenv(source: Path, project: str) -> dict[str, str]:
    """Later files win: https://firebase.google.com/docs/functions/config-env#env-variables"""
    values: dict[str, str] = {}
    for name in (".env", f".env.{project}", ".env.local", ".secret.local"):
        file = source / name
        if file.is_file():
            values |= _read_dotenv(file)
    return values


def _read_dotenv(file: Path) -> dict[str, str]:
    values = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise ValueError(f"{file}, line {number}: {line!r:.80} isn't of the form NAME=value")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        values[name] = value[1:-1] if quoted else value.partition(" #")[0].rstrip()
    return values
