"""Where pictures to begin from are sent: an address of Cloud Storage's own, good for one file.

A resumable session is opened in the caller's name. Its address is all that is needed to send the file, here
as in production, and Storage takes exactly the declared type and size; no byte of it passes through here, and
the functions need no right to sign.
"""

import secrets
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from requests.exceptions import RequestException

from contract.errors import Unreachable
from functions.api import models
from functions.api.buckets import charge
from listener.edge import Edge, server_errors

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def open_upload(
    edge: Edge, bucket: storage.Bucket, uid: str, asked: models.NewUpload, origin: str | None
) -> models.UploadView:
    """An address for one picture, counted like a task. Raises `Problem` (429), or `Unreachable`.

    `origin` is that of the page which asks, and may send the file then.
    """
    _count(edge, uid)
    path = f"uploads/{uid}/{secrets.token_hex(10)}.{ENDINGS[asked.content_type]}"
    try:
        url = bucket.blob(path).create_resumable_upload_session(
            content_type=asked.content_type, size=asked.size, origin=origin, if_generation_match=0, timeout=15
        )
    except (GoogleAPICallError, GoogleAuthError, RequestException) as error:
        raise Unreachable(f"Cloud Storage gives no address ({type(error).__name__}: {error})") from error
    return models.UploadView(path=path, url=url, headers={"Content-Type": asked.content_type})


def _count(edge: Edge, uid: str) -> None:
    limit = edge.db.collection("api_limits").document(uid)

    def write(transaction: Any) -> None:
        sent = edge.clock.sending()
        known = limit.get(transaction=transaction)
        edge.clock.learn(known.read_time, sent)
        transaction.set(limit, charge(known.to_dict(), edge.clock.now(), 1))

    with server_errors():
        edge.transact(write)
