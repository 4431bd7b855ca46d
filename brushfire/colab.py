"""Credentials in a notebook: from a Colab secret or an upload, kept in a private file, and never shown."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

from contract.errors import SetupError

SECRET = "BRUSHFIRE_KEY"
NEEDED = ("project_id", "client_email", "private_key")


def sign_in(secret: str = SECRET, environment: MutableMapping[str, str] = os.environ) -> str:
    """Point this process at a Firebase, and return a sentence that says at which; it holds no secret.

    What the environment chose already stays. In Colab the key comes from the secret of the given name (the
    key symbol at the left), or else from an upload. Raises `SetupError` for a key that can't be used.
    """
    if environment.get("FIRESTORE_EMULATOR_HOST"):
        return f"the local Firebase at {environment['FIRESTORE_EMULATOR_HOST']}"
    if not environment.get("GOOGLE_APPLICATION_CREDENTIALS"):
        content = _from_colab(secret)
        key = checked_key(content)
        environment["GOOGLE_APPLICATION_CREDENTIALS"] = str(_private_file(content))
    else:
        key = checked_key(Path(environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_bytes())
    return f"project {key['project_id']}, as {key['client_email']}"


def checked_key(content: str | bytes) -> dict[str, Any]:
    """A service account's key. `SetupError` names the field that is wrong, and never shows what is in it."""
    try:
        key = json.loads(content)
    except ValueError:
        raise SetupError("the key is no JSON; it must be the file that Firebase's console gave") from None
    kind = key.get("type") if isinstance(key, dict) else None
    if kind != "service_account":
        raise SetupError(
            "the key's type must be service_account (Firebase console, project settings, service accounts, "
            "generate new private key)"
        )
    for field in NEEDED:
        if not isinstance(key.get(field), str) or not key[field]:
            raise SetupError(f"the key's {field} is missing; it must be the whole file that the console gave")
    return dict(key)


def _from_colab(secret: str) -> str | bytes:
    try:
        userdata: Any = import_module("google.colab.userdata")
    except ImportError:
        raise SetupError(
            "no Firebase is chosen: set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account's "
            "key, or start the local one (brushfire up) and set FIRESTORE_EMULATOR_HOST and "
            "STORAGE_EMULATOR_HOST"
        ) from None
    try:
        return str(userdata.get(secret))
    except (userdata.SecretNotFoundError, userdata.NotebookAccessError):
        return _uploaded()


def _uploaded() -> bytes:
    """The file that is chosen in the browser; what Colab says and saves of it is removed."""
    files: Any = import_module("google.colab.files")
    given: dict[str, bytes] = files.upload()
    for name in given:
        Path(name).unlink(missing_ok=True)
    import_module("IPython.display").clear_output()
    if len(given) != 1:
        raise SetupError(f"{len(given)} files were uploaded, but must be one: the service account's key")
    return next(iter(given.values()))


def _private_file(content: str | bytes) -> Path:
    """A file that only this user can read, gone with this process."""
    folder = Path(tempfile.mkdtemp(prefix="brushfire-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "key.json"
    file.touch(mode=0o600)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file
