"""`brushfire keys`: keys for programs that use the HTTP API. A key is shown once; only its hash is stored."""

import argparse
import json
import re
import sys
from typing import Any

from google.cloud.firestore import SERVER_TIMESTAMP, FieldFilter

from brushfire import __version__, running
from contract.api_key import SHOWN, ApiKey, check_uid, hash_of, new_key
from contract.errors import InvalidTask
from listener.edge import PATIENCE, server_errors
from listener.firebase import connect
from listener.settings import Settings

# So much of a hash tells keys apart in a list, and names one to revoke.
ID_LENGTH = 12


def run(args: argparse.Namespace) -> int:
    """Create, list or revoke keys; returns the exit status."""
    firebase = connect(Settings.from_environment(running.environment()), f"brushfire-cli/{__version__}")
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    try:
        with server_errors():
            return actions[args.action](firebase.db.collection("api_keys"), args)
    finally:
        firebase.close()


def _create(keys: Any, args: argparse.Namespace) -> int:
    key = new_key()
    made = ApiKey(uid=check_uid(args.uid), name=args.name[:100], begins=key[:SHOWN])
    keys.document(hash_of(key)).create(made.fields() | {"created_at": SERVER_TIMESTAMP}, **PATIENCE)
    if args.json:
        print(json.dumps({"key": key, "id": hash_of(key)[:ID_LENGTH], "uid": made.uid, "name": made.name}))
        return 0
    print(key)
    print(
        f"The key of {made.uid}; it is shown this once, and stored as a hash. To take it back: "
        f"brushfire keys revoke {hash_of(key)[:ID_LENGTH]}",
        file=sys.stderr,
    )
    return 0


def _list(keys: Any, args: argparse.Namespace) -> int:
    query = keys.where(filter=FieldFilter("uid", "==", args.uid)) if args.uid else keys
    found = [
        (document.id[:ID_LENGTH], ApiKey.parse(document.to_dict())) for document in query.stream(**PATIENCE)
    ]
    if args.json:
        rows = [{"id": id, **key.model_dump(mode="json")} for id, key in found]
        print(json.dumps(rows))
        return 0
    for id, key in found:
        since = key.created_at.strftime("%Y-%m-%d") if key.created_at else "?"
        state = "revoked" if key.revoked else "valid"
        print(f"{id}  {key.begins}…  {key.uid}  since {since}  {state}  {key.name}")
    return 0


def _revoke(keys: Any, args: argparse.Namespace) -> int:
    if not re.fullmatch(r"[0-9a-f]{8,64}", args.id):
        raise InvalidTask("ID", args.id, "8 to 64 digits of a key's id (brushfire keys list shows them)")
    # Names are hexadecimal, so that "g" comes after every one that begins with the id.
    found = (
        keys.order_by("__name__")
        .start_at({"__name__": keys.document(args.id)})
        .end_before({"__name__": keys.document(f"{args.id}g")})
        .limit(2)
        .get(**PATIENCE)
    )
    if len(found) != 1:
        raise InvalidTask("ID", args.id, "that of one key (brushfire keys list shows them)")
    found[0].reference.update({"revoked": True}, **PATIENCE)
    print(f"{args.id} is revoked; functions that remember it forget it within a minute")
    return 0
