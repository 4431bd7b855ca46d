"""The headers that Hosting sends with the page, and that the page keeps to them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from emulator.config import load_config
from emulator.hosting.site import Site

ROOT = Path(__file__).parents[2]
PUBLIC = ROOT / "web" / "public"
# What of Firebase the page speaks to, in a real project.
SERVICES = ("firestore", "identitytoolkit", "securetoken", "firebasestorage")
LOOPBACK = ("http://127.0.0.1:*", "http://localhost:*", "http://*.localhost:*")


def headers(path: str) -> dict[str, str]:
    hosting = load_config(ROOT / "firebase.json").hosting
    assert hosting is not None
    return Site(hosting).headers(path)


def policy(path: str = "/") -> dict[str, list[str]]:
    directives = headers(path)["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (directive.split() for directive in directives)}


@pytest.mark.parametrize(
    "path", ["/", "/gallery", "/t/abc", "/assets/index-1.js", "/favicon.svg", "/nowhere"]
)
def test_everything_is_sent_with_them(path: str) -> None:
    sent = headers(path)
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in sent["Permissions-Policy"]
    # Google's window must be able to answer the page that opened it.
    assert sent["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert policy(path)["frame-ancestors"] == ["'none'"]


def test_what_is_named_by_its_content_is_kept_for_ever() -> None:
    assert "immutable" in headers("/assets/index-1.js")["Cache-Control"]
    assert "Cache-Control" not in headers("/")


def test_nothing_is_allowed_but_what_is_named() -> None:
    allowed = policy()
    assert allowed["default-src"] == ["'none'"]
    assert allowed["base-uri"] == allowed["object-src"] == ["'none'"]
    assert allowed["script-src"] == ["'self'", "https://apis.google.com"]
    assert allowed["style-src"] == ["'self'"]
    assert not [word for words in allowed.values() for word in words if "unsafe" in word or word == "*"]


def test_the_page_may_speak_to_firebase_and_to_the_local_one_alone() -> None:
    services = {f"https://{service}.googleapis.com" for service in SERVICES}
    assert set(policy()["connect-src"]) == {"'self'", *services, *LOOPBACK}


class _Inline(HTMLParser):
    """Collects what a policy without 'unsafe-inline' would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        inline = tag == "style" or (tag == "script" and "src" not in names)
        if inline or "style" in names or any(name.startswith("on") for name in names):
            self.found.append(self.get_starttag_text() or tag)


def test_the_page_has_neither_script_nor_style_in_line() -> None:
    parser = _Inline()
    parser.feed((ROOT / "web" / "index.html").read_text())
    assert parser.found == []


def test_the_manifest_names_icons_that_are_there_in_the_sizes_it_says() -> None:
    manifest = json.loads((PUBLIC / "manifest.webmanifest").read_text())
    sizes = {}
    for icon in manifest["icons"]:
        file = PUBLIC / icon["src"].lstrip("/")
        assert file.is_file(), icon["src"]
        if icon["type"] == "image/png":
            data = file.read_bytes()
            width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
            assert icon["sizes"] == f"{width}x{height}"
            sizes[icon["sizes"], icon.get("purpose", "any")] = icon["src"]
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes.keys()


def test_the_page_names_its_manifest_and_what_it_is() -> None:
    page = (ROOT / "web" / "index.html").read_text()
    assert 'rel="manifest" href="/manifest.webmanifest"' in page
    assert re.search(r'name="description"\s+content="[^"]{40,}"', page)
    assert len(re.findall('name="theme-color"', page)) == 2
    for file in re.findall(r'(?:href|content)="(/(?!src)[^"]+\.\w+)"', page):
        assert (PUBLIC / file.lstrip("/")).is_file(), file
