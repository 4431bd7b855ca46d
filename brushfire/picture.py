"""What `submit` and `render` were asked for, checked before anything is written or loaded."""

import argparse
import json
from typing import Any

from contract.errors import InvalidTask
from contract.params import Params
from contract.prompts import parse_prompts
from contract.task import parse_params
from renderers.run import learn_options


def written_params(args: argparse.Namespace) -> dict[str, Any]:
    """The options as a task document carries them: only those that were given.

    Raises `InvalidTask` naming the option that the renderer doesn't have, or can't take.
    """
    named = {name: getattr(args, name) for name in ("quality", "aspect", "size")}
    params = {name: value for name, value in named.items() if value is not None}
    if args.seed is not None:
        params["seed"] = _value(args.seed)
    for pair in args.param:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise InvalidTask("--param", pair, "NAME=VALUE")
        params[name] = _value(text)
    return params


def checked(args: argparse.Namespace) -> tuple[dict[str, Any], Params]:
    """The options as written, and as understood; `InvalidTask` also for a prompt that can't be read."""
    params = written_params(args)
    learn_options(args.renderer)
    options = parse_params(args.renderer, params)
    parse_prompts(args.prompt)
    return params, options


def _value(text: str) -> Any:
    """`3`, `0.5`, `true` and `[1, 2]` are what JSON says they are; anything else is a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
