"""The page's sample pictures are those that their manifest tells of, and that the vocabulary asks for."""

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.samples import COMMAND, MANIFEST, MOST_BYTES, OUT, Sample, held_in, wanted, with_words


def test_every_sample_is_there_as_it_was_asked_for() -> None:
    held = held_in(OUT)
    assert [sample.file for sample in wanted()] == list(held)
    for sample in wanted():
        entry = held[sample.file]
        assert Sample(**{name: entry[name] for name in asdict(sample)}) == sample
        assert entry["model"].startswith("starter-")
        assert len(entry["model_hash"]) == 64


def test_each_file_is_the_one_that_the_manifest_tells_of() -> None:
    held = held_in(OUT)
    assert {path.relative_to(OUT).as_posix() for path in OUT.glob("*/*")} == set(held)
    for file, entry in held.items():
        content = (OUT / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], file
        assert len(content) == entry["bytes"] <= MOST_BYTES
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.size[0] == picture.size[1] >= 128


def test_the_manifest_says_what_makes_the_files() -> None:
    assert json.loads((OUT / MANIFEST).read_text())["made_by"] == COMMAND


@pytest.mark.parametrize(
    ("prompt", "words", "place", "expected"),
    [
        ("a boat", "at night", "after", "a boat at night"),
        ("a boat", "watercolor", "after", "a boat, watercolor"),
        ("a boat", "orange", "before", "an orange boat"),
        ("boats", "red", "before", "red boats"),
    ],
)
def test_words_are_added_as_a_person_would(prompt: str, words: str, place: str, expected: str) -> None:
    assert with_words(prompt, words, place) == expected


def test_a_word_that_is_added_to_the_list_has_to_be_drawn(tmp_path: Path) -> None:
    words = tmp_path / "modifiers.json"
    group = {"group": "colour", "place": "before", "prompt": "a tree", "seed": 1, "words": ["red"]}
    own = {"prompt": "a tree", "params": {}, "seeds": {}}
    words.write_text(json.dumps({"renderers": own, "known": [group]}))
    (sample,) = wanted(words)
    assert sample == Sample("colour/red.webp", "diffusion", "a red tree", 1, {"size": 128})
    assert sample.file in held_in(OUT)
    assert held_in(OUT)[sample.file]["prompt"] != sample.prompt
