"""How a listener is called: what the operator set up.

BRUSHFIRE_WAKE_URL          a webhook, signed like every other, by BRUSHFIRE_WEBHOOK_SECRET itself
BRUSHFIRE_WAKE_INSTANCES    virtual machines of Compute Engine: projects/P/zones/Z/instances/I, with commas
                            between several, of which each call starts the next
BRUSHFIRE_WAKE_MINUTES      how long whoever was called may take to come (10)
"""

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from contract.errors import BrushfireError, SetupError
from functions.webhook import sign
from listener import VERSION

COMPUTE = "https://compute.googleapis.com/compute/v1"
SCOPES = ["https://www.googleapis.com/auth/compute"]
TIMEOUT = 15.0
LEAST_SECRET = 32
INSTANCE = re.compile(r"projects/[a-z0-9:.-]+/zones/[a-z0-9-]+/instances/[a-z0-9-]+")


class WakeFailed(BrushfireError):
    """Nobody could be called. The message says who answered what."""


@dataclass(frozen=True)
class Summons:
    """Who is called, and how."""

    url: str | None
    secret: str = field(repr=False, default="")
    instances: tuple[str, ...] = ()
    patience: timedelta = timedelta(minutes=10)
    compute: str = COMPUTE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Summons | None":
        """What the operator set up, None for nothing. `SetupError` names the variable and what it must be."""
        read = {name: environment.get(name, "").strip() for name in environment}
        local = read.get("FUNCTIONS_EMULATOR") == "true"
        url, named = read.get("BRUSHFIRE_WAKE_URL", ""), read.get("BRUSHFIRE_WAKE_INSTANCES", "")
        secret, minutes = read.get("BRUSHFIRE_WEBHOOK_SECRET", ""), read.get("BRUSHFIRE_WAKE_MINUTES", "10")
        instances = tuple(one.strip() for one in named.split(",") if one.strip())
        if not url and not instances:
            return None
        if url and instances:
            raise _refused("BRUSHFIRE_WAKE_URL", url, "left out where BRUSHFIRE_WAKE_INSTANCES is set")
        parts = urlsplit(url)
        if url and (parts.scheme not in (("https", "http") if local else ("https",)) or not parts.hostname):
            raise _refused("BRUSHFIRE_WAKE_URL", url, "an address that begins with https://")
        if url and len(secret) < LEAST_SECRET:
            said = f"{len(secret)} characters long"
            accepted = f"of {LEAST_SECRET} characters at least, by which BRUSHFIRE_WAKE_URL is signed"
            raise _refused("BRUSHFIRE_WEBHOOK_SECRET", said, accepted)
        for one in instances:
            if not INSTANCE.fullmatch(one):
                raise _refused("BRUSHFIRE_WAKE_INSTANCES", one, "projects/P/zones/Z/instances/I, with commas")
        if not re.fullmatch(r"\d{1,4}", minutes) or not 1 <= int(minutes) <= 1440:
            raise _refused("BRUSHFIRE_WAKE_MINUTES", minutes, "a whole number from 1 to 1440")
        # The credentials go there: to nobody but Google, and in tests to this machine.
        compute = read.get("BRUSHFIRE_COMPUTE_URL", "") if local else ""
        return cls(url or None, secret, instances, timedelta(minutes=int(minutes)), compute or COMPUTE)

    def call(self, task: str, number: int) -> None:
        """Call somebody for a task. Raises `WakeFailed`."""
        if self.url is not None:
            self._post(self.url, task, number)
        else:
            self._start(self.instances[(number - 1) % len(self.instances)])

    def _post(self, url: str, task: str, number: int) -> None:
        message = {"type": "listener.wanted", "call": number, "task": task}
        body, now = json.dumps(message, separators=(",", ":")).encode(), int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Brushfire/{VERSION}",
            "Brushfire-Delivery": secrets.token_hex(10),
            "Brushfire-Timestamp": str(now),
            "Brushfire-Signature": sign(self.secret, now, body),
        }
        try:
            answer = httpx.post(url, content=body, headers=headers, timeout=TIMEOUT)
        except httpx.HTTPError as error:
            where = urlsplit(url).hostname
            raise WakeFailed(f"{where} didn't answer ({type(error).__name__}: {error})") from error
        _check(urlsplit(url).hostname, answer.status_code, answer.text)

    def _start(self, instance: str) -> None:
        """A machine that runs stays as it is.

        https://cloud.google.com/compute/docs/reference/rest/v1/instances/start
        """
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import AuthorizedSession
        from requests.exceptions import RequestException

        try:
            credentials, _ = google.auth.default(scopes=SCOPES)
            with AuthorizedSession(credentials) as session:
                answer = session.post(f"{self.compute}/{instance}/start", timeout=TIMEOUT)
        except (GoogleAuthError, RequestException) as error:
            raise WakeFailed(f"{instance} can't be started ({type(error).__name__}: {error})") from error
        _check(instance, answer.status_code, answer.text)


def _check(who: str | None, status: int, text: str) -> None:
    if not 200 <= status < 300:
        raise WakeFailed(f"{who} answered {status}: {' '.join(text.split())[:300]}")


def _refused(name: str, value: str, accepted: str) -> SetupError:
    return SetupError(f"{name} is {value!r}, but must be {accepted}")
