"""The listener's log: one line an event, for a person or, with BRUSHFIRE_LOG=json, for a machine.

12:30:05 claimed       task=3f2a… worker=desk-812-9c01 epoch=1 attempt=1
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from contract.events import Ended, Event, Lost, WorkerChanged
from listener.settings import LogFormat

logger = logging.getLogger("brushfire")
_FIELDS = "brushfire_fields"


def configure(form: LogFormat) -> None:
    """Send this process's log to standard error in one of the two forms."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def log_event(event: Event) -> None:
    """One line for an event."""
    level = logging.INFO
    if isinstance(event, Ended | Lost):
        level = logging.WARNING
    elif isinstance(event, WorkerChanged):
        level = logging.DEBUG  # the tasks' own lines say the same
    log(event.action, level, **event.model_dump(exclude_none=True))


def log(
    action: str, level: int = logging.INFO, exc_info: bool | BaseException = False, **fields: Any
) -> None:
    """One line: what was done, and to what."""
    logger.log(level, action, extra={_FIELDS: fields}, exc_info=exc_info)


class TextLines(logging.Formatter):
    """Readable in a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        fields = " ".join(f"{name}={_shown(value)}" for name, value in _fields(record).items())
        line = f"{at} {record.getMessage():<15} {fields}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {"at": at, "level": record.levelname, "action": record.getMessage(), **_fields(record)}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str, ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, _FIELDS, {})
    return fields


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%H:%M:%S")
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text
