"""`brushfire operator`: who may look after queue and gallery, by a claim in the tokens of an account."""

import argparse
import os
import sys
from typing import Any

from brushfire import running
from contract.errors import InvalidTask, SetupError, Unreachable
from listener.settings import Settings

# What firestore.rules reads as `request.auth.token.operator`.
CLAIM = "operator"


def run(args: argparse.Namespace) -> int:
    """Give the claim to an account, or take it away; the account's other claims stay as they are.

    A browser that is signed in has it when it next asks for a token: within the hour, or at once when the
    operator's page is opened.
    """
    settings = Settings.from_environment(running.environment())
    user = change(settings, args.who, remove=args.remove)
    verb = "is no operator any more" if args.remove else "is an operator"
    print(f"{user.email or 'guest'} ({user.uid}) {verb}", file=sys.stdout)
    return 0


def change(settings: Settings, who: str, remove: bool = False) -> Any:
    """The account, changed. Raises `InvalidTask` for one that doesn't exist, `Unreachable`, `SetupError`."""
    from firebase_admin import auth, delete_app, exceptions
    from google.auth.exceptions import GoogleAuthError

    app = _connect(settings)
    try:
        find = auth.get_user_by_email if "@" in who else auth.get_user
        user = find(who, app=app)
        claims = dict(user.custom_claims or {})
        if remove:
            claims.pop(CLAIM, None)
        else:
            claims[CLAIM] = True
        auth.set_custom_user_claims(user.uid, claims or None, app=app)
        return user
    except (auth.UserNotFoundError, ValueError) as error:
        raise InvalidTask("EMAIL|UID", who, "the e-mail or the id of an account of this project") from error
    except (exceptions.FirebaseError, GoogleAuthError) as error:
        raise Unreachable(f"Auth: {type(error).__name__}: {error}") from error
    finally:
        delete_app(app)


def _connect(settings: Settings) -> Any:
    """An app of Google's own SDK, which takes the local Firebase's address from the environment alone."""
    from firebase_admin import credentials, initialize_app

    options = {"projectId": settings.project}
    if settings.credentials is not None:
        os.environ.pop("FIREBASE_AUTH_EMULATOR_HOST", None)
        return initialize_app(credentials.Certificate(str(settings.credentials)), options, name="operators")
    if settings.auth_host is None:
        raise SetupError(
            "FIREBASE_AUTH_EMULATOR_HOST is missing, but must be host:port of the local Firebase's accounts"
        )
    os.environ["FIREBASE_AUTH_EMULATOR_HOST"] = settings.auth_host
    return initialize_app(None, options, name="operators")
