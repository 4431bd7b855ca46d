"""Asking for pictures as a person does, in a real Chromium: each renderer, pictures to begin from, remix."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from brushfire.running import Addresses
from tests.path.system import ROOT, running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

RENDERERS = ("clipdraw", "diffusion", "pixeldraw", "vqgan_clip")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a person saw, with the documents of their tasks; screenshots go to SCREENSHOTS, if it is set."""
    folder = tmp_path_factory.mktemp("creating")
    pictures = os.environ.get("SCREENSHOTS", str(folder))
    with running_system(folder / "data", folder / "state") as system:
        offer_mail(system.addresses)
        script = Path(__file__).parent / "creating.mjs"
        page = f"http://{system.addresses.hosting}"
        ended = subprocess.run(
            ["node", str(script), page, pictures], capture_output=True, text=True, cwd=ROOT, timeout=1100
        )
        assert ended.returncode == 0, ended.stderr + system.said()
        seen = json.loads(ended.stdout)
        yield seen | documents(system.addresses, seen["tasks"])


def documents(addresses: Addresses, tasks: dict[str, str]) -> dict[str, Any]:
    """The tasks as Firestore has them, the one e-mail there is, and what a stranger is told of it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", addresses.firestore)
        db = firestore.Client(project=addresses.project, credentials=AnonymousCredentials())
        found = {name: db.document("queue", id).get().to_dict() for name, id in tasks.items()}
        contact = db.document("queue", tasks["pixeldraw"], "private", "contact").get().to_dict()
        others = [
            db.document("queue", id, "private", "contact").get().exists
            for name, id in tasks.items()
            if name != "pixeldraw"
        ]
        db.close()
    path = f"queue/{tasks['pixeldraw']}/private/contact"
    return {
        "documents": found,
        "contact": contact,
        "other_contacts": any(others),
        "stranger": as_stranger(addresses, path),
    }


def offer_mail(addresses: Addresses) -> None:
    """As the functions say it of a site that sends mail; here none run."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", addresses.firestore)
        db = firestore.Client(project=addresses.project, credentials=AnonymousCredentials())
        db.document("live/site").set({"mail": True})
        db.close()


def as_stranger(addresses: Addresses, path: str) -> int:
    """The HTTP status that another anonymous visitor gets for a document."""
    auth = f"http://{addresses.auth}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any"
    request = urllib.request.Request(auth, b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        token = json.load(answer)["idToken"]
    url = f"http://{addresses.firestore}/v1/projects/{addresses.project}/databases/(default)/documents/{path}"
    try:
        asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_words_of_style_are_added_to_the_prompt(seen: dict[str, Any]) -> None:
    assert seen["prompt"] == "a boat on the sea at sunset"


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_picture_of_each_renderer_is_drawn_as_the_form_asked(seen: dict[str, Any], renderer: str) -> None:
    assert seen["statuses"][renderer] == "done"
    task = seen["documents"][renderer]
    assert task["renderer"] == renderer
    assert task["prompt"] == seen["prompt"]
    assert task["params"]["size"] == 64
    assert "init_image" not in task["params"]


def test_an_address_that_is_none_is_told_at_its_field(seen: dict[str, Any]) -> None:
    assert "“nobody” is no e-mail address" in seen["mistake"]


def test_the_e_mail_lies_where_only_the_owner_can_read_it(seen: dict[str, Any]) -> None:
    assert seen["contact"]["email"] == "artist@example.org"
    assert seen["stranger"] == 403
    assert "artist" not in json.dumps(seen["documents"], default=str)


def test_no_e_mail_is_kept_that_was_not_wished(seen: dict[str, Any]) -> None:
    assert seen["other_contacts"] is False


def test_a_pasted_picture_is_uploaded_and_begun_from_where_the_mask_is_painted(seen: dict[str, Any]) -> None:
    assert seen["statuses"]["begun"] == "done"
    task = seen["documents"]["begun"]
    own = f"uploads/{task['uid']}/"
    assert task["params"]["init_image"].startswith(own)
    assert task["params"]["mask"].startswith(own)
    assert task["params"]["mask"] != task["params"]["init_image"]
    assert task["params"]["strength"] == 0.5


def test_a_dropped_png_fills_the_form_with_its_recipe(seen: dict[str, Any]) -> None:
    original = seen["documents"]["pixeldraw"]
    assert seen["recipe"] == {
        "prompt": original["prompt"],
        "renderer": "pixeldraw",
        "seed": str(original["result"]["seed"]),
    }
    remix = seen["documents"]["remix"]
    assert seen["statuses"]["remix"] == "done"
    assert remix["params"] == original["params"] | {"seed": original["result"]["seed"]}


def test_nothing_goes_wrong_in_the_browsers_console(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
