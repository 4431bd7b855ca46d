"""Telling whoever asked for a picture what became of it, by mail or webhook, by way of the outbox."""

import io
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, InvalidArgument

from contract.errors import (
    BrushfireError,
    DeliveryError,
    DeliveryUnknown,
    InvalidTask,
    NotDelivered,
    Undeliverable,
)
from contract.notices import Channel, Outgoing
from contract.task import Status, Task
from functions import mail, mailers, webhook
from functions.connection import Connection
from functions.outbox import Outbox
from functions.settings import Settings
from listener.edge import Seen
from listener.logs import log

# Whoever calls a task off knows it; a program is told of every end.
MAILED = (Status.DONE, Status.FAILED, Status.REJECTED)
PICTURE_PIXELS = 512
MOST_THUMBNAIL = 4 << 20
AT_ONCE = 20


class Telling:
    """Files messages, and sends what is filed."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._edge = connection.edge
        self._files = connection.files
        self._settings = settings
        self._outbox = Outbox(connection.edge)

    def ended(self, task: str, status: Status) -> None:
        """A task has come to its end: file and send what its owner asked for, once however often it is told.

        Costs one read for a task that nobody waits for.
        """
        receivers = self._receivers(self._contact(task), status)
        if not receivers:
            return
        try:
            filed = self._outbox.file(task, status, receivers)
        except InvalidArgument as error:
            log("not_told", logging.WARNING, task=task, error=str(error))
            return
        for seen in filed:
            self.send(seen)

    def send_due(self, seconds: float) -> int:
        """Send what is due, beginning nothing new after so many seconds; returns how much was looked at."""
        until, count = time.monotonic() + seconds, 0
        while time.monotonic() < until and (due := self._outbox.due(AT_ONCE)):
            for seen in due:
                if time.monotonic() >= until:
                    return count
                self.send(seen)
                count += 1
        return count

    def send(self, seen: Seen) -> None:
        """One attempt at one message, if it is still to be sent."""
        held = self._outbox.take(seen)
        if held is None:
            return
        taken, outgoing = held
        try:
            self._attempt(outgoing)
        except DeliveryError as error:
            log("not_told", logging.WARNING, task=outgoing.task, channel=outgoing.channel, error=str(error))
            self._outbox.met(taken, outgoing, error)
        else:
            log("told", task=outgoing.task, channel=outgoing.channel, attempt=outgoing.attempts)
            self._outbox.sent(taken)

    def _attempt(self, outgoing: Outgoing) -> None:
        """Whatever goes wrong, it is known whether that was before anything was sent."""
        try:
            deliver = self._prepared(outgoing)
        except DeliveryError:
            raise
        except Exception as error:
            raise NotDelivered(f"it couldn't be written: {type(error).__name__}: {error}") from error
        try:
            deliver()
        except DeliveryError:
            raise
        except Exception as error:
            raise DeliveryUnknown(f"{type(error).__name__}: {error}") from error

    def _prepared(self, outgoing: Outgoing) -> Callable[[], None]:
        """What sends it. Everything is looked up anew: an address that was taken back gets nothing."""
        contact = self._contact(outgoing.task)
        task = self._task(outgoing.task)
        if task.status is not outgoing.status:
            raise Undeliverable(f"the task is {task.status} by now, no more {outgoing.status}")
        receiver = self._receivers(contact, task.status).get(outgoing.channel)
        if receiver is None:
            raise Undeliverable("its owner wants it no more, or no way of sending it is set up")
        settings = self._settings
        if outgoing.channel is Channel.WEBHOOK and settings.webhook_secret is not None:
            secret, local = settings.webhook_secret, settings.local_webhooks
            return lambda: webhook.call(
                receiver, task, outgoing.delivery, outgoing.attempts, settings.site, secret, local
            )
        if outgoing.channel is Channel.MAIL and settings.provider is not None:
            provider = settings.provider
            if self._outbox.in_a_day(outgoing) > settings.mails_a_day:
                raise Undeliverable(f"this address gets at most {settings.mails_a_day} mails a day")
            composed = mail.compose(
                task,
                receiver,
                contact.get("language"),
                settings.site,
                settings.sender,
                self._picture(task),
                outgoing.delivery,
            )
            return lambda: mailers.send(provider, composed)
        raise Undeliverable(f"nothing here sends by {outgoing.channel.value}")

    def _receivers(self, contact: Mapping[str, Any], status: Status) -> dict[Channel, str]:
        found: dict[Channel, str] = {}
        if isinstance(contact.get("email"), str) and self._settings.provider and status in MAILED:
            found[Channel.MAIL] = contact["email"]
        if isinstance(contact.get("webhook"), str) and self._settings.webhook_secret and status.finished:
            found[Channel.WEBHOOK] = contact["webhook"]
        return found

    def _contact(self, task: str) -> Mapping[str, Any]:
        seen = self._edge.read(self._edge.db.document(f"queue/{task}/private/contact"))
        return (seen.fields if seen else None) or {}

    def _task(self, id: str) -> Task:
        seen = self._edge.read(self._edge.db.document(f"queue/{id}"))
        if seen is None or seen.fields is None:
            raise Undeliverable("the task is gone")
        try:
            return Task.from_document(id, seen.fields)
        except InvalidTask:
            return _legible(id, seen.fields)

    def _picture(self, task: Task) -> bytes | None:
        """The thumbnail as a JPEG, which every mail program shows; None where there is none to be had."""
        if task.result is None or not task.result.thumbnail.path.startswith(f"results/{task.id}/"):
            return None
        try:
            found = self._files.find(task.result.thumbnail.path)
            data = self._files.fetch(found) if found and found.size <= MOST_THUMBNAIL else None
            return None if data is None else as_jpeg(data)
        except (BrushfireError, GoogleAPICallError, OSError, ValueError) as error:
            log("no_picture", logging.WARNING, task=task.id, error=str(error))
            return None


def _legible(id: str, fields: Mapping[str, Any]) -> Task:
    """What can be read of a task that was rejected for what can't: mostly, why."""
    try:
        known = {name: fields[name] for name in ("uid", "status", "error") if name in fields}
        return Task.from_document(id, {"prompt": "…", "renderer": "…", **known})
    except InvalidTask as error:
        raise Undeliverable(f"the task can't be read: {error}") from error


def as_jpeg(data: bytes) -> bytes:
    """A WebP or PNG as a JPEG of at most 512 pixels a side, on white where it is transparent."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["WEBP", "PNG", "JPEG"]) as picture:
        if max(picture.size) > 4096:
            raise ValueError(f"the thumbnail has {picture.size[0]} × {picture.size[1]} pixels")
        opaque = Image.new("RGB", picture.size, "white")
        rgba = picture.convert("RGBA")
    opaque.paste(rgba, mask=rgba.getchannel("A"))
    opaque.thumbnail((PICTURE_PIXELS, PICTURE_PIXELS), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    opaque.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
