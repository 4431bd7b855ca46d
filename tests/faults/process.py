"""A real listener process whose renders are small and whole: `python -m tests.faults.process`.

As `brushfire listen`, but for its renderer, and that it tells the server its worker's name.
"""

import os
import sys

from listener import logs
from listener.firebase import connect
from listener.listen import leave_on_signals, serve
from listener.settings import Settings
from renderers import RENDERERS, Entry
from tests.faults.renderer import NoWeights, Patches


def main() -> int:
    """Listen until a signal says to leave."""
    RENDERERS["pixeldraw"] = Entry("tests.faults.renderer:Patches", "")
    Patches.STEP_SECONDS = float(os.environ["STEP_SECONDS"])
    Patches.FAILING = 0
    settings = Settings.from_environment()
    logs.configure("json")
    firebase = connect(settings, f"{settings.worker}/1")
    serve(settings, firebase, "cpu", NoWeights(), leave_on_signals)
    firebase.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
