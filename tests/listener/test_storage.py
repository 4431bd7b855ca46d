"""A file is uploaded once, stays as it is, and opens in a browser."""

import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable

from contract.errors import UploadFailed
from listener import storage
from listener.firebase import Firebase, connect
from listener.settings import Settings
from listener.storage import TOKENS, ResultStore


@pytest.fixture
def store(settings: Settings, client: Firebase) -> ResultStore:
    return ResultStore(client.bucket, settings.storage_host)


def opened(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def test_an_uploaded_file_opens_in_a_browser_and_is_kept_for_ever(store: ResultStore) -> None:
    stored = store.put("results/t/1/image.png", b"picture", "image/png")
    assert stored.path == "results/t/1/image.png"
    content, headers = opened(stored.url)
    assert content == b"picture"
    assert headers["content-type"] == "image/png"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_address_holds_the_key_that_the_object_carries(store: ResultStore, client: Firebase) -> None:
    stored = store.put("results/t/1/image.png", b"picture", "image/png")
    _, _, token = stored.url.partition("&token=")
    assert len(token) >= 16
    assert client.bucket.get_blob(stored.path).metadata == {TOKENS: token}


def test_a_file_on_disk_is_uploaded_too(store: ResultStore, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(b"film" * 1000)
    assert opened(store.put("results/t/1/video.mp4", file, "video/mp4").url)[0] == b"film" * 1000


def test_a_path_with_anything_in_it_opens(store: ResultStore) -> None:
    stored = store.put("results/a b+c?&#ü/1/image.png", b"picture", "image/png")
    assert opened(stored.url)[0] == b"picture"


def test_what_is_there_is_never_replaced(store: ResultStore, client: Firebase) -> None:
    store.put("results/t/1/image.png", b"first", "image/png")
    with pytest.raises(UploadFailed, match="already there"):
        store.put("results/t/1/image.png", b"second", "image/png")
    assert client.bucket.blob("results/t/1/image.png").download_as_bytes() == b"first"


def test_a_second_try_takes_its_own_file_for_uploaded(store: ResultStore) -> None:
    first = store.put("results/t/1/image.png", b"picture", "image/png")
    again = store.put("results/t/1/image.png", b"picture", "image/png")
    assert again == first
    assert opened(again.url)[0] == b"picture"


def test_an_upload_whose_answer_was_lost_succeeds(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_one_answer(store, monkeypatch)
    assert opened(store.put("results/t/1/image.png", b"picture", "image/png").url)[0] == b"picture"


def lose_one_answer(store: ResultStore, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_file_without_a_key_gets_one(store: ResultStore, client: Firebase) -> None:
    client.bucket.blob("results/t/1/image.png").upload_from_string(b"picture", content_type="image/png")
    assert opened(store.put("results/t/1/image.png", b"picture", "image/png").url)[0] == b"picture"


def test_googles_errors_become_a_failed_upload(
    store: ResultStore, client: Firebase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from google.cloud.storage import Blob

    def unavailable(*args: Any, **kwargs: Any) -> None:
        raise ServiceUnavailable("later")

    monkeypatch.setattr(Blob, "upload_from_string", unavailable)
    with pytest.raises(UploadFailed, match=r"results/t/1/image\.png .*ServiceUnavailable") as error:
        store.put("results/t/1/image.png", b"picture", "image/png")
    assert error.value.retryable


def test_a_storage_that_does_not_answer_is_a_failed_upload(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "RETRY", storage.RETRY.with_timeout(0.2))
    away = connect(replace(settings, storage_host="127.0.0.1:1"))
    with pytest.raises(UploadFailed, match="ConnectionError|RetryError"):
        ResultStore(away.bucket).put("results/t/1/image.png", b"picture", "image/png")
    away.close()


def test_in_production_the_address_is_googles(client: Firebase) -> None:
    url = ResultStore(client.bucket)._url("results/t/1/image.png", "key")
    assert url == (
        "https://firebasestorage.googleapis.com/v0/b/demo-brushfire.appspot.com/o/"
        "results%2Ft%2F1%2Fimage.png?alt=media&token=key"
    )
