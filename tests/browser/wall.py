"""A gallery full of pictures, as if many people had drawn them: written by the server, no listener needed."""

import io
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from brushfire.running import Addresses
from listener.firebase import Firebase, connect
from listener.settings import Settings
from listener.storage import FileStore

RENDERERS = ("diffusion", "pixeldraw", "clipdraw")
SHAPES = ((320, 320), (320, 214), (214, 320))
NEWEST = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT_ONCE = 250
HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> "
    "\u202egnihtyna \u2066{{window.hacked = 3}} javascript:window.hacked=4 " + "a" + "\u0301\u0489" * 950
)


@dataclass(frozen=True)
class Painted:
    """One picture of the wall; `minutes` before the newest it was done."""

    id: str
    minutes: int
    prompt: str
    renderer: str
    likes: int
    shape: int


def pictures(count: int) -> list[Painted]:
    """As many as asked for, newest first. Every seventh is liked, each more than the one before."""
    return [
        Painted(
            id=f"p{number:03}",
            minutes=number,
            prompt=f"picture number {number}",
            renderer=RENDERERS[number % len(RENDERERS)],
            likes=number if number % 7 == 0 else 0,
            shape=number % len(SHAPES),
        )
        for number in range(count)
    ]


class Wall:
    """The server's view of a local Firebase whose gallery has pictures."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.firebase: Firebase = connect(Settings.from_environment(addresses.environment()))

    def hang(self, painted: Sequence[Painted]) -> None:
        """Write the pictures, and the few files that they share."""
        store = FileStore(self.firebase.bucket, self.addresses.storage)
        files = [store.put(f"results/shared/{n}.webp", webp(n), "image/webp") for n in range(len(SHAPES))]
        for start in range(0, len(painted), AT_ONCE):
            batch = self.firebase.db.batch()
            for one in painted[start : start + AT_ONCE]:
                batch.set(
                    self.firebase.db.document(f"queue/{one.id}"), document(one, files[one.shape].fields())
                )
            batch.commit()

    def document(self, path: str) -> dict[str, Any]:
        """A document as it is stored."""
        found: dict[str, Any] = self.firebase.db.document(path).get().to_dict()
        return found

    def likes(self, id: str) -> tuple[int, int]:
        """A picture's count, and how many likes there are to count."""
        return self.document(f"queue/{id}")["likes"], len(
            self.firebase.db.collection(f"queue/{id}/likes").get()
        )

    def operator(self, email: str, password: str) -> str:
        """An account with the claim `operator`; its id."""
        made = self._auth("accounts", {"email": email, "password": password})
        claims = json.dumps({"operator": True})
        self._auth("accounts:update", {"localId": made["localId"], "customAttributes": claims})
        uid: str = made["localId"]
        return uid

    def _auth(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"http://{self.addresses.auth}/identitytoolkit.googleapis.com/v1/projects/{self.addresses.project}"
        headers = {"Authorization": "Bearer owner", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/{method}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


def document(one: Painted, file: dict[str, Any]) -> dict[str, Any]:
    """A finished task, as the listener leaves it."""
    done = NEWEST - timedelta(minutes=one.minutes)
    width, height = SHAPES[one.shape]
    result = {
        "images": [file],
        "thumbnail": file,
        "width": width,
        "height": height,
        "seed": one.minutes,
        "seconds": 3.5,
    }
    return {
        "uid": "painter",
        "prompt": one.prompt,
        "renderer": one.renderer,
        "params": {},
        "public": True,
        "status": "done",
        "hidden": False,
        "likes": one.likes,
        "cancel_requested": False,
        "created_at": done - timedelta(minutes=1),
        "rank": done - timedelta(minutes=1),
        "finished_at": done,
        "result": result,
    }


def webp(number: int) -> bytes:
    """A small picture, of a colour and shape of its own."""
    buffer = io.BytesIO()
    colour = ((190, 90, 40), (60, 110, 140), (110, 140, 70))[number]
    Image.new("RGB", SHAPES[number], colour).save(buffer, "WEBP")
    return buffer.getvalue()
