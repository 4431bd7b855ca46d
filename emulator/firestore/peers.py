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


class _Peer:
    """A stream whose requests are dealt with one after the other; the first error ends it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._requests: asyncio.Queue[str | None] = asyncio.Queue()
        self._worker = asyncio.create_task(self._work())

    def receive(self, text: str) -> None:
        self._requests.put_nowait(text)

    async def finish(self) -> None:
        """Returns when what was received before has been dealt with."""
        self._requests.put_nowait(None)
        await asyncio.wait([self._worker])

    def close(self) -> None:
        self._worker.cancel()

    async def _deal_with(self, text: str) -> None:
        raise NotImplementedError

    async def _work(self) -> None:
        try:
            while (text := await self._requests.get()) is not None:
                await self._deal_with(text)
        except FirestoreError as error:
            self._channel.send([error.to_json()])
        except sqlite3.Error as error:
            self._channel.send([Internal(f"the database can't be read: {error}").to_json()])


class ListenPeer(_Peer):
    """A Listen stream."""

    def __init__(self, firestore: Firestore, caller: Caller, channel: Channel) -> None:
        super().__init__(channel)
        self._session = firestore.listen(caller, lambda outgoing: channel.send([outgoing.json]))

    def close(self) -> None:
        super().close()
        self._session.close()

    async def _deal_with(self, text: str) -> None:
        request = parse_json(text, ListenRequest())
        await self._session.prepare(request)
        self._session.handle(request)


class WritePeer(_Peer):
    """A Write stream."""

    def __init__(self, firestore: Firestore, caller: Caller, channel: Channel) -> None:
        super().__init__(channel)
        self._session = firestore.write_stream(caller)

    async def _deal_with(self, text: str) -> None:
        response = await self._session.handle(parse_json(text, WriteRequest()))
        self._channel.send([json_format.MessageToDict(response)])
