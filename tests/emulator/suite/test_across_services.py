"""Rules of Storage that look documents of Firestore up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.suite.process import started
from tests.emulator.suite.running import call

ROOT = "projects/demo-brushfire/databases/(default)/documents"
OWNER = {"Authorization": "Bearer owner"}
RULES = """rules_version = '2';
service firebase.storage {
  match /b/{bucket}/o {
    match /shared/{album} {
      allow read: if firestore.get(/databases/(default)/documents/albums/$(album)).data.open == true;
    }
    match /drafts/{album} {
      allow write: if !firestore.exists(/databases/(default)/documents/albums/$(album));
    }
  }
}"""


def set_album(address: str, is_open: bool) -> None:
    album = {"name": f"{ROOT}/albums/summer", "fields": {"open": {"booleanValue": is_open}}}
    answer = call(address, "POST", f"/v1/{ROOT}:commit", {"writes": [{"update": album}]}, OWNER)
    assert answer.status == 200


@pytest.mark.slow
def test_a_documents_change_opens_an_object_at_once_and_the_look_up_is_billed(config: Path) -> None:
    (config.parent / "storage.rules").write_text(RULES)
    with started(config) as ready:
        firestore, storage = ready["firestore"], ready["storage"]
        assert call(storage, "POST", "/v0/b/pictures/o?name=shared/summer", b"x", OWNER).status == 200
        picture = "/v0/b/pictures/o/shared%2Fsummer?alt=media"
        assert call(storage, "GET", picture).status == 403
        assert call(storage, "POST", "/v0/b/pictures/o?name=drafts/summer", b"x").status == 200
        set_album(firestore, True)
        assert call(storage, "GET", picture).body == b"x"
        assert call(storage, "POST", "/v0/b/pictures/o?name=drafts/summer", b"x").status == 403
        set_album(firestore, False)
        assert call(storage, "GET", picture).status == 403
        rows = call(firestore, "GET", "/emulator/v1/meter").json()["rows"]
        (billed,) = (row for row in rows if row["client"] == "storage")
        assert (billed["collection"], billed["method"], billed["reads"]) == ("albums", "Rules", 5)
