"""The Firebase SDK of the web against `/v0`."""

from __future__ import annotations

import pytest

from tests.emulator.suite.running import run_node


@pytest.mark.slow
def test_the_web_sdk_stores_and_reads(address: str) -> None:
    run_node("storage_auth/storage.mjs", {"PROJECT": "demo-brushfire", "STORAGE_HOST": address})
