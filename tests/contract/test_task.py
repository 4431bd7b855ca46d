"""Documents are parsed once, and a bad one names its field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contract.errors import InvalidTask
from contract.params import PARAMS, GuidedParams, PixeldrawParams
from contract.task import Status, Task, parse_params

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def document(**fields: Any) -> dict[str, Any]:
    """A queued task as a client writes it."""
    written = {
        "uid": "someone",
        "prompt": "a red circle",
        "renderer": "pixeldraw",
        "params": {"quality": "draft"},
        "public": False,
        "status": "queued",
        "created_at": NOW,
        "rank": NOW,
        "cancel_requested": False,
    }
    return {name: value for name, value in {**written, **fields}.items() if value is not ...}


def test_a_document_as_clients_write_it_becomes_a_task() -> None:
    task = Task.from_document("t1", document())
    assert task.id == "t1"
    assert task.status is Status.QUEUED
    assert task.options() == PixeldrawParams(quality="draft")
    assert [prompt.text for prompt in task.prompts()] == ["a red circle"]


def test_a_claim_inside_the_document_is_parsed_too() -> None:
    claim = {"worker": "w", "id": "c", "epoch": 2, "at": NOW, "lease_until": NOW}
    task = Task.from_document("t1", document(status="running", claim=claim))
    assert task.claim is not None
    assert task.claim.epoch == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ...}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"uid": ""}, "uid"),
        ({"renderer": None}, "renderer"),
        ({"public": "yes"}, "public"),
        ({"params": ["a"]}, "params"),
        ({"status": "sleeping"}, "status"),
        ({"created_at": "today"}, "created_at"),
        ({"attempt": "1"}, "attempt"),
        ({"claim": {"worker": 1}}, "claim.worker"),
    ],
)
def test_a_bad_document_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidTask) as caught:
        Task.from_document("t1", document(**change))
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize(
    ("renderer", "params", "field", "said"),
    [
        ("oilpaint", {}, "renderer", "one of clipdraw"),
        ("pixeldraw", {"brush": 3}, "params.brush", "pixeldraw has aspect"),
        ("pixeldraw", {"quality": "great"}, "params.quality", "'draft', 'normal'"),
        ("pixeldraw", {"iterations": 0}, "params.iterations", "greater than or equal to 1"),
        ("pixeldraw", {"iterations": "12"}, "params.iterations", "valid integer"),
        ("pixeldraw", {"size": 10**6}, "params.size", "less than or equal to 2048"),
        ("pixeldraw", {"seed": 1.5}, "params.seed", "valid integer or a valid string"),
        ("pixeldraw", {"seed": 2**63}, "params.seed", "less than"),
    ],
)
def test_a_bad_option_names_itself_and_what_is_accepted(
    renderer: str, params: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InvalidTask) as caught:
        parse_params(renderer, params)
    assert caught.value.field == field
    assert said in str(caught.value)


@pytest.mark.parametrize("renderer", sorted(PARAMS))
def test_every_option_has_a_default_and_a_line_of_help(renderer: str) -> None:
    options = PARAMS[renderer].model_json_schema()["properties"]
    assert parse_params(renderer, {}) is not None
    assert all(option.get("description") for option in options.values()), options
    assert all("\n" not in option["description"] for option in options.values())


@pytest.mark.parametrize(
    "path",
    [
        "uploads/ann/../ben/a.png", "uploads/ann/.hidden", "uploads//a.png", "results/t/1/a.png",
        "/etc/passwd", "uploads/ann", "uploads/ann/a b.png", "uploads/ann/" + "a" * 300,
        "https://example.org/a.png", "",
    ],
)  # fmt: skip
def test_only_paths_of_uploads_name_a_picture(path: str) -> None:
    for params in ({"init_image": path}, {"image_prompts": [{"image": path}]}):
        with pytest.raises(InvalidTask) as caught:
            parse_params("pixeldraw", params)
        assert str(caught.value.field).startswith(("params.init_image", "params.image_prompts.0.image"))


def test_a_task_may_name_uploads_and_several_clips() -> None:
    params = {
        "init_image": "uploads/ann/2026/a-1.png",
        "image_prompts": [{"image": "uploads/ann/b.webp", "weight": -0.5}],
        "clip": "one, two,one",
    }
    options = parse_params("pixeldraw", params)
    assert options.init_image == "uploads/ann/2026/a-1.png"
    assert isinstance(options, GuidedParams)
    assert [(prompt.image, prompt.weight) for prompt in options.image_prompts] == [
        ("uploads/ann/b.webp", -0.5)
    ]
    assert options.clips() == ["one", "two"]
    assert GuidedParams().clips() == [None]
