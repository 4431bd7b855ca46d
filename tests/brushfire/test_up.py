"""What `brushfire up` says."""

import sys
import threading

import pytest

from brushfire.up import say


def test_lines_of_several_parts_stay_whole(capfd: pytest.CaptureFixture[str]) -> None:
    def speak() -> None:
        for _ in range(300):
            say("firebase", "a line")

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=speak) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert set(capfd.readouterr().out.splitlines()) == {"  firebase │ a line"}
