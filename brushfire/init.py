"""`brushfire init`: the files that tie this checkout to a Firebase project. No secret is written into it."""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from brushfire import envfile
from contract.errors import SetupError

MAIL = ("none", "mailgun", "sendgrid", "smtp")
# What a mail service needs besides its secret, and the secret's name in Secret Manager.
ASKED = {"mailgun": ("MAILGUN_DOMAIN", "domain"), "smtp": ("SMTP_HOST", "server")}
SECRETS = {"mailgun": "MAILGUN_API_KEY", "sendgrid": "SENDGRID_API_KEY", "smtp": "SMTP_PASSWORD"}
PROJECT = (r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "a project id: 6 to 30 small letters, digits and -")
BUCKET = (r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "a bucket's name, without gs://")
REGION = (r"[a-z]+(-[a-z]+)?\d*", "a location of Firestore, such as europe-west1, us-central1, eur3 or nam5")
EMAIL = (r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "an e-mail address")
HOST = (r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", "a name such as mail.example.org")


@dataclass(frozen=True)
class Site:
    """What was asked for."""

    project: str
    bucket: str
    region: str
    email: str
    mail: str
    mail_host: str
    key: Path


def run(args: argparse.Namespace) -> int:
    """Ask for what no option gave, write the files that differ, and say what comes next."""
    root = Path(args.folder).resolve()
    if not (root / "firebase.json").is_file():
        raise SetupError(f"--folder is {str(root)!r}, but must be the folder of Brushfire's firebase.json")
    site = asked(args, root)
    written = write(root, site)
    for file, changed in written.items():
        print(f"{'wrote' if changed else 'unchanged'}  {file.relative_to(root)}")
    print("\nnext:\n" + "\n".join(f"  {line}" for line in following(site)))
    return 0


def asked(args: argparse.Namespace, root: Path) -> Site:
    """The site, from options, from what an earlier run wrote, or from the terminal."""
    before = envfile.read(root / ".env")
    functions = envfile.read(root / "functions" / ".env")
    project = _ask(
        "--project", "Firebase project id", args.project, before.get("GOOGLE_CLOUD_PROJECT"), PROJECT
    )
    same = before.get("GOOGLE_CLOUD_PROJECT") == project
    known = before if same else {}
    bucket = known.get("BRUSHFIRE_BUCKET") or f"{project}.firebasestorage.app"
    mail = _one_of(args.mail, (functions.get("BRUSHFIRE_MAIL") or "none") if same else None)
    email = _ask(
        "--email",
        "the operator's e-mail, from which mail to users comes",
        args.email,
        functions.get("BRUSHFIRE_MAIL_FROM") or ("" if mail == "none" else None),
        EMAIL,
        optional=mail == "none",
    )
    host = ""
    if mail in ASKED:
        name, what = ASKED[mail]
        host = _ask("--mail-host", f"{mail}'s {what}", args.mail_host, functions.get(name), HOST)
    key = known.get("GOOGLE_APPLICATION_CREDENTIALS") or f"~/.config/brushfire/{project}.json"
    return Site(
        project,
        _ask("--bucket", "Storage bucket", args.bucket, bucket, BUCKET),
        _ask(
            "--region",
            "Firestore's location",
            args.region,
            known.get("BRUSHFIRE_REGION", "us-central1"),
            REGION,
        ),
        email,
        mail,
        host,
        _outside(root, Path(args.key or key).expanduser()),
    )


def write(root: Path, site: Site) -> dict[Path, bool]:
    """Write what differs; for each file whether it did."""
    listener = {
        "GOOGLE_CLOUD_PROJECT": site.project,
        "GOOGLE_APPLICATION_CREDENTIALS": str(site.key),
        "BRUSHFIRE_BUCKET": site.bucket,
        "BRUSHFIRE_REGION": site.region,
    }
    functions = {
        "BRUSHFIRE_SITE": f"https://{site.project}.web.app",
        "BRUSHFIRE_MAIL": "" if site.mail == "none" else site.mail,
        "BRUSHFIRE_MAIL_FROM": site.email,
    }
    if site.mail in ASKED:
        functions[ASKED[site.mail][0]] = site.mail_host
    if site.mail == "smtp":
        functions["SMTP_USER"] = site.email
    return {
        root / ".firebaserc": envfile.set_default_project(root / ".firebaserc", site.project),
        root / ".env": envfile.update(root / ".env", listener),
        root / "functions" / ".env": envfile.update(root / "functions" / ".env", functions),
    }


def following(site: Site) -> list[str]:
    """The commands that are left to do, in order."""
    firebase = "npx --yes firebase-tools@15"
    lines = [
        f"{firebase} login",
        f'{firebase} firestore:databases:create "(default)" --location {site.region}   # if it has none yet',
    ]
    if site.mail in SECRETS:
        lines.append(f"{firebase} functions:secrets:set {SECRETS[site.mail]}")
    # Bound when the functions are deployed, which looks for each of them in Secret Manager.
    bound = f'BRUSHFIRE_SECRETS="{SECRETS[site.mail]}" ' if site.mail in SECRETS else ""
    lines += [
        f"make page && {bound}{firebase} deploy   # without functions: --only hosting,firestore,storage",
        f"# console → project settings → service accounts → generate new private key; keep it as {site.key}",
        "set -a && . ./.env && set +a",
        ".venv/bin/brushfire doctor --fix",
        ".venv/bin/brushfire listen",
    ]
    if site.email:
        lines.append(
            f".venv/bin/brushfire operator {site.email}   # once this account has signed in to the page"
        )
    return lines


def _outside(root: Path, key: Path) -> Path:
    """The key's place, which is never in the checkout: what lies there is committed one day."""
    if key.resolve().is_relative_to(root):
        raise SetupError(
            f"--key is {str(key)!r}, but must be outside of {root}: a key is never in a repository"
        )
    return key


def _one_of(given: str | None, default: str | None) -> str:
    pattern = ("|".join(MAIL), " or ".join(MAIL))
    return _ask("--mail", f"mail service ({', '.join(MAIL)})", given, default or "none", pattern)


def _ask(
    option: str,
    question: str,
    given: str | None,
    default: str | None,
    accepted: tuple[str, str],
    *,
    optional: bool = False,
) -> str:
    """A value: the option's, else what is typed in a terminal, else the default."""
    pattern, words = accepted
    value = given
    if value is None:
        if sys.stdin.isatty():
            value = input(f"{question}{f' [{default}]' if default else ''}: ").strip() or default
        else:
            value = default
    if value is None:
        raise SetupError(f"{option} is missing, but must be {words}")
    if not (optional and value == "") and not re.fullmatch(pattern, value):
        raise SetupError(f"{option} is {value!r}, but must be {words}")
    return value
