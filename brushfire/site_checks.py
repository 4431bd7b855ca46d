"""What `brushfire doctor` checks of a Firebase project, real or local."""

import json
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from typing import Any

from google.api_core.exceptions import (
    DeadlineExceeded,
    FailedPrecondition,
    Forbidden,
    GoogleAPICallError,
    NotFound,
    RetryError,
    ServiceUnavailable,
)
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore_v1.base_query import FieldFilter

from brushfire.deployed_rules import Unreadable, deployed
from brushfire.finding import Finding, Place, bad, good, skipped

HOW_TO_MAKE_A_KEY = "Firebase console, project settings, service accounts, generate new private key"
HOW_TO_CHOOSE = (
    "start the local one (brushfire up), or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key: "
    f"{HOW_TO_MAKE_A_KEY}"
)
DEPLOY = "run: npx firebase-tools deploy --only"
SECONDS = 10.0
# Tokens of a service account are refused by a clock that is minutes off; people notice less.
MOST_SKEW = 30.0
CORS = [{"origin": ["*"], "method": ["GET", "HEAD"], "responseHeader": ["*"], "maxAgeSeconds": 3600}]


def firestore(place: Place) -> Finding:
    """One document read: one read is billed."""
    assert place.firebase is not None
    assert place.settings is not None
    began = time.monotonic()
    try:
        place.firebase.db.document("live/queue").get(timeout=SECONDS, retry=None)
    except NotFound:
        todo = 'run: npx firebase-tools firestore:databases:create "(default)" --location REGION'
        return bad("firestore", f"{place.settings.project} has no Firestore database", todo)
    except Forbidden as error:
        todo = "give the service account the role Firebase Admin SDK Administrator Service Agent"
        return bad("firestore", f"the credentials may not read: {error.message}", todo)
    except (ServiceUnavailable, DeadlineExceeded, RetryError) as error:
        where = place.settings.firestore_host or "firestore.googleapis.com"
        todo = "start it: brushfire up" if place.emulated else "look at this machine's network and proxy"
        return bad("firestore", f"{where} doesn't answer ({type(error).__name__})", todo)
    except GoogleAuthError as error:
        todo = "the key was deleted, or this machine's clock is wrong; make a new key in the console"
        return bad("firestore", f"Google refuses the credentials: {error}", todo)
    return good("firestore", f"answers in {(time.monotonic() - began) * 1000:.0f} ms")


def clock(place: Place) -> Finding:
    """This machine's time of day beside the server's, as its HTTP answers tell it to the second."""
    assert place.settings is not None
    host = place.settings.firestore_host
    address = f"http://{host}/" if host else "https://firestore.googleapis.com/"
    began = time.time()
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            date = answer.headers.get("Date")
    except urllib.error.HTTPError as error:
        date = error.headers.get("Date")
    except OSError as error:
        return skipped("clock", f"{address} doesn't tell the time ({error})")
    if date is None:
        return skipped("clock", f"{address} doesn't tell the time")
    # The header names a second that began up to a second ago.
    skew = (began + time.time()) / 2 - parsedate_to_datetime(date).timestamp() - 0.5
    if abs(skew) > MOST_SKEW:
        way = "ahead of" if skew > 0 else "behind"
        todo = "set it: sudo timedatectl set-ntp true"
        return bad("clock", f"this machine's clock is {abs(skew):.0f} s {way} the server's", todo)
    return good("clock", "within a second of the server's" if abs(skew) < 1.5 else f"{skew:+.0f} s")


def firestore_rules(place: Place) -> Finding:
    """Whether the rules in force are those of firestore.rules."""
    return _rules(place, "firestore rules", "firestore.rules", "cloud.firestore", "firestore:rules")


def storage_rules(place: Place) -> Finding:
    """Whether the rules in force are those of storage.rules."""
    assert place.settings is not None
    release = f"firebase.storage/{place.settings.bucket}"
    return _rules(place, "storage rules", "storage.rules", release, "storage")


def indexes(place: Place) -> Finding:
    """Whether each index of firestore.indexes.json serves: a query that needs it, one billed read."""
    assert place.firebase is not None
    file = place.root / "firestore.indexes.json"
    if not file.is_file():
        return skipped("indexes", f"{file} isn't there")
    wanted = json.loads(file.read_text("utf-8"))["indexes"]
    missing = []
    for index in wanted:
        try:
            list(_query(place.firebase.db, index).stream(timeout=SECONDS, retry=None))
        except FailedPrecondition:
            names = ", ".join(field["fieldPath"] for field in index["fields"])
            missing.append(f"{index['collectionGroup']} ({names})")
    if missing:
        todo = f"{DEPLOY} firestore:indexes, and wait until the console shows them as enabled"
        return bad("indexes", f"{len(missing)} of {len(wanted)} don't serve: {'; '.join(missing)}", todo)
    return good("indexes", f"all {len(wanted)} serve")


