"""Schemathesis on the API's own OpenAPI document: what it describes is what it does, asked well or badly.

The engine is called as its command does: with examples, every boundary of every field, and random requests.
"""

import base64
import json
import time
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    StatefulPhaseConfig,
)
from schemathesis.engine import Status, events, from_schema

from tests.functions.api.conftest import PATIENCE_SECONDS, Site

EXAMPLES = 4
# Beside 2xx: what no schema can say of prompts and options, what isn't there, and ids of others.
MEANINGFUL = PositiveDataAcceptanceConfig(expected_statuses=["2xx", 404, 409, 422])


def token(site: Site) -> str:
    """An ID token of a visitor who has asked for nothing yet, unsigned as those of the local Firebase."""
    now, uid, project = int(time.time()), uuid4().hex[:16], site.db.project
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": uid,
        "user_id": uid,
        "auth_time": now,
        "iat": now,
        "exp": now + 3600,
        "firebase": {"identities": {}, "sign_in_provider": "anonymous"},
    }
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), ""]
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_does_what_it_describes(site: Site) -> None:
    project = ProjectConfig(
        base_url=site.url,
        request_timeout=PATIENCE_SECONDS,
        checks=ChecksConfig(positive_data_acceptance=MEANINGFUL),
        # A chain of requests would be one of several visitors.
        phases=PhasesConfig(
            coverage=CoveragePhaseConfig(unexpected_methods={"DELETE"}),
            stateful=StatefulPhaseConfig(enabled=False),
        ),
        generation=GenerationConfig(max_examples=EXAMPLES, deterministic=True),
    )
    document = site.nobody().get("/openapi.json").json()
    config = SchemathesisConfig(projects=ProjectsConfig(default=project), seed=1)
    schema = schemathesis.openapi.from_dict(document, config=config)

    @schema.auth(refresh_interval=None)
    class Visitors:
        """Each request is of another one, so that nobody asks for too much."""

        def get(self, case: Any, context: Any) -> str:
            return token(site)

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    told, asked, statuses = list[str](), Counter[str](), Counter[int]()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            told.append(str(getattr(event, "value", None) or getattr(event, "exception", event)))
        if isinstance(event, events.ScenarioFinished):
            assert event.status is not Status.INTERRUPTED
            take(event.recorder, told, asked, statuses)
    import sys

    sys.stderr.write(f"{sum(statuses.values())} requests: {dict(statuses)}\n")
    assert not told, "\n\n".join(told)
    operations = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert operations <= set(asked)
    # That the requests came so far, and not only to the door.
    assert {200, 201, 401, 404, 422} <= set(statuses)
    assert statuses[201] > 20


def take(recorder: Any, told: list[str], asked: Counter[str], statuses: Counter[int]) -> None:
    """What some requests showed."""
    for id, node in recorder.cases.items():
        operation = f"{node.value.method} {node.value.path}"
        asked[operation] += 1
        made = recorder.interactions.get(id)
        if made is not None and made.response is not None:
            statuses[made.response.status_code] += 1
        failures = [check.failure_info for check in recorder.checks.get(id, []) if check.failure_info]
        told += [f"{operation}: {failed.failure}\n{failed.code_sample}" for failed in failures]
