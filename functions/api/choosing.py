"""From a request to the tasks it asks for: what is left open is chosen, and everything is checked first."""

import hashlib
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from contract.errors import InvalidTask
from contract.params import PARAMS
from contract.prompts import parse_prompts
from contract.task import NewTask, parse_params
from functions.api import models
from functions.api.catalog import Catalog
from functions.api.contacts import contact_of
from functions.api.problems import Problem

# The option that names the model a renderer draws with.
MODEL_OPTION = {"clipdraw": "clip", "diffusion": "model", "pixeldraw": "clip", "vqgan_clip": "vqgan"}
UPLOADS = ("init_image", "mask")


@dataclass(frozen=True)
class Wanted:
    """One task that is asked for, and everything that is written with it."""

    id: str
    chosen: bool  # by the client: then it may be there already
    task: NewTask
    chosen_from: list[dict[str, Any]] | None
    contact: dict[str, str]

    def fields(self) -> dict[str, Any]:
        """The task's document, but for its times."""
        fields = self.task.fields()
        return fields | ({"chosen_from": self.chosen_from} if self.chosen_from else {})


def wanted(uid: str, asked: models.NewTask, catalog: Catalog, key: str | None, within: str = "") -> Wanted:
    """The task that a request means, with `key` that of its Idempotency-Key header.

    Whatever may be chosen is checked, whatever is chosen then: a request is either good or not, by no luck.
    The choice hangs on the id where there is one, so that the request sent again means the same task.
    Raises `Problem` naming the field; `within` is put before its name.
    """
    try:
        parse_prompts(asked.prompt)
        ways = _ways(uid, asked, catalog)
        contact = contact_of(asked.notify)
    except InvalidTask as error:
        raise Problem.of(error, within) from None
    id = asked.id or (_id_of(uid, key) if key else secrets.token_hex(10))
    known = asked.id or key
    lot = random.Random(f"{uid}/{id}") if known else random.SystemRandom()
    renderer, params = lot.choice(ways)
    return Wanted(
        id,
        bool(known),
        NewTask(uid=uid, prompt=asked.prompt, renderer=renderer, params=params, public=asked.public),
        [_told(way) for way in ways] if len(ways) > 1 else None,
        contact,
    )


def wanted_all(uid: str, asked: models.NewTasks, catalog: Catalog, key: str | None) -> list[Wanted]:
    """All tasks of a list. Raises `Problem` naming the one that can't be."""
    shared = {name: getattr(asked, name) for name in models.Drawing.model_fields}
    named = [
        (f"prompts.{number}", models.NewTask(prompt=prompt, **shared))
        for number, prompt in enumerate(asked.prompts)
    ] + [(f"tasks.{number}", task) for number, task in enumerate(asked.tasks)]
    if not 1 <= len(named) <= models.MOST_AT_ONCE:
        accepted = f"1 to {models.MOST_AT_ONCE} together with tasks"
        raise Problem.of(InvalidTask("prompts", f"{len(named)} in all", accepted))
    found = [
        wanted(uid, task, catalog, f"{key}/{number}" if key else None, within)
        for number, (within, task) in enumerate(named)
    ]
    ids: set[str] = set()
    for (within, _), one in zip(named, found, strict=True):
        if one.id in ids:
            raise Problem.of(InvalidTask("id", one.id, "another one for each task"), within)
        ids.add(one.id)
    return found


def _ways(uid: str, asked: models.NewTask, catalog: Catalog) -> list[tuple[str, dict[str, Any]]]:
    """Every renderer and options that the task may be drawn with, each checked."""
    given = asked.model if isinstance(asked.model, list) else [asked.model]
    alternatives: list[tuple[int | None, models.Alternative]] = [*enumerate(asked.alternatives)]
    alternatives = alternatives or [(None, models.Alternative())]
    ways: list[tuple[str, dict[str, Any]]] = []
    for (number, other), model in product(alternatives, given):
        renderer = other.renderer or asked.renderer
        params = {**asked.params, **other.params}
        try:
            params |= _model(renderer, params, other.model or model, catalog)
            check(uid, renderer, params, catalog)
        except InvalidTask as error:
            theirs = number is not None and _said_by(other, error)
            raise (_under(error, f"alternatives.{number}") if theirs else error) from None
        if (renderer, params) not in ways:
            ways.append((renderer, params))
    return ways


def _model(renderer: str, params: Mapping[str, Any], model: str | None, catalog: Catalog) -> dict[str, str]:
    if model is None:
        return {}
    option = MODEL_OPTION.get(renderer, "model")
    if option not in catalog.options(renderer):
        raise InvalidTask("model", model, f"left out: {renderer} has no choice of models")
    if option in params:
        raise InvalidTask(f"params.{option}", params[option], "left out where `model` is given")
    return {option: model}


def check(uid: str, renderer: str, params: dict[str, Any], catalog: Catalog) -> None:
    """Raises `InvalidTask` for options that the renderer can't be asked for, or another's pictures."""
    known = catalog.options(renderer)
    if renderer in PARAMS:
        parse_params(renderer, params)
    elif unknown := sorted(set(params) - set(known)):
        has = ", ".join(sorted(known))
        raise InvalidTask(f"params.{unknown[0]}", params[unknown[0]], f"left out: {renderer} has {has}")
    paths = [(f"params.{name}", params.get(name)) for name in UPLOADS]
    prompts = params.get("image_prompts")
    if isinstance(prompts, list):
        paths += [
            (f"params.image_prompts.{number}.image", prompt.get("image"))
            for number, prompt in enumerate(prompts)
            if isinstance(prompt, dict)
        ]
    for field, path in paths:
        if isinstance(path, str) and not path.startswith(f"uploads/{uid}/"):
            raise InvalidTask(field, path, f"a picture among your own: uploads/{uid}/…")


def _said_by(other: models.Alternative, error: InvalidTask) -> bool:
    """Whether it is the alternative that names the field, and not what stands beside all of them."""
    first, _, option = (error.field or "").partition(".")
    if first == "params":
        return option.partition(".")[0] in other.params or other.renderer is not None
    return getattr(other, first, None) is not None


def _under(error: InvalidTask, within: str) -> InvalidTask:
    return InvalidTask(f"{within}.{error.field}", error.value, error.accepted)


def _told(way: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """One of several ways as the task's document keeps it: the renderer and its model, if one was named."""
    renderer, params = way
    option = MODEL_OPTION.get(renderer, "model")
    return {"renderer": renderer} | ({"model": params[option]} if option in params else {})


def _id_of(uid: str, key: str) -> str:
    return hashlib.sha256(f"{uid}\0{key}".encode()).hexdigest()[:20]
