"""A real listener process whose renderer needs no weights: `python -m tests.listener.process`.

Like `brushfire listen`, it takes its settings from the environment. PAUSE is how many seconds a step takes;
with BLIND it shows no steps, which makes no film.
"""

import os
import sys

from listener import logs
from listener.firebase import connect
from listener.listen import leave_on_signals, serve
from listener.settings import Settings
from renderers import RENDERERS, Entry
from tests.listener.fakes import NoWeights, Squares


def main() -> int:
    """Listen until a signal says to leave."""
    RENDERERS["pixeldraw"] = Entry("tests.listener.fakes:Squares", "")
    Squares.PAUSE = float(os.environ.get("PAUSE", "0"))
    Squares.SHOWN = "BLIND" not in os.environ
    settings = Settings.from_environment()
    logs.configure("json")
    firebase = connect(settings)
    serve(settings, firebase, "cpu", NoWeights(), leave_on_signals)
    firebase.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
