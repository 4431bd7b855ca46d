"""`brushfire doctor`: checks this machine and the project, one line each, and says what to do.

Each check is a small function of `machine_checks` or `site_checks`, which gives one `Finding`.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from brushfire import __version__, machine_checks, running, site_checks
from brushfire.finding import Finding, Place, bad, good, skipped
from contract.errors import SetupError
from listener.firebase import connect
from listener.settings import Settings

Check = Callable[[Place], Finding]
SITE: dict[str, Check] = {
    "firestore": site_checks.firestore,
    "clock": site_checks.clock,
    "firestore rules": site_checks.firestore_rules,
    "storage rules": site_checks.storage_rules,
    "indexes": site_checks.indexes,
    "bucket": site_checks.bucket,
    "cors": site_checks.cors,
    "page": site_checks.page,
}
MACHINE: dict[str, Check] = {
    "gpu": machine_checks.gpu,
    "memory": machine_checks.memory,
    "weights": machine_checks.weights,
    "disk": machine_checks.disk,
    "ports": machine_checks.ports,
}
MARKS = {"ok": ("ok", 32), "failed": ("FAILED", 31), "skipped": ("skipped", 33)}


def run(args: argparse.Namespace) -> int:
    """Print each finding as it comes, or one JSON object; 1 if something failed."""
    environment = running.environment(_chosen(args))
    findings = []
    for finding in examine(environment, Path(args.folder).resolve(), fix=args.fix):
        findings.append(finding)
        if not args.json:
            print(line(finding, sys.stdout.isatty()), flush=True)
    failed = [finding for finding in findings if finding.outcome == "failed"]
    if args.json:
        print(json.dumps({"ok": not failed, "checks": [finding.as_json() for finding in findings]}))
    return 1 if failed else 0


def examine(environment: Mapping[str, str], root: Path, *, fix: bool = False) -> Iterator[Finding]:
    """Every check's finding. What needs a project is skipped where none can be talked to."""
    here = running.find()
    try:
        settings = Settings.from_environment(environment)
        firebase = connect(settings, f"brushfire-doctor/{__version__}")
    except SetupError as error:
        said = str(error).partition("; either")[0]
        yield bad("credentials", said, _to_choose(said, str(error)))
        yield from _all(MACHINE, Place(root, running=here))
        return
    mine = here if here is not None and here.firestore == settings.firestore_host else None
    place = Place(root, settings, firebase, mine, fix)
    try:
        yield good("credentials", _who(settings))
        reached = site_checks.firestore(place)
        yield reached
        left = {name: check for name, check in SITE.items() if name != "firestore"}
        if reached.outcome == "ok":
            yield from _all(left, place)
        else:
            yield from (skipped(name, "Firestore wasn't reached") for name in left)
        yield from _all(MACHINE, place)
    finally:
        firebase.close()


def line(finding: Finding, colours: bool) -> str:
    """A finding for a person; what to do stands below it."""
    word, colour = MARKS[finding.outcome]
    mark = f"{word:<8}"
    if colours:
        mark = f"\033[{colour}m{mark}\033[0m"
    todo = f"\n{'':9}→ {finding.todo}" if finding.todo else ""
    return f"{mark} {finding.check}: {finding.found}{todo}"


def _all(checks: Mapping[str, Check], place: Place) -> Iterator[Finding]:
    for name, check in checks.items():
        try:
            yield check(place)
        except Exception as error:  # a doctor that falls ill is of no use: the other checks go on
            yield bad(name, f"can't be checked: {type(error).__name__}: {error}", "report this")


def _to_choose(said: str, whole: str) -> str:
    if said != whole:
        return site_checks.HOW_TO_CHOOSE
    if said.startswith("GOOGLE_APPLICATION_CREDENTIALS"):
        return f"keep a key of a service account there: {site_checks.HOW_TO_MAKE_A_KEY}"
    return "set it as it says"


def _who(settings: Settings) -> str:
    if settings.firestore_host:
        return f"{settings.project} on the local Firebase at {settings.firestore_host}"
    return f"{settings.project}, with {settings.credentials}"


def _chosen(args: argparse.Namespace) -> dict[str, str]:
    """The environment; with --credentials a real project, also in a shell set up for the local one."""
    environment = dict(os.environ)
    if args.credentials:
        environment["GOOGLE_APPLICATION_CREDENTIALS"] = args.credentials
        for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"):
            environment.pop(name, None)
    return environment
