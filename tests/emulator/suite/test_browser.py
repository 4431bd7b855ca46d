"""All four services and a page in a real Chromium."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.emulator.storage.conftest import google_client
from tests.emulator.suite.process import started
from tests.emulator.suite.running import run_node

PAGE = """<!doctype html>
<script type="module">
  const from = "https://www.gstatic.com/firebasejs/12.19.0/";
  const { initializeApp } = await import(`${from}firebase-app.js`);
  const auth = await import(`${from}firebase-auth.js`);
  const storage = await import(`${from}firebase-storage.js`);
  const config = await (await fetch("/__/firebase/init.json")).json();
  const app = initializeApp(config), { emulators } = config;
  const users = auth.getAuth(app), files = storage.getStorage(app);
  const { host, port } = emulators.auth;
  auth.connectAuthEmulator(users, `http://${host}:${port}`, { disableWarnings: true });
  storage.connectStorageEmulator(files, emulators.storage.host, emulators.storage.port);
  window.signIn = async () => {
    await users.authStateReady();
    return (users.currentUser ?? (await auth.signInAnonymously(users)).user).uid;
  };
  window.urlOf = (path) => storage.getDownloadURL(storage.ref(files, path));
  window.upload = async (path, blob) => {
    await storage.uploadBytesResumable(storage.ref(files, path), blob);
    return window.urlOf(path);
  };
  window.ready = true;
</script>
"""


@pytest.mark.slow
def test_a_page_in_chromium_uses_them(config: Path) -> None:
    (config.parent / "page/index.html").write_text(PAGE)
    rules = "allow read, write: if request.auth != null"
    (config.parent / "storage.rules").write_text(
        f"rules_version = '2'; service firebase.storage {{ match /{{all=**}} {{ {rules}; }} }}"
    )
    with started(config) as ready:
        with google_client(ready["storage"]) as client:
            blob = client.bucket("demo-brushfire.appspot.com").blob("results/clip.webm")
            blob.upload_from_string(noisy_video(), content_type="video/webm")
        run_node("storage_auth/browser.mjs", {"HOSTING_HOST": ready["hosting"], "CLIP": blob.name})


def noisy_video(seconds: int = 12, rate: int = 5) -> bytes:
    """A video of some 5 MB, more than a browser fetches ahead: a few pictures of noise, again and again."""
    random, out = np.random.default_rng(0), io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=rate, options={"g": "1", "qmax": "20"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 240, "yuv420p", 8_000_000
        packets = []
        for _ in range(4):
            picture = random.integers(0, 256, (240, 320, 3), dtype=np.uint8)
            packets += stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24"))
        packets += stream.encode(None)
        for at in range(seconds * rate):
            packet = av.Packet(bytes(packets[at % len(packets)]))
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, rate), True
            packet.pts = packet.dts = at
            container.mux(packet)
    return out.getvalue()
