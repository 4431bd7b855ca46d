"""The local Firebase Hosting: the built page as firebase.json wants it served."""

from emulator.hosting.server import HostingServer

__all__ = ["HostingServer"]
