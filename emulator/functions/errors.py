"""What can go wrong between the emulator and the functions.

FunctionsError
├── DiscoveryFailed       the functions' source can't be loaded
├── FunctionUnavailable   a function's process doesn't start or has died
└── FunctionTimeout       a call took longer than the function allows itself
"""

from __future__ import annotations


class FunctionsError(Exception):
    """The message is for the developer."""


class DiscoveryFailed(FunctionsError):
    """Importing the source failed; the message ends with what Python said."""


class FunctionUnavailable(FunctionsError):
    """Another attempt may succeed."""


class FunctionTimeout(FunctionsError):
    """The call was given up."""
