"""Who is told when a task is over, and the key by which a webhook knows that it is this site that calls."""

from contract.errors import InvalidTask, Undeliverable
from functions import pinned
from functions.api import models
from functions.api.problems import Problem
from functions.settings import settings
from functions.webhook import owner_key


def contact_of(notify: models.Notify | None) -> dict[str, str]:
    """The fields of `queue/{task}/private/contact`. Raises `InvalidTask` for what this site can't send."""
    if notify is None:
        return {}
    site = settings()
    if notify.email is not None and site.provider is None:
        raise InvalidTask("notify.email", notify.email, "left out: this site sends no mail")
    if notify.webhook is not None:
        if site.webhook_secret is None:
            raise InvalidTask("notify.webhook", notify.webhook, "left out: this site calls no webhooks")
        try:
            pinned.checked_url(notify.webhook, site.local_webhooks)
        except Undeliverable:
            accepted = "an address that begins with https://, without a user in it"
            raise InvalidTask("notify.webhook", notify.webhook, accepted) from None
    return notify.model_dump(exclude_none=True)


def webhook_key(uid: str) -> str:
    """The key of this user's signatures. Raises `Problem` (404) where the site calls no webhooks."""
    secret = settings().webhook_secret
    if secret is None:
        raise Problem("not-found", "this site calls no webhooks, so there is no key")
    return owner_key(secret, uid)
