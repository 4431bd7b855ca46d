"""What a renderer is: the contract that each of them fulfils, and that one test suite checks.

A renderer knows nothing of queues, files or clouds. It is given jobs and a `watch`, through which it
speaks; whoever calls it decides what becomes of steps, frames and checkpoints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from contract.params import Params
from contract.prompts import Prompt

# height × width × 3, RGB, uint8
Image = NDArray[np.uint8]

# What a renderer needs to go on from a step: tensors (numpy arrays) and plain numbers by name.
State = Mapping[str, Any]

P = TypeVar("P", bound=Params)
M = TypeVar("M")


@dataclass(frozen=True)
class Job(Generic[P]):
    """One picture to make."""

    prompts: tuple[Prompt, ...]
    params: P
    seed: int
    init_image: Image | None = None
    # White where the init image is to be painted anew: height × width, uint8.
    mask: NDArray[np.uint8] | None = None
    # Pictures to draw towards, each with its weight.
    image_prompts: tuple[tuple[Image, float], ...] = ()
    resume: State | None = None


@dataclass(frozen=True)
class Rendering:
    """One finished job. Its frames went to `watch.step` as they came."""

    images: list[Image]
    score: float | None = None
    svg: str | None = None
    # The model's key and hash, and whatever else explains the picture.
    model: str | None = None
    model_hash: str | None = None
    facts: dict[str, str | int | float] = field(default_factory=dict)


class Watch(Protocol):
    """How a renderer speaks while it works.

    Either method may raise `Cancelled`, `Draining` or `LostClaim` (`contract.errors.Interrupted`): the
    renderer lets it pass, and so stops within one step.
    """

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        """Step `i` of `n` (1-based) of a job is done; `image` is what it looks like now, if it was made."""

    def checkpoint(self, state: State, *, job: int = 0) -> None:
        """Hand out what is needed to go on from here. Called when `wants_checkpoint` says so."""

    def wants_checkpoint(self) -> bool:
        """Whether the state is wanted now: asked for at each step, as handing it out costs time."""


class Weights(Protocol):
    """Where a renderer's weights come from: folders on this machine, by key of `models.toml`."""

    def folder(self, kind: str, key: str | None = None) -> "Located":
        """The folder of a model of a kind ('clip'): the one asked for by key, or the operator's choice.

        Raises `InvalidTask` naming `params.<kind>` for an unknown key, `MissingWeights` or `DamagedWeights`
        with the command that helps.
        """

    def loaded(self, kind: str, key: str | None, load: "Callable[[Located], M]") -> "M":
        """A model ready for use: what `load` makes of its folder, kept for the next task.

        Several models share the device's memory, and the one that was used least recently goes first: a
        renderer asks anew for each render, and holds none between two. Raises as `folder` does.
        """


@dataclass(frozen=True)
class Located:
    """Weights found on this machine."""

    key: str
    path: str
    sha256: str
    # What a renderer should know of them, in words of `models.toml`: 'robust'.
    traits: frozenset[str] = frozenset()
    # The model's files that were checked, by their names below `path`: nothing else there is to be read.
    files: tuple[str, ...] = ()
    # 'sd15', 'sdxl', 'flux': what a LoRA must be made for to fit; of a LoRA, the keys or families it is for.
    family: str | None = None
    fits: tuple[str, ...] = ()
    # The side of the square pictures that it was trained on, in pixels.
    native_size: int | None = None
    # Options that suit it better than the renderer's own defaults: steps, guidance, scheduler.
    defaults: Mapping[str, int | float | str] = field(default_factory=dict)


class Renderer(Protocol[P]):
    """One per process and device."""

    name: ClassVar[str]
    summary: ClassVar[str]
    Params: type[P]

    def setup(self, device: str, models: Weights) -> None:
        """Load weights once, onto `device` ('cpu', 'cuda:0')."""

    def render(self, jobs: Sequence[Job[P]], watch: Watch) -> list[Rendering]:
        """Render compatible jobs, one `Rendering` each, in order."""


class Silent:
    """A watch that nobody reads: for rendering without a queue, and for tests."""

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        """Nobody looks."""

    def checkpoint(self, state: State, *, job: int = 0) -> None:
        """Nobody keeps it."""

    def wants_checkpoint(self) -> bool:
        """Never."""
        return False
