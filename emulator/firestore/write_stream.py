"""One Write stream: commits in the order of their arrival, each answered before the next."""

from __future__ import annotations

import secrets
import struct

from emulator.caller import Caller
from emulator.firestore.clock import to_timestamp
from emulator.firestore.commits import Commits
from emulator.firestore.messages import WriteRequest, WriteResponse

_TOKEN = struct.Struct(">Q")


class WriteSession:
    """The first request opens the stream and writes nothing; it may be empty but for the database."""

    def __init__(self, commits: Commits, caller: Caller) -> None:
        self._commits = commits
        self._caller = caller
        self._answered = 0
        self._stream_id = ""

    async def handle(self, request: WriteRequest) -> WriteResponse:
        """Answers one request. Raises FirestoreError, after which the stream must end."""
        self._answered += 1
        response = WriteResponse(stream_token=_TOKEN.pack(self._answered))
        if not self._stream_id:
            self._stream_id = request.stream_id or secrets.token_hex(8)
            response.stream_id = self._stream_id
            return response
        now, results = await self._commits.commit(self._caller, request.writes, method="Write")
        response.write_results.extend(results)
        response.commit_time.CopyFrom(to_timestamp(now))
        return response
