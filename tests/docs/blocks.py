"""The pieces of code in the documentation, to be executed."""

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"


def blocks(file: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    text = (DOCS / file).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
