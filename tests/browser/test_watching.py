"""Watching tasks and seeing their results, in a real Chromium, while the net and the server come and go."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.task import NewTask, Status
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.browser.parts import Firebase, listening
from tests.listener.running import eventually
from tests.path.system import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Helper:
    """Does for the page's script what a page can't do itself."""

    def __init__(self, firebase: Firebase) -> None:
        self._firebase = firebase
        self._client = connect(Settings.from_environment(firebase.addresses.environment()))
        self._queue = TaskQueue(self._client.db)
        self._owner = ""

    def answer(self, do: str, **given: Any) -> dict[str, Any]:
        """What the script asked for."""
        return getattr(self, f"_{do}")(**given) or {}

    def _owner_of(self, task: str) -> str:
        # The page shows a task before the server has it.
        return eventually(lambda: self._queue.get(task), 60).uid

    def _own(self, task: str) -> None:
        self._owner = self._owner_of(task)
        self._queue.cancel(task)

    def _submit(self, prompt: str, params: dict[str, Any]) -> dict[str, Any]:
        new = NewTask(uid=self._owner, prompt=prompt, renderer="pixeldraw", params=params)
        return {"id": self._queue.submit(new)}

    def _wait(self, task: str) -> None:
        def look() -> bool:
            found = self._queue.get(task)
            return found is not None and found.status is Status.DONE

        eventually(look, 120)

    def _kill(self) -> None:
        self._firebase.kill()

    def _start(self) -> None:
        self._firebase.start()

    def close(self) -> None:
        """No more is asked."""
        self._client.close()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a person saw; screenshots go to SCREENSHOTS, if it is set."""
    folder = tmp_path_factory.mktemp("watching")
    pictures = os.environ.get("SCREENSHOTS", str(folder))
    firebase = Firebase(folder)
    helper = Helper(firebase)
    try:
        with listening(firebase.addresses, folder / "state"):
            yield _watched(f"http://{firebase.addresses.hosting}", pictures, helper)
    finally:
        helper.close()
        firebase.stop()


def _watched(page: str, pictures: str, helper: Helper) -> dict[str, Any]:
    """Run the script, answering what it asks, to its last line."""
    script = Path(__file__).parent / "watching.mjs"
    with subprocess.Popen(
        ["node", str(script), page, pictures],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            told = json.loads(line)
            if "seen" in told:
                return dict(told["seen"])
            process.stdin.write(json.dumps(helper.answer(**told)) + "\n")
            process.stdin.flush()
        raise AssertionError(process.stderr.read())


def test_time_left_is_told_while_it_draws(seen: dict[str, Any]) -> None:
    assert re.fullmatch(r"Step \d+ of 2000 · .+ left", seen["left"])


def test_a_waiting_task_is_called_off_without_the_one_that_is_drawn(seen: dict[str, Any]) -> None:
    assert seen["stillRunning"] == "running"


def test_the_frame_keeps_its_shape_whatever_is_in_it(seen: dict[str, Any]) -> None:
    assert seen["frames"] == pytest.approx([1, 1], abs=0.01)


def test_a_failure_is_told_in_words_with_what_to_do(seen: dict[str, Any]) -> None:
    assert "openai-clip-vit-l-14" in seen["wrong"]
    assert "Choose another" in seen["wrong"]


def test_trying_again_asks_anew_and_leaves_the_form_alone(seen: dict[str, Any]) -> None:
    assert seen["retried"]["now"] != seen["retried"]["before"]
    assert seen["draft"] == "what I was writing"


def test_the_keyboard_scrubs_from_the_first_frame_to_the_picture(seen: dict[str, Any]) -> None:
    first, after, last = (seen["scrub"][place] for place in ("first", "next", "last"))
    assert first == [0, "true", "0 % of the way"]
    assert after[0] > 0
    assert after[1] == "true"
    assert last[0] > after[0]
    assert last[1:] == ["false", "The finished picture"]


def test_a_picture_can_be_looked_at_closer_and_left_again(seen: dict[str, Any]) -> None:
    assert seen["zoom"] == "150 %"
    assert seen["focusBack"]


def test_picture_and_recipe_can_be_taken_home(seen: dict[str, Any]) -> None:
    recipe = seen["recipe"]
    assert (recipe["prompt"], recipe["renderer"]) == ("a yellow star", "pixeldraw")
    assert seen["saved"] == f"a-yellow-star-{recipe['seed']}.png"


def test_variations_are_drawn(seen: dict[str, Any]) -> None:
    assert len(seen["variations"]) == 2


def test_deleting_asks_first_and_takes_the_files_along(seen: dict[str, Any]) -> None:
    assert seen["askedFirst"]
    assert seen["files"] == [200, 404]


def test_offline_nothing_comes_and_back_online_everything(seen: dict[str, Any]) -> None:
    assert seen["unseen"] == 0


def test_eight_tabs_watch_the_same_tasks(seen: dict[str, Any]) -> None:
    assert seen["tabs"] == ["done"] * 8


def test_the_eighth_tab_can_still_call_a_task_off(seen: dict[str, Any]) -> None:
    assert seen["calledOff"] == ["cancelled"] * 8


def test_a_screen_reader_hears_of_beginning_and_end_and_little_between(seen: dict[str, Any]) -> None:
    of_lighthouse = [line for line in seen["said"] if "a lighthouse" in line]
    assert of_lighthouse[0] == "“a lighthouse” is being drawn."
    assert of_lighthouse[-1] == "“a lighthouse” was cancelled."
    assert all(re.search(r" is (25|50|75) % done\.", line) for line in of_lighthouse[1:-1])


def test_nothing_goes_wrong_in_the_page(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
