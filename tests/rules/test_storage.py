"""Who may do what with files, by storage.rules."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.rules import Auth, Decision, Method, Request
from emulator.rules.values import Path
from tests.rules.world import NOW, rules_of

RULES = rules_of("storage.rules")
EVERYBODY = ["alice", "bob", None]
WRITES = ["create", "update", "delete"]
MIB = 1024 * 1024


def ask(
    uid: str | None,
    method: str,
    name: str,
    size: int = 1000,
    content_type: Any = "image/png",
    metadata: dict[str, str] | None = None,
) -> Decision:
    """What the rules say; a written object has that size and type, one that is there that metadata."""
    incoming = {"name": name, "size": size, "contentType": content_type}
    if content_type is None:
        del incoming["contentType"]
    writes = method in ("create", "update")
    path = Path(("b", "demo.appspot.com", "o", *filter(None, name.split("/"))))
    auth = Auth(uid, {}) if uid else None
    before = None if method in ("create", "list") else {"name": name, "size": 1, "metadata": metadata or {}}
    return RULES.decide(Request(Method(method), path, auth, NOW, before, incoming if writes else None))


@pytest.mark.parametrize("name", ["results/t1/1/image.png", "results/t1/1/video.mp4", "previews/t1/3.webp"])
def test_pictures_are_read_by_all_and_written_by_nobody(name: str) -> None:
    for uid in EVERYBODY:
        assert ask(uid, "get", name).allowed
        for method in WRITES:
            assert not ask(uid, method, name).allowed


def test_a_result_is_deleted_by_whoever_it_was_made_for() -> None:
    name = "results/t1/1/image.png"
    for uid in EVERYBODY:
        assert ask(uid, "delete", name, metadata={"uid": "alice"}).allowed is (uid == "alice")
        for metadata in ({}, {"uid": ""}, {"owner": "alice"}):
            assert not ask(uid, "delete", name, metadata=metadata).allowed
        for method in ("create", "update"):
            assert not ask(uid, method, name, metadata={"uid": "alice"}).allowed
        assert not ask(uid, "delete", "previews/t1/3.webp", metadata={"uid": "alice"}).allowed


@pytest.mark.parametrize("folder", ["", "results", "results/t1", "previews", "checkpoints", "uploads"])
def test_nobody_lists_what_there_is(folder: str) -> None:
    for uid in EVERYBODY:
        assert not ask(uid, "list", folder).allowed


def test_checkpoints_are_out_of_reach() -> None:
    for uid in EVERYBODY:
        for method in ("get", *WRITES):
            assert not ask(uid, method, "checkpoints/t1/1/state.pt").allowed


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "image/webp"])
def test_a_user_uploads_pictures_below_ten_mebibytes(content_type: str) -> None:
    for name in ("uploads/alice/cat.png", "uploads/alice/cats/one.png"):
        for method in ("create", "update"):
            assert ask("alice", method, name, content_type=content_type).reason == ""
            assert ask("alice", method, name, size=10 * MIB - 1, content_type=content_type).allowed
            assert not ask("alice", method, name, size=10 * MIB, content_type=content_type).allowed


@pytest.mark.parametrize(
    "content_type", ["image/svg+xml", "image/gif", "text/html", "image/png; x=1", "", None]
)
def test_anything_but_a_picture_is_refused(content_type: str | None) -> None:
    assert not ask("alice", "create", "uploads/alice/cat.png", content_type=content_type).allowed


def test_a_users_uploads_are_that_users_alone() -> None:
    for method in ("get", *WRITES):
        assert ask("alice", method, "uploads/alice/cat.png").reason == ""
        for uid in ("bob", None):
            assert not ask(uid, method, "uploads/alice/cat.png").allowed
    assert ask("alice", "list", "uploads/alice").allowed
    assert not ask("bob", "list", "uploads/alice").allowed


@pytest.mark.parametrize("name", ["secret.txt", "uploads", "other/alice/x.png", "results.zip"])
def test_every_other_file_is_out_of_reach(name: str) -> None:
    for uid in EVERYBODY:
        for method in ("get", "list", *WRITES):
            assert not ask(uid, method, name).allowed
