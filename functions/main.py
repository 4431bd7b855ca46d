"""The triggers. What they decide is in the modules beside; deployed, this is the folder's only entry.

What a function alone needs it imports itself: each runs in a process of its own, which should start soon and
stay small.
"""

import os

from firebase_functions import firestore_fn, https_fn, options, scheduler_fn

from contract.task import Status
from functions.connection import connection, start
from functions.reliable import reliably
from functions.settings import bound_secrets, settings
from listener import logs

start()
logs.configure("text" if os.environ.get("FUNCTIONS_EMULATOR") == "true" else "json")
# Far more than anybody's queue needs, and a bound to what a mistake may cost.
options.set_global_options(max_instances=10, memory=options.MemoryOption.MB_256)

_SECRETS = bound_secrets()


@reliably(firestore_fn.on_document_updated, document="queue/{task}", timeout_sec=120, secrets=_SECRETS)
def on_task_finished(event: firestore_fn.Event[firestore_fn.Change[firestore_fn.DocumentSnapshot]]) -> None:
    """Tell whoever asked for a picture what became of it. May be delivered often and late."""
    before, after = (dict(one.to_dict() or {}).get("status") for one in (event.data.before, event.data.after))
    ended = {status.value for status in Status if status.finished}
    if after in ended and before not in ended:
        from functions.telling import Telling

        Telling(connection(), settings()).ended(event.params["task"], Status(after))


@reliably(firestore_fn.on_document_deleted, document="queue/{task}", timeout_sec=300)
def on_task_deleted(event: firestore_fn.Event[firestore_fn.DocumentSnapshot]) -> None:
    """Files and documents of a deleted task go after it."""
    from functions.retention import remove_rest

    remove_rest(connection().edge, connection().files.remove_below, event.params["task"])


@scheduler_fn.on_schedule(schedule="* * * * *", timeout_sec=300, max_instances=1, secrets=_SECRETS)
def reap(event: scheduler_fn.ScheduledEvent) -> None:
    """Put back what nobody works on, and send again what could not be sent."""
    from functions.chores import each
    from functions.site import say
    from functions.sweeping import mark_silent, sweep
    from functions.telling import Telling
    from functions.wake import look_for_need

    edge = connection().edge
    each(
        sweep=lambda: sweep(edge, logs.log_event),
        silent=lambda: mark_silent(edge) if event.schedule_time.minute % 5 == 0 else [],
        wake=lambda: look_for_need(edge),
        site=lambda: say(edge, settings().provider is not None),
        outbox=lambda: Telling(connection(), settings()).send_due(seconds=200),
    )


@scheduler_fn.on_schedule(schedule="17 3 * * *", timeout_sec=1800, max_instances=1)
def prune(event: scheduler_fn.ScheduledEvent) -> None:
    """Delete what was kept long enough."""
    from functions.retention import prune as prune_all

    logs.log("pruned", others=prune_all(connection().edge, connection().files.remove_below))


@scheduler_fn.on_schedule(schedule="2 * * * *", timeout_sec=120, max_instances=1)
def stats(event: scheduler_fn.ScheduledEvent) -> None:
    """Count the last hour, and the day so far."""
    from functions.counting import count

    logs.log("counted", documents=", ".join(count(connection().edge)))


# An instance takes many requests at once, which wait for Firestore.
@https_fn.on_request(memory=options.MemoryOption.MB_512, timeout_sec=60, invoker="public", secrets=_SECRETS)
def api(request: https_fn.Request) -> https_fn.Response:
    """The HTTP API for programs: Hosting leads `/api/**` here."""
    from functions.api.app import respond

    return respond(request)


@firestore_fn.on_document_created(document="queue/{task}", timeout_sec=60, secrets=_SECRETS)
def wake(event: firestore_fn.Event[firestore_fn.DocumentSnapshot]) -> None:
    """Call a listener if none is there; what goes wrong here is tried again by `reap`."""
    from functions.wake import task_came

    task_came(connection().edge, event.params["task"])
