"""The queue's Python side and the worker that renders its tasks. Nothing here imports torch."""

VERSION = "0.1.0"
