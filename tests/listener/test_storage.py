"""A file is uploaded once, stays as it is, and opens in a browser."""

import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden, ServiceUnavailable
from google.cloud.storage import Blob

from contract.errors import Unreachable, UploadFailed
from listener import storage
from listener.firebase import Firebase, connect
from listener.settings import Settings
from listener.storage import TOKENS, FileStore


@pytest.fixture
def store(settings: Settings, client: Firebase) -> FileStore:
    return FileStore(client.bucket, settings.storage_host)


def opened(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def test_an_uploaded_file_opens_in_a_browser_and_is_kept_for_ever(store: FileStore) -> None:
    stored = store.put("results/t/1/image.png", b"picture", "image/png")
    assert stored.path == "results/t/1/image.png"
    content, headers = opened(stored.url)
    assert content == b"picture"
    assert headers["content-type"] == "image/png"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_address_holds_the_key_that_the_object_carries(store: FileStore, client: Firebase) -> None:
    stored = store.put("results/t/1/image.png", b"picture", "image/png")
    _, _, token = stored.url.partition("&token=")
    assert len(token) >= 16
    assert client.bucket.get_blob(stored.path).metadata == {TOKENS: token}


def test_the_object_says_whose_picture_it_is(store: FileStore, client: Firebase) -> None:
    stored = store.put("results/t/1/image.png", b"picture", "image/png", "alice")
    assert client.bucket.get_blob(stored.path).metadata["uid"] == "alice"


def test_a_file_on_disk_is_uploaded_too(store: FileStore, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(b"film" * 1000)
    assert opened(store.put("results/t/1/video.mp4", file, "video/mp4").url)[0] == b"film" * 1000


def test_a_path_with_anything_in_it_opens(store: FileStore) -> None:
    stored = store.put("results/a b+c?&#ü/1/image.png", b"picture", "image/png")
    assert opened(stored.url)[0] == b"picture"


def test_what_is_there_is_never_replaced(store: FileStore, client: Firebase) -> None:
    store.put("results/t/1/image.png", b"first", "image/png")
    with pytest.raises(UploadFailed, match="already there"):
        store.put("results/t/1/image.png", b"second", "image/png")
    assert client.bucket.blob("results/t/1/image.png").download_as_bytes() == b"first"


def test_a_second_try_takes_its_own_file_for_uploaded(store: FileStore) -> None:
    first = store.put("results/t/1/image.png", b"picture", "image/png")
    again = store.put("results/t/1/image.png", b"picture", "image/png")
    assert again == first
    assert opened(again.url)[0] == b"picture"


def test_an_upload_whose_answer_was_lost_succeeds(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_one_answer(store, monkeypatch)
    assert opened(store.put("results/t/1/image.png", b"picture", "image/png").url)[0] == b"picture"


def lose_one_answer(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next upload arrives, and the connection breaks before its answer."""
    session: Any = store._bucket.client._http
    send = session.request
    lost: list[str] = []

    def request(method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        answer = send(method, url, *args, **kwargs)
        if "/upload/" in url and not lost:
            lost.append(url)
            raise ConnectionError("the answer was lost")
        return answer

    monkeypatch.setattr(session, "request", request)


def test_a_file_without_a_key_gets_one(store: FileStore, client: Firebase) -> None:
    client.bucket.blob("results/t/1/image.png").upload_from_string(b"picture", content_type="image/png")
    assert opened(store.put("results/t/1/image.png", b"picture", "image/png").url)[0] == b"picture"


def test_a_storage_that_is_busy_is_no_fault_of_the_upload(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*args: Any, **kwargs: Any) -> None:
        raise ServiceUnavailable("later")

    monkeypatch.setattr(Blob, "upload_from_string", unavailable)
    with pytest.raises(Unreachable, match=r"results/t/1/image\.png.*ServiceUnavailable"):
        store.put("results/t/1/image.png", b"picture", "image/png")


def test_what_storage_refuses_is_a_failed_upload(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: Any, **kwargs: Any) -> None:
        raise Forbidden("not yours")

    monkeypatch.setattr(Blob, "upload_from_string", forbidden)
    with pytest.raises(UploadFailed, match=r"results/t/1/image\.png.*Forbidden") as error:
        store.put("results/t/1/image.png", b"picture", "image/png")
    assert error.value.retryable


def test_a_storage_that_does_not_answer_is_unreachable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage._PATIENCE, "retry", storage.RETRY.with_timeout(0.2))
    away = connect(replace(settings, storage_host="127.0.0.1:1"))
    with pytest.raises(Unreachable, match="ConnectionError|RetryError"):
        FileStore(away.bucket).put("results/t/1/image.png", b"picture", "image/png")
    away.close()


def test_what_is_for_listeners_alone_has_no_address(store: FileStore, client: Firebase) -> None:
    store.keep("checkpoints/t/1/5.npz", b"state")
    blob = client.bucket.get_blob("checkpoints/t/1/5.npz")
    assert TOKENS not in (blob.metadata or {})
    store.keep("checkpoints/t/1/5.npz", b"another")
    found = store.find("checkpoints/t/1/5.npz")
    assert found is not None
    assert (found.size, store.fetch(found)) == (5, b"state")


def test_a_file_that_went_after_it_was_found_gives_nothing(store: FileStore, client: Firebase) -> None:
    assert store.find("uploads/ann/cat.png") is None
    client.bucket.blob("uploads/ann/cat.png").upload_from_string(b"cat", content_type="image/png")
    found = store.find("uploads/ann/cat.png")
    assert found is not None
    assert (found.size, found.content_type) == (3, "image/png")
    client.bucket.blob("uploads/ann/cat.png").delete()
    assert store.fetch(found) is None


def test_a_folder_is_removed_and_nothing_beside_it(store: FileStore, client: Firebase) -> None:
    for path in ("checkpoints/t/1/5.npz", "checkpoints/t/2/9.npz", "checkpoints/t2/1/5.npz"):
        store.keep(path, b"state")
    assert store.remove_below("checkpoints/t/", but="checkpoints/t/2/9.npz") == 1
    left = {blob.name for blob in client.bucket.list_blobs()}
    assert left == {"checkpoints/t/2/9.npz", "checkpoints/t2/1/5.npz"}


def test_in_production_the_address_is_googles(client: Firebase) -> None:
    url = FileStore(client.bucket)._url("results/t/1/image.png", "key")
    assert url == (
        "https://firebasestorage.googleapis.com/v0/b/demo-brushfire.appspot.com/o/"
        "results%2Ft%2F1%2Fimage.png?alt=media&token=key"
    )