def bucket(place: Place) -> Finding:
    """Whether the bucket is there, and the page's own."""
    assert place.firebase is not None
    assert place.settings is not None
    name = place.settings.bucket
    todo = "set BRUSHFIRE_BUCKET to the name in the console under Storage, without gs://"
    try:
        place.firebase.bucket.client.get_bucket(name, timeout=SECONDS, retry=None)
    except NotFound:
        return bad("bucket", f"there is no bucket {name!r}", f"{todo}; or press Get started there")
    except Forbidden:
        return bad(
            "bucket", f"the credentials may not see {name!r}", f"{todo}; or give the role Storage Admin"
        )
    except (GoogleAPICallError, GoogleAuthError, OSError) as error:
        return bad(
            "bucket", f"Storage doesn't answer: {error}", "look at the network, or start: brushfire up"
        )
    pages = _page_config(place)
    if pages is not None and pages.get("storageBucket") not in (None, name):
        return bad("bucket", f"is {name!r}, but the page uploads to {pages['storageBucket']!r}", todo)
    return good("bucket", name)


def cors(place: Place) -> Finding:
    """Whether a page may read what it shows from the bucket."""
    assert place.firebase is not None
    assert place.settings is not None
    if place.emulated:
        return _emulated_cors(f"http://{place.settings.storage_host}", place.settings.bucket)
    return bucket_cors(place.firebase.bucket, place.fix)


def bucket_cors(bucket: Any, fix: bool) -> Finding:
    """The same of a real bucket, whose settings say so; with `fix` they are changed."""
    bucket.reload(timeout=SECONDS, retry=None)
    if any("GET" in rule.get("method", ()) for rule in bucket.cors):
        return good("cors", f"{bucket.name} lets pages read")
    if not fix:
        return bad("cors", f"{bucket.name} lets no page read", "run: brushfire doctor --fix")
    bucket.cors = CORS
    bucket.patch(timeout=SECONDS)
    return good("cors", f"set: {bucket.name} lets every page read what it has an address of")


def page(place: Place) -> Finding:
    """Whether the page is deployed, for this project."""
    assert place.settings is not None
    address = _page_address(place)
    if address is None:
        return skipped("page", "it isn't known where the emulators serve it")
    config = _page_config(place)
    if config is None:
        todo = f"{DEPLOY} hosting" if not place.emulated else "run: make page, and brushfire up again"
        return bad("page", f"{address} doesn't answer as a page of Firebase Hosting", f"make page && {todo}")
    if config.get("projectId") != place.settings.project:
        todo = f"set GOOGLE_CLOUD_PROJECT to {config.get('projectId')}, or choose other credentials"
        return bad("page", f"{address} is a page of {config.get('projectId')!r}", todo)
    return good("page", address)


def _rules(place: Place, check: str, name: str, release: str, target: str) -> Finding:
    assert place.settings is not None
    file = place.root / name
    if not file.is_file():
        return skipped(check, f"{file} isn't there")
    try:
        in_force = deployed(place.settings, release)
    except Unreadable as error:
        return skipped(check, str(error))
    if in_force is None:
        return bad(check, "none are deployed: nobody may do anything", f"{DEPLOY} {target}")
    mine, theirs = (text.rstrip().splitlines() for text in (file.read_text("utf-8"), in_force))
    if mine == theirs:
        return good(check, f"those of {name}")
    differ = next(
        (n for n, both in enumerate(zip(mine, theirs, strict=False), 1) if both[0] != both[1]), None
    )
    line = differ or min(len(mine), len(theirs)) + 1
    return bad(check, f"other than those of {name}, from line {line} on", f"{DEPLOY} {target}")


def _query(db: Any, index: dict[str, Any]) -> Any:
    """A query that only this index serves: equal in all fields but the last, sorted by that."""
    whole = index.get("queryScope") == "COLLECTION_GROUP"
    name = index["collectionGroup"]
    query = db.collection_group(name) if whole else db.collection(name)
    *equal, last = index["fields"]
    for field in equal:
        contains = "arrayConfig" in field
        query = query.where(
            filter=FieldFilter(field["fieldPath"], "array_contains" if contains else "==", "doctor")
        )
    direction = "DESCENDING" if last.get("order") == "DESCENDING" else "ASCENDING"
    return query.order_by(last["fieldPath"], direction=direction).limit(1)


def _emulated_cors(base: str, name: str) -> Finding:
    """The local Firebase has no settings for it: a page's own request is made."""
    request = urllib.request.Request(
        f"{base}/v0/b/{name}/o/results%2Fdoctor", headers={"Origin": "http://localhost:5000"}
    )
    try:
        headers = urllib.request.urlopen(request, timeout=SECONDS).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    except OSError as error:
        return bad("cors", f"Storage doesn't answer: {error}", "start it: brushfire up")
    if headers.get("Access-Control-Allow-Origin"):
        return good("cors", "local pages may read")
    return bad("cors", f"{base} lets no page read", "use the local Firebase: brushfire up")


def _page_address(place: Place) -> str | None:
    assert place.settings is not None
    if place.emulated:
        return f"http://{place.running.hosting}" if place.running else None
    return f"https://{place.settings.project}.web.app"


def _page_config(place: Place) -> dict[str, Any] | None:
    """What Hosting tells the page of its project; None if there is no page."""
    address = _page_address(place)
    if address is None:
        return None
    try:
        with urllib.request.urlopen(f"{address}/__/firebase/init.json", timeout=SECONDS) as answer:
            config = json.load(answer)
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) else None
