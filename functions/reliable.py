"""Triggers of documents that are delivered again when they fail.

firebase-functions 0.6 refuses `retry` for them, though the platform knows it: Eventarc delivers an event
again, ever more slowly, for a day. Without it, an end that is told of while Firestore hiccups would never be
told of again.

What a stranger may write must not be delivered again for a day: a document with a reference into another
project can't be decoded by the library, before any of our code runs. Such an event is dropped, with a line in
the log; a listener rejects such a task anyway.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from listener.logs import log

Trigger = Callable[[Any], Any]


class TriggerFailed(Exception):
    """What was called failed; the cause is what it met."""


def reliably(
    trigger: Callable[..., Callable[[Trigger], Any]], **options: Any
) -> Callable[[Trigger], Trigger]:
    """As `@trigger(**options)`, one of `firestore_fn`, but delivered again after a failure."""

    def decorate(function: Trigger) -> Trigger:
        @wraps(function)
        def called(event: Any) -> None:
            try:
                function(event)
            except Exception as error:
                raise TriggerFailed(f"{function.__name__}: {type(error).__name__}: {error}") from error

        registered = trigger(**options)(called)
        registered.__firebase_endpoint__.eventTrigger["retry"] = True

        @wraps(registered)
        def guarded(raw: Any) -> None:
            try:
                registered(raw)
            except ValueError as error:
                log("event_dropped", logging.WARNING, function=function.__name__, error=str(error))

        return guarded

    return decorate
