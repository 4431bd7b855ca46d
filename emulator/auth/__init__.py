"""The local Firebase Authentication: accounts and tokens over the Identity Toolkit API."""

from emulator.auth.server import AuthServer

__all__ = ["AuthServer"]
