"""The front door: the `brushfire` command."""

__version__ = "0.1.0"
