"""LoRAs by their keys: read from the task, put into a pipeline once, switched for each render."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.errors import DamagedWeights, InvalidTask
from renderers.base import Located, Weights
from renderers.diffusion_models import DiffusionModel
from renderers.quiet import quiet

FIELD = "params.loras"
MOST = 5
# A LoRA that isn't used stays in the pipeline, switched off, until there are more than these.
KEPT = 8
ACCEPTED = "keys of LoRAs with weights between -4 and 4, such as 'one:0.8, another'"


@dataclass(frozen=True)
class Lora:
    """A LoRA that a task asks for."""

    key: str
    weight: float = 1.0


def parse_loras(text: str | None) -> tuple[Lora, ...]:
    """The LoRAs of `params.loras`, in order. Raises `InvalidTask` naming it."""
    loras = []
    for part in (text or "").split(","):
        key, colon, number = part.strip().partition(":")
        if not key and not colon:
            continue
        try:
            lora = Lora(key.strip(), float(number) if colon else 1.0)
        except ValueError:
            raise InvalidTask(FIELD, text, ACCEPTED) from None
        if not lora.key or not -4 <= lora.weight <= 4:
            raise InvalidTask(FIELD, text, ACCEPTED)
        loras.append(lora)
    if len(loras) > MOST or len({lora.key for lora in loras}) < len(loras):
        raise InvalidTask(FIELD, text, f"at most {MOST} LoRAs, each once")
    return tuple(loras)


def located_loras(loras: Sequence[Lora], models: Weights, model: Located) -> list[Located]:
    """Where they lie. Raises `InvalidTask` for one that is unknown or made for another model."""
    found = []
    for lora in loras:
        try:
            located = models.folder("lora", lora.key)
        except InvalidTask as error:
            raise InvalidTask(FIELD, lora.key, error.accepted) from None
        if not {model.key, model.family} & set(located.fits):
            raise InvalidTask(FIELD, lora.key, f"one for {model.key}: it is for {', '.join(located.fits)}")
        found.append(located)
    return found


def defaults_of(located: Sequence[Located]) -> dict[str, int | float | str]:
    """What the LoRAs say of steps, guidance and scheduler (those of few steps do); the last one wins."""
    defaults: dict[str, int | float | str] = {}
    for lora in located:
        defaults.update(lora.defaults)
    return defaults


@contextmanager
def with_loras(model: DiffusionModel, loras: Sequence[Lora], located: Sequence[Located]) -> Iterator[None]:
    """The model as these LoRAs make it; afterwards it is again as if it knew none.

    Raises `DamagedWeights` for files that are no LoRA of this model.
    """
    if not loras:
        yield
        return
    for lora in located:
        _put_in(model, lora)
    names = [_name(lora) for lora in located]
    try:
        model.pipe.enable_lora()
        model.pipe.set_adapters(names, [lora.weight for lora in loras])
        yield
    finally:
        model.pipe.disable_lora()
        _forget_oldest(model)


def active(loras: Sequence[Lora]) -> tuple[tuple[str, float], ...]:
    """What tells apart texts read with other LoRAs in the text towers."""
    return tuple((lora.key, lora.weight) for lora in loras)


def _put_in(model: DiffusionModel, lora: Located) -> None:
    name = _name(lora)
    if name in model.adapters:
        # The most recently used are last.
        model.adapters[name] = model.adapters.pop(name)
        return
    try:
        # They warn of a second LoRA, and of parts that it has nothing for: we look ourselves.
        with warnings.catch_warnings(), quiet("diffusers"):
            warnings.simplefilter("ignore")
            model.pipe.load_lora_weights(_tensors(lora), adapter_name=name)
    except Exception as error:
        # What it put in before it failed must not stay.
        _take_out(model, name)
        raise DamagedWeights(
            f"{lora.key}: {lora.path} can't be put into {model.located.key}: {error}"
        ) from error
    if name not in _adapters(model):
        raise DamagedWeights(f"{lora.key}: {lora.path} has nothing for any part of {model.located.key}")
    model.adapters[name] = lora.sha256


def _forget_oldest(model: DiffusionModel) -> None:
    while len(model.adapters) > KEPT:
        name = next(iter(model.adapters))
        _take_out(model, name)
        del model.adapters[name]
    if not model.adapters:
        model.pipe.unload_lora_weights()


def _take_out(model: DiffusionModel, name: str) -> None:
    if name in _adapters(model):
        model.pipe.delete_adapters(name)


def _adapters(model: DiffusionModel) -> set[str]:
    """The names of the LoRAs in any part of a pipeline."""
    lists: Mapping[str, list[str]] = model.pipe.get_list_adapters()
    return {name for names in lists.values() for name in names}


def _name(lora: Located) -> str:
    """An adapter's name: names of modules can't hold dots. A changed file is another adapter."""
    return f"{lora.key}-{lora.sha256[:12]}".replace(".", "_")


def _tensors(lora: Located) -> dict[str, Any]:
    from safetensors.torch import load_file

    tensors: dict[str, Any] = {}
    for name in lora.files:
        if name.endswith(".safetensors"):
            tensors |= load_file(Path(lora.path) / name)
    return tensors
