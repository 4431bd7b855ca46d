"""`brushfire operator`: a claim given to an account of the local Firebase, and taken away."""

from collections.abc import Iterator
from typing import Any

import pytest
from firebase_admin import auth, delete_app, initialize_app

from brushfire import cli
from brushfire.running import Addresses


@pytest.fixture
def admin(firebase: Addresses, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Google's own SDK, and an environment that chooses the local Firebase."""
    for name, value in firebase.environment().items():
        monkeypatch.setenv(name, value)
    app = initialize_app(None, {"projectId": firebase.project}, name="test")
    yield app
    delete_app(app)


@pytest.fixture
def ann(admin: Any) -> Iterator[Any]:
    """An account that has a claim already."""
    user = auth.create_user(email="ann@example.org", password="secret1", app=admin)
    auth.set_custom_user_claims(user.uid, {"tester": True}, app=admin)
    yield user
    auth.delete_user(user.uid, app=admin)


def test_an_account_becomes_an_operator_by_its_mail_and_keeps_its_other_claims(admin: Any, ann: Any) -> None:
    assert cli.main(["operator", "ann@example.org"]) == 0
    assert auth.get_user(ann.uid, app=admin).custom_claims == {"tester": True, "operator": True}


def test_it_is_taken_away_by_its_id(admin: Any, ann: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["operator", ann.uid])
    assert cli.main(["operator", ann.uid, "--remove"]) == 0
    assert auth.get_user(ann.uid, app=admin).custom_claims == {"tester": True}
    said = capsys.readouterr().out
    assert f"ann@example.org ({ann.uid}) is an operator\n" in said
    assert "is no operator any more" in said


@pytest.mark.parametrize("who", ["nobody@example.org", "nobody", "a@", "x" * 200])
def test_an_account_that_isnt_there_is_told(who: str, admin: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["operator", who]) == 2
    assert "EMAIL|UID is" in capsys.readouterr().err


def test_without_the_address_of_the_accounts_it_says_which_variable_is_missing(
    admin: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    assert cli.main(["operator", "ann@example.org"]) == 1
    assert "FIREBASE_AUTH_EMULATOR_HOST is missing" in capsys.readouterr().err
