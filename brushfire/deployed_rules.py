"""The rules in force, from the Firebase Rules API or from the local Firebase.

https://firebase.google.com/docs/reference/rules/rest
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from google.auth.exceptions import GoogleAuthError
from google.oauth2.service_account import Credentials

from listener.settings import Settings

API = "https://firebaserules.googleapis.com"
SCOPES = ["https://www.googleapis.com/auth/firebase.readonly"]
SECONDS = 10.0

# What an address answers: the status, and the JSON in it.
Ask = Callable[[str], tuple[int, Any]]


class Unreadable(Exception):
    """These credentials, or this emulator, don't show their rules."""


def deployed(settings: Settings, release: str) -> str | None:
    """The text of the rules in force, None if there are none. Raises `Unreadable`.

    `release` is `cloud.firestore` or `firebase.storage/BUCKET`.
    """
    if settings.firestore_host is None:
        return released(_authorised(settings), settings.project, release)
    firestore = release == "cloud.firestore"
    host = settings.firestore_host if firestore else settings.storage_host
    path = f"emulator/v1/projects/{settings.project}:securityRules" if firestore else "internal/setRules"
    status, answer = _get(f"http://{host}/{path}")
    if status != 200:
        raise Unreadable("these emulators don't show their rules")
    return _text(answer)


def released(ask: Ask, project: str, release: str, api: str = API) -> str | None:
    """The same from the Rules API: the release names the ruleset, which holds the files."""
    status, answer = ask(f"{api}/v1/projects/{project}/releases/{release}")
    if status == 404:
        return None
    if status != 200:
        raise Unreadable(f"the Rules API answers {status}: {_message(answer)}")
    status, answer = ask(f"{api}/v1/{answer['rulesetName']}")
    if status != 200:
        raise Unreadable(f"the Rules API answers {status}: {_message(answer)}")
    return _text({"rules": answer["source"]})


def _text(answer: Any) -> str:
    return "\n".join(str(file["content"]) for file in answer["rules"]["files"])


def _message(answer: Any) -> str:
    try:
        return str(answer["error"]["message"])
    except (KeyError, TypeError):
        return "without a reason"


def _get(address: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None
    except (OSError, ValueError) as error:
        raise Unreadable(f"{address}: {error}") from error


def _authorised(settings: Settings) -> Ask:
    from google.auth.transport.requests import AuthorizedSession

    session = AuthorizedSession(
        Credentials.from_service_account_file(str(settings.credentials), scopes=SCOPES)
    )

    def ask(address: str) -> tuple[int, Any]:
        try:
            answer = session.get(address, timeout=SECONDS)
            return answer.status_code, answer.json()
        except (GoogleAuthError, OSError, ValueError) as error:
            raise Unreadable(f"the Rules API can't be asked: {error}") from error

    return ask
