"""The main job: everything on this machine, from the shell."""

import io
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from listener.png import read_recipe
from tests.path.system import System, running_system

pytestmark = pytest.mark.slow

PROMPT = "a red circle on a blue background"
DRAFT = ("--renderer", "pixeldraw", "--quality", "draft", "--param", "iterations=12", "--param", "cuts=4")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("up")
    with running_system(folder / "data", folder / "state") as system:
        yield system


@pytest.fixture(scope="module")
def done(system: System) -> dict[str, Any]:
    """One finished task, as `submit --wait --json` prints it."""
    document: dict[str, Any] = system.json("submit", PROMPT, *DRAFT, "--seed", "7", "--wait", "--json")
    return document


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A file as a browser gets it, without credentials."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def test_the_page_answers(system: System) -> None:
    line = system.wait_for_line("the page: http://")
    status, headers, body = fetch(line.split("the page: ")[1].strip())
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert b"<script" in body


def test_a_submitted_prompt_is_printed_as_one_finished_document(done: dict[str, Any]) -> None:
    assert done["status"] == "done"
    assert done["prompt"] == PROMPT
    assert done["attempt"] == 1
    assert done["claim"]["epoch"] == 1
    assert done["result"]["seed"] == 7
    assert done["result"]["model"] == "starter-clip"
    assert len(done["result"]["model_hash"]) == 64


def test_the_picture_opens_and_carries_its_task(done: dict[str, Any]) -> None:
    status, headers, body = fetch(done["result"]["images"][0]["url"])
    assert status == 200
    assert headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (done["result"]["width"], done["result"]["height"])
    recipe = read_recipe(body)
    assert recipe is not None
    assert recipe.prompt == PROMPT
    assert recipe.seed == 7


def test_the_video_plays_everywhere_and_in_parts(done: dict[str, Any]) -> None:
    url = done["result"]["video"]["url"]
    _, headers, body = fetch(url)
    assert headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(body)) as video:
        stream = video.streams.video[0]
        assert (stream.codec.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.width % 2 == 0
        assert stream.height % 2 == 0
    status, headers, part = fetch(url, Range="bytes=10-19")
    assert status == 206
    assert headers["content-range"] == f"bytes 10-19/{len(body)}"
    assert part == body[10:20]


def test_without_waiting_the_id_alone_is_printed(system: System) -> None:
    ended = system.command("submit", PROMPT, *DRAFT, "--id", "chosen-by-me")
    assert ended.stdout == "chosen-by-me\n"
    again = system.json("submit", PROMPT, *DRAFT, "--id", "chosen-by-me", "--wait", "--json")
    assert (again["id"], again["status"]) == ("chosen-by-me", "done")


def test_status_counts_tasks_and_what_they_cost(system: System, done: dict[str, Any]) -> None:
    status = system.json("status", "--json")
    assert status["queue"]["done"] >= 1
    assert [worker["state"] for worker in status["workers"]] != []
    assert 0 < status["cost"]["per_task"]["writes"] < 10
    assert done["id"]
    shown = system.command("status").stdout
    assert "done" in shown
    assert "reads" in shown


def test_stopping_keeps_everything_and_leaves_no_process(tmp_path: Path) -> None:
    with running_system(tmp_path / "data", tmp_path / "state") as system:
        first = system.json("submit", PROMPT, *DRAFT, "--wait", "--json")
        listener = int(system.wait_for_line("listener │ process").split()[-1])
        assert system.stop() == 0
        assert not Path(f"/proc/{listener}").exists()
    with running_system(tmp_path / "data", tmp_path / "state", "--listeners", "0") as system:
        again = system.json("submit", PROMPT, *DRAFT, "--id", first["id"], "--wait", "--json")
        assert again["result"]["images"][0]["path"] == first["result"]["images"][0]["path"]
        assert json.dumps(again["finished_at"]) == json.dumps(first["finished_at"])


def test_the_functions_run_beside_it_when_they_are_needed(tmp_path: Path) -> None:
    with running_system(tmp_path / "data", tmp_path / "state", "--listeners", "0", functions=True) as system:
        page = system.said().index("the page: http://")
        line = system.wait_for_line("functions: ")
        assert "on_task_finished" in line
        assert system.said().index("functions: ") > page, "the page doesn't wait for them"
