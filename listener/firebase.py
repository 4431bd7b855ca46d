"""The connection: Google's own clients, for a real project or for emulators."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
from google.api_core.client_info import ClientInfo
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore, storage
from google.cloud.firestore_v1.services.firestore.client import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport
from google.oauth2.service_account import Credentials

from contract.errors import SetupError
from listener import VERSION
from listener.settings import Settings

PRODUCT = f"brushfire-listener/{VERSION}"
STREAM_PAUSE = 0.5
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


@dataclass(frozen=True)
class Firebase:
    """The two services that the queue lives in."""

    db: firestore.Client
    bucket: storage.Bucket

    def close(self) -> None:
        """Give back the connections."""
        self.db.close()
        self.bucket.client.close()


def connect(settings: Settings, product: str = PRODUCT) -> Firebase:
    """Clients for what the settings name; nothing is sent yet.

    `product` (`name/version`) is told to the server as user agent; the local Firebase's meter goes by it.
    Raises `SetupError` for credentials that can't be used.
    """
    credentials = _credentials(settings)
    db = _FirestoreClient(settings, credentials, product)
    endpoint = {"api_endpoint": f"http://{settings.storage_host}"} if settings.storage_host else None
    client = storage.Client(
        project=settings.project,
        credentials=credentials,
        client_info=ClientInfo(user_agent=product),
        client_options=endpoint,
    )
    return Firebase(db, client.bucket(settings.bucket))


def _credentials(settings: Settings) -> Any:
    if settings.credentials is None:
        return AnonymousCredentials()
    try:
        return Credentials.from_service_account_file(str(settings.credentials), scopes=_SCOPES)
    except (GoogleAuthError, ValueError, OSError) as error:
        raise SetupError(
            f"GOOGLE_APPLICATION_CREDENTIALS is {str(settings.credentials)!r}, but must be the JSON file of "
            f"a service account ({error})"
        ) from error


class _FirestoreClient(firestore.Client):  # type: ignore[misc]  # the library ships no types
    """Google's client, with the address from our settings and a user agent on every call.

    The library itself takes the emulator's address from the process's environment alone, and forgets the
    user agent of its `client_info` on the way to the channel.
    """

    def __init__(self, settings: Settings, credentials: Any, product: str) -> None:
        super().__init__(project=settings.project, credentials=credentials)
        self._emulator_host = settings.firestore_host
        self._product = product
        self._firestore_api_internal: FirestoreClient | None = None

    @property
    def _firestore_api(self) -> FirestoreClient:
        if self._firestore_api_internal is None:
            self._transport = _Transport(host=self._target, channel=self._channel())
            self._firestore_api_internal = FirestoreClient(transport=self._transport)
        return self._firestore_api_internal

    def _channel(self) -> grpc.Channel:
        options = [
            ("grpc.primary_user_agent", self._product),
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", -1),
            # Two clients of one process are two connections: one that hangs doesn't hold up the other.
            ("grpc.use_local_subchannel_pool", 1),
            # A server that comes back is noticed within seconds, not minutes.
            ("grpc.initial_reconnect_backoff_ms", 500),
            ("grpc.max_reconnect_backoff_ms", 5_000),
        ]
        if self._emulator_host is not None:
            return grpc.insecure_channel(self._emulator_host, options=options)
        options.append(("grpc.keepalive_time_ms", 30_000))
        return FirestoreGrpcTransport.create_channel(
            self._target, credentials=self._credentials, options=options
        )


class _Transport(FirestoreGrpcTransport):  # type: ignore[misc]  # the library ships no types
    """Google's transport, whose streams are not opened again and again without a pause.

    While the server is away, the library's watch reopens its stream as fast as a processor allows.
    """

    @property
    def listen(self) -> Callable[..., Any]:
        """Opens a stream, at most one in STREAM_PAUSE seconds for each watch."""
        open_stream, opened = super().listen, -STREAM_PAUSE

        def unhurried(*args: Any, **kwargs: Any) -> Any:
            nonlocal opened
            time.sleep(max(0.0, opened + STREAM_PAUSE - time.monotonic()))
            opened = time.monotonic()
            return open_stream(*args, **kwargs)

        return unhurried
