"""Files of settings that people edit, too: what is in them and isn't ours stays as it is."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from contract.errors import SetupError

LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)")


def read(file: Path) -> dict[str, str]:
    """The variables of a file of NAME=value lines, empty if there is none."""
    if not file.is_file():
        return {}
    found = (LINE.fullmatch(line) for line in file.read_text("utf-8").splitlines())
    return {match[1]: match[2].strip().strip("\"'") for match in found if match}


def update(file: Path, variables: Mapping[str, str]) -> bool:
    """Give these variables these values, each in its line; whether that changed the file.

    A value that a shell would take apart is quoted, so that `. ./.env` reads what was meant.
    """
    before = file.read_text("utf-8") if file.is_file() else ""
    left = dict(variables)
    lines = []
    for line in before.splitlines():
        match = LINE.fullmatch(line)
        if match is None or match[1] not in variables:
            lines.append(line)
        elif match[1] in left:
            lines.append(f"{match[1]}={_quoted(left.pop(match[1]))}")
    lines += [f"{name}={_quoted(value)}" for name, value in left.items()]
    return _written(file, "".join(f"{line}\n" for line in lines), before)


def set_default_project(file: Path, project: str) -> bool:
    """Name the default project in a .firebaserc; whether that changed it."""
    before = file.read_text("utf-8") if file.is_file() else ""
    try:
        content = json.loads(before or "{}")
        projects = content.setdefault("projects", {})
        projects["default"] = project
    except (ValueError, AttributeError, TypeError):
        raise SetupError(f"{file} is no JSON object with `projects`; mend or remove it") from None
    return _written(file, json.dumps(content, indent=2) + "\n", before)


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w@%+=:,./-]*", value) else "'" + value.replace("'", "'\\''") + "'"


def _written(file: Path, text: str, before: str) -> bool:
    if text == before:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return True
