"""Draws the page's sample pictures with the bundled weights: one a renderer, one a word of the style list.

python -m benchmarks.samples [--again] [--only colour] [--device cpu] [--threads 1]

What to draw stands in web/src/options/modifiers.json; the pictures go to web/public/samples/ together with
manifest.json, which tells of each its prompt, seed, options and model. Drawn is what the manifest doesn't
hold as it is asked for; `--again` draws everything. Prompts and seeds were picked by eye.
"""

import argparse
import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from contract.params import PARAMS
from contract.prompts import parse_prompts
from listener.png import encode_webp
from renderers import load
from renderers.base import Job, Rendering, Silent

WEB = Path(__file__).resolve().parent.parent / "web"
WORDS = WEB / "src" / "options" / "modifiers.json"
OUT = WEB / "public" / "samples"
MANIFEST = "manifest.json"
COMMAND = "python -m benchmarks.samples"
# Shown at half of it, for screens with two points a pixel.
PIXELS = 144
MOST_BYTES = 8 * 1024
# What draws the samples of words: the quickest.
RENDERER = "diffusion"
PREPOSITIONS = ("on", "in", "at", "by", "under", "with")


@dataclass(frozen=True)
class Sample:
    """One picture: its file below `OUT`, and all that makes it."""

    file: str
    renderer: str
    prompt: str
    seed: int
    params: dict[str, Any] = field(default_factory=dict)


def with_words(prompt: str, words: str, place: str) -> str:
    """A prompt with words added as the page adds them (web/src/options/words.ts)."""
    if place == "after":
        return f"{prompt}{' ' if words.split()[0] in PREPOSITIONS else ', '}{words}"
    article, _, rest = prompt.partition(" ")
    if article not in ("a", "an"):
        return f"{words} {prompt}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words} {rest}"


def file_of(group: str, words: str) -> str:
    """Where the sample of a word lies below `OUT`."""
    return f"{group}/{words.replace(' ', '-')}.webp"


def wanted(words: Path = WORDS) -> list[Sample]:
    """Every sample that the vocabulary asks for."""
    said = json.loads(words.read_text("utf-8"))
    own = said["renderers"]
    samples = [
        Sample(f"renderers/{name}.webp", name, own["prompt"], seed, own["params"])
        for name, seed in own["seeds"].items()
    ]
    for group in said["known"]:
        for added in group["words"]:
            prompt = with_words(group["prompt"], added, group["place"])
            file = file_of(group["group"], added)
            samples.append(Sample(file, RENDERER, prompt, group["seed"], {"size": 128}))
    return samples


def main() -> None:
    """Draw what is missing, write the manifest, remove what isn't asked for any more."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--again", action="store_true", help="draw all of them, not only what has changed")
    parser.add_argument("--only", default="", help="those whose file's name begins with this")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--models", help="the models folder; by default the repository's")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, help="of torch; by default as many as it takes")
    args = parser.parse_args()
    logging.disable()
    samples = wanted()
    held = held_in(args.out)
    due = [
        one
        for one in samples
        if one.file.startswith(args.only) and (args.again or not _is_drawn(one, held, args.out))
    ]
    if due:
        studio = Studio(args.models, args.device, args.threads)
        for number, sample in enumerate(due, 1):
            held[sample.file] = studio.draw(sample, args.out)
            _write(args.out, samples, held)
            Console().print(f"{number}/{len(due)} {sample.file}: {sample.prompt}")
    _write(args.out, samples, held)
    _tidy(args.out, samples)


def held_in(out: Path) -> dict[str, dict[str, Any]]:
    """The manifest's entries by file; none if there is no manifest."""
    manifest = out / MANIFEST
    entries = json.loads(manifest.read_text("utf-8"))["samples"] if manifest.exists() else []
    return {entry["file"]: entry for entry in entries}


class Studio:
    """The renderers, each set up when it is first needed."""

    def __init__(self, models: str | None, device: str, threads: int | None) -> None:
        # Whoever only wants to know what there is to draw needn't wait for torch.
        import torch

        from renderers.devices import resolve_device
        from renderers.weights import MODELS_FOLDER, ModelTable

        if threads:
            torch.set_num_threads(threads)
        self._models, self._device = ModelTable(models or MODELS_FOLDER), resolve_device(device)
        self._renderers: dict[str, Any] = {}

    def draw(self, sample: Sample, out: Path) -> dict[str, Any]:
        """Draw one, write its file, and return its entry of the manifest."""
        if sample.renderer not in self._renderers:
            renderer = load(sample.renderer)
            renderer.setup(self._device, self._models)
            self._renderers[sample.renderer] = renderer
        params = PARAMS[sample.renderer].model_validate(sample.params)
        job = Job(parse_prompts(sample.prompt), params, sample.seed)
        (done,) = self._renderers[sample.renderer].render([job], Silent())
        content = _small(done)
        path = out / sample.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return asdict(sample) | {
            "model": done.model,
            "model_hash": done.model_hash,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }


def _small(done: Rendering) -> bytes:
    for quality in (82, 70, 55, 40):
        content = encode_webp(done.images[0], PIXELS, quality)
        if len(content) <= MOST_BYTES:
            break
    return content


def _is_drawn(sample: Sample, held: dict[str, dict[str, Any]], out: Path) -> bool:
    entry = held.get(sample.file, {})
    return (out / sample.file).exists() and asdict(sample).items() <= entry.items()


def _write(out: Path, samples: list[Sample], held: dict[str, dict[str, Any]]) -> None:
    entries = [held[sample.file] for sample in samples if sample.file in held]
    text = json.dumps({"made_by": COMMAND, "samples": entries}, indent=1, ensure_ascii=False)
    out.mkdir(parents=True, exist_ok=True)
    (out / MANIFEST).write_text(text + "\n", "utf-8")


def _tidy(out: Path, samples: list[Sample]) -> None:
    files = {out / sample.file for sample in samples}
    for path in out.glob("*/*.webp"):
        if path not in files:
            path.unlink()


if __name__ == "__main__":
    main()
