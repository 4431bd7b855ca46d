"""What `brushfire init`, `brushfire doctor` and `brushfire operator` accept."""

import argparse


def init(command: argparse.ArgumentParser) -> None:
    """Everything that it would ask for in a terminal."""
    command.add_argument("--project", metavar="ID", help="the Firebase project's id")
    command.add_argument(
        "--bucket", metavar="NAME", help="its Storage bucket (default: PROJECT.firebasestorage.app)"
    )
    command.add_argument("--region", metavar="R", help="Firestore's location (default: us-central1)")
    command.add_argument("--email", metavar="E", help="the operator's address, from which mail comes")
    command.add_argument("--mail", metavar="SERVICE", help="none, mailgun, sendgrid or smtp (default: none)")
    command.add_argument(
        "--mail-host", metavar="NAME", help="Mailgun's domain, or the mail server (with --mail)"
    )
    command.add_argument(
        "--key",
        metavar="FILE",
        help="where the service account's key is or will be, outside of this folder "
        "(default: ~/.config/brushfire/PROJECT.json)",
    )
    command.add_argument("--folder", default=".", metavar="DIR", help="Brushfire's folder (default: .)")


def doctor(command: argparse.ArgumentParser) -> None:
    """How it says what it finds, and whether it mends what it can."""
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument(
        "--fix", action="store_true", help="set the bucket's CORS where browsers couldn't read from it"
    )
    command.add_argument("--folder", default=".", metavar="DIR", help="Brushfire's folder (default: .)")
    command.add_argument(
        "--credentials",
        metavar="FILE",
        help="service account of a real project (JSON), instead of the environment",
    )


def operator(command: argparse.ArgumentParser) -> None:
    """Whose account, and whether it is to be one no more."""
    command.set_defaults(module="operators")
    command.add_argument("who", metavar="EMAIL|UID", help="the account's e-mail, or its id")
    command.add_argument("--remove", action="store_true", help="take it away again")
