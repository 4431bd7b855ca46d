"""Tasks as listeners leave them, with their files."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

PROMPT = "a red circle"


def thumbnail() -> bytes:
    """A small WebP, red all over."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 20, 20)).save(buffer, "WEBP")
    return buffer.getvalue()


def stored(task: str, name: str) -> dict[str, str]:
    """A file of a task's result."""
    path = f"results/{task}/1/{name}"
    return {"path": path, "url": f"https://files.example/{path}?token=t&alt=media"}


def result(task: str) -> dict[str, Any]:
    """What a finished task gave."""
    return {
        "images": [stored(task, "image.png")],
        "thumbnail": stored(task, "thumbnail.webp"),
        "video": stored(task, "video.mp4"),
        "width": 64,
        "height": 48,
        "seed": 7,
        "seconds": 12.4,
        "versions": {},
    }


def running(**fields: Any) -> dict[str, Any]:
    """The document of a task that a listener works on."""
    now = datetime.now(UTC)
    claim = {
        "worker": "desk-1",
        "id": "c1",
        "epoch": 1,
        "at": now,
        "lease_until": now + timedelta(seconds=30),
    }
    return {
        "uid": "ann",
        "prompt": PROMPT,
        "renderer": "pixeldraw",
        "params": {},
        "public": False,
        "status": "running",
        "cancel_requested": False,
        "attempt": 1,
        "claim": claim,
        "created_at": now,
        "rank": now,
        **fields,
    }


def done(task: str, **fields: Any) -> dict[str, Any]:
    """The fields that change when it is done."""
    now = datetime.now(UTC)
    return {
        "status": "done",
        "result": result(task),
        "finished_at": now,
        "expires_at": now + timedelta(days=30),
        **fields,
    }
