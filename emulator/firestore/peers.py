"""The Listen and Write streams behind WebChannel sessions: JSON in, JSON out."""

from __future__ import annotations

import asyncio
import sqlite3

from google.protobuf import json_format

from emulator.caller import Caller
from emulator.firestore.channel import Channel
from emulator.firestore.errors import FirestoreError, Internal
from emulator.firestore.messages import ListenRequest, WriteRequest
from emulator.firestore.rest import parse_json
from emulator.firestore.service import Firestore


class ListenPeer:
    """A Listen stream."""

    def __init__(self, firestore: Firestore, caller: Caller, channel: Channel) -> None:
        self._channel = channel
        self._session = firestore.listen(caller, lambda outgoing: channel.send([outgoing.json]))

    def receive(self, text: str) -> None:
        try:
            self._session.handle(parse_json(text, ListenRequest()))
        except FirestoreError as error:
            self._channel.send([error.to_json()])
        except sqlite3.Error as error:
            self._channel.send([Internal(f"the database can't be read: {error}").to_json()])

    async def finish(self) -> None:
        return None  # each message is dealt with as it is received

    def close(self) -> None:
        self._session.close()


class WritePeer:
    """A Write stream: requests are answered one after the other; the first error ends it."""

    def __init__(self, firestore: Firestore, caller: Caller, channel: Channel) -> None:
        self._channel = channel
        self._session = firestore.write_stream(caller)
        self._requests: asyncio.Queue[str | None] = asyncio.Queue()
        self._worker = asyncio.create_task(self._work())

    def receive(self, text: str) -> None:
        self._requests.put_nowait(text)

    async def finish(self) -> None:
        self._requests.put_nowait(None)
        await asyncio.wait([self._worker])

    def close(self) -> None:
        self._worker.cancel()

    async def _work(self) -> None:
        while (text := await self._requests.get()) is not None:
            try:
                request = parse_json(text, WriteRequest())
                response = await self._session.handle(request)
            except FirestoreError as error:
                self._channel.send([error.to_json()])
                return
            self._channel.send([json_format.MessageToDict(response)])
