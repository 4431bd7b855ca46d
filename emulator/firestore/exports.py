"""Documents in one file, and back: JSON lines that a person can read and a program can compare.

The first line says what the file is and how many documents follow, so that a file cut short is noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from google.protobuf import json_format

from emulator import json_text
from emulator.firestore.errors import FirestoreError
from emulator.firestore.limits import check_document
from emulator.firestore.messages import Document
from emulator.firestore.names import check_document_name

FORMAT = "firestore-export"
VERSION = 1
MAX_LINE_BYTES = 64 << 20  # a document of 1 MiB takes no more, whatever it holds


class ExportUnusable(ValueError):
    """The file isn't a whole export that this program reads. Nothing was imported."""


def export_lines(documents: Sequence[bytes]) -> Iterator[str]:
    """The lines of an export, with their ends. `documents` are as they are stored."""
    yield json.dumps({"format": FORMAT, "version": VERSION, "documents": len(documents)}) + "\n"
    for body in documents:
        document = Document.FromString(body)
        yield json_format.MessageToJson(document, indent=None, sort_keys=True) + "\n"


def write_export(file: Path, documents: Sequence[bytes]) -> None:
    """Writes the documents and their times to `file`, which appears whole or not at all."""
    unfinished = file.with_name(file.name + ".new")
    with unfinished.open("w", encoding="utf-8") as out:
        out.writelines(export_lines(documents))
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)


def read_export(file: Path) -> list[Document]:
    """The documents in an export. Raises ExportUnusable naming the line that is wrong, or OSError."""
    reader = ExportReader()
    try:
        with file.open("rb") as data:
            while part := data.read(1 << 16):
                reader.feed(part)
        return reader.finish()
    except ExportUnusable as error:
        raise ExportUnusable(f"{file}: {error}") from error


class ExportReader:
    """Checks an export as it arrives, in parts of any size. Below `root` alone, where one is given."""

    def __init__(self, root: str = "") -> None:
        self._prefix = f"{root}/" if root else ""
        self._line = 0
        self._rest = b""
        self._expected = 0
        self._documents: dict[str, Document] = {}

    def feed(self, data: bytes) -> None:
        """Raises ExportUnusable naming the line that is wrong."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0], self._rest = self._rest + lines[0], b""
        self._rest += rest
        for line in lines:
            self._take(line)
        if len(self._rest) > MAX_LINE_BYTES:
            raise ExportUnusable(f"line {self._line + 1} is longer than {MAX_LINE_BYTES:,} bytes")

    def finish(self) -> list[Document]:
        """Every document. Raises ExportUnusable when some are missing."""
        if self._rest or not self._line:
            self._take(self._rest)
        if len(self._documents) != self._expected:
            raise ExportUnusable(
                f"it holds {len(self._documents)} of its {self._expected} documents: it was cut short"
            )
        return list(self._documents.values())

    def _take(self, line: bytes) -> None:
        self._line += 1
        if self._line == 1:
            self._expected = _read_header(line)
            return
        try:
            document = json_format.ParseDict(json_text.parse(line), Document())
            self._check(document)
        except FirestoreError as error:
            raise ExportUnusable(f"line {self._line}: {error.message}") from error
        except (json_format.ParseError, AttributeError, TypeError, ValueError) as error:
            raise ExportUnusable(f"line {self._line}: {error}") from error
        self._documents[document.name] = document

    def _check(self, document: Document) -> None:
        check_document_name(document.name)
        check_document(document)
        if not document.name.startswith(self._prefix):
            raise ValueError(f"{document.name} isn't below {self._prefix.rstrip('/')}")
        if document.name in self._documents:
            raise ValueError(f"{document.name} is in the file twice")


def _read_header(line: bytes) -> int:
    try:
        header = json_text.parse(line)
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']!r:.40}, not {FORMAT!r}")
        if header["version"] != VERSION:
            raise ValueError(
                f"it has version {header['version']!r:.40}, this program reads version {VERSION}"
            )
        return int(header["documents"])
    except KeyError as error:
        raise ExportUnusable(f"line 1 is no header of an export: it has no {error}") from error
    except (ValueError, TypeError) as error:
        raise ExportUnusable(f"line 1 is no header of an export: {error}") from error
