"""Every document in one file, and back: JSON lines that a person can read and a program can compare.

The first line says what the file is and how many documents follow, so that a file cut short is noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from google.protobuf import json_format

from emulator.firestore.errors import FirestoreError
from emulator.firestore.messages import Document
from emulator.firestore.names import check_document_name

FORMAT = "firestore-export"
VERSION = 1


class ExportUnusable(ValueError):
    """The file isn't a whole export that this program reads. Nothing was imported."""


def write_export(file: Path, documents: Iterable[Document]) -> int:
    """Writes the documents and their times to `file`, which appears whole or not at all. Returns how many."""
    lines = [json_format.MessageToJson(document, indent=None, sort_keys=True) for document in documents]
    header = {"format": FORMAT, "version": VERSION, "documents": len(lines)}
    unfinished = file.with_name(file.name + ".new")
    with unfinished.open("w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in (json.dumps(header), *lines))
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)
    return len(lines)


def read_export(file: Path) -> list[Document]:
    """The documents in an export. Raises ExportUnusable naming the line that is wrong, or OSError."""
    with file.open(encoding="utf-8") as lines:
        expected = _read_header(file, next(lines, ""))
        documents = list(_read_documents(file, lines))
    if len(documents) != expected:
        raise ExportUnusable(f"{file} holds {len(documents)} of its {expected} documents: it was cut short")
    return documents


def _read_header(file: Path, line: str) -> int:
    try:
        header = json.loads(line)
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']!r}, not {FORMAT!r}")
        if header["version"] != VERSION:
            raise ValueError(f"it has version {header['version']}, this program reads version {VERSION}")
        return int(header["documents"])
    except (ValueError, KeyError, TypeError) as error:
        raise ExportUnusable(f"{file} is no export of Firestore's documents: {error}") from error


def _read_documents(file: Path, lines: Iterable[str]) -> Iterator[Document]:
    for number, line in enumerate(lines, start=2):
        try:
            document = json_format.Parse(line, Document())
            check_document_name(document.name)
        except (json_format.ParseError, FirestoreError) as error:
            raise ExportUnusable(f"{file}, line {number}: {error}") from error
        yield document
