"""What the page is told that the site offers."""

from typing import Any

from functions.connection import Connection
from functions.site import say


def test_whether_mail_is_sent_is_written_once_a_process(connection: Connection, db: Any) -> None:
    say(connection.edge, True)
    site = db.document("live/site")
    assert site.get().to_dict() == {"mail": True}
    site.delete()
    say(connection.edge, True)
    assert not site.get().exists


def test_other_settings_are_written_anew(connection: Connection, db: Any) -> None:
    say(connection.edge, True)
    say(connection.edge, False)
    assert db.document("live/site").get().to_dict() == {"mail": False}
