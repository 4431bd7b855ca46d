"""The built page as Hosting serves it."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.config import HeaderRule, HostingConfig, Match, Redirect, Rewrite
from emulator.hosting import HostingServer
from tests.emulator.suite.running import call, running

SCRIPT = "console.log('long enough to be worth it');\n" * 100


@pytest.fixture
def config(tmp_path: Path) -> HostingConfig:
    public = tmp_path / "site" / "public"
    files = {
        "index.html": "<h1>home</h1>",
        "about.html": "about",
        "assets/app-1a2b.js": SCRIPT,
        "assets/pixel.png": "png",
        "folder/index.html": "folder",
        ".secret": "secret",
        ".git/config": "secret",
    }
    for name, text in files.items():
        file = public / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "site" / "outside.txt").write_text("outside")
    return HostingConfig(
        public=public,
        ignore=("firebase.json", "**/.*", "**/node_modules/**"),
        rewrites=(Rewrite(Match(source="/app/**"), "/index.html"),),
        redirects=(Redirect(Match(source="/old/:page"), "/new/:page", 302),),
        headers=(
            HeaderRule(Match(source="/assets/**"), (("Cache-Control", "max-age=31536000, immutable"),)),
            HeaderRule(Match(source="**"), (("X-Frame-Options", "DENY"),)),
        ),
    )


@pytest.fixture
def address(config: HostingConfig) -> Iterator[str]:
    with running(server(config)) as address:
        yield address


def server(config: HostingConfig | None) -> HostingServer:
    return HostingServer(config, web_config=lambda host: {"projectId": "demo", "reachedAs": host})


def test_the_home_page_is_served(address: str) -> None:
    answer = call(address, "GET", "/")
    assert (answer.status, answer.body) == (200, b"<h1>home</h1>")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_headers_are_those_of_the_rules(address: str) -> None:
    answer = call(address, "GET", "/assets/pixel.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "max-age=31536000, immutable"


def test_files_come_before_rewrites_and_rewrites_before_not_found(address: str) -> None:
    assert call(address, "GET", "/app/tasks/7").body == b"<h1>home</h1>"
    assert call(address, "GET", "/about.html").body == b"about"
    assert call(address, "GET", "/nowhere").status == 404


def test_redirects_keep_captures_and_query(address: str) -> None:
    answer = call(address, "GET", "/old/a%20b?q=1")
    assert (answer.status, answer.headers["Location"]) == (302, "/new/a%20b?q=1")


def test_the_own_404_page_is_sent_with_its_status(address: str, config: HostingConfig) -> None:
    (config.public / "404.html").write_text("not here")
    answer = call(address, "GET", "/nowhere")
    assert (answer.status, answer.body) == (404, b"not here")


def test_a_folder_is_reached_with_a_slash(address: str) -> None:
    assert call(address, "GET", "/folder").headers["Location"] == "/folder/"
    assert call(address, "GET", "/folder/").body == b"folder"


def test_clean_urls_go_without_their_ending(config: HostingConfig) -> None:
    with running(server(replace(config, clean_urls=True, trailing_slash=False))) as address:
        assert call(address, "GET", "/about").body == b"about"
        assert call(address, "GET", "/about.html").headers["Location"] == "/about"
        assert call(address, "GET", "/index.html").headers["Location"] == "/"
        assert call(address, "GET", "/about/").headers["Location"] == "/about"
        assert call(address, "GET", "/folder").body == b"folder"
        assert call(address, "GET", "/folder/").headers["Location"] == "/folder"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/assets/../../outside.txt",
        "/assets/%2e%2e%2f%2e%2e%2foutside.txt",
        "/..%5coutside.txt",
        "/link.txt",
        "/.secret",
        "/.git/config",
        "/%00",
    ],
)
def test_a_path_that_leaves_the_folder_or_is_ignored_is_refused(
    address: str, config: HostingConfig, path: str
) -> None:
    (config.public / "link.txt").symlink_to(config.public.parent / "outside.txt")
    host, port = address.split(":")
    # Spoken by hand, since clients tidy such paths up.
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"403", b"404")
    assert body not in (b"outside", b"secret")


@pytest.mark.parametrize("path", ["/" + "x" * 300, "/a/" + "x" * 300 + "/%ff", "/" + "x/" * 3_000])
def test_a_path_too_long_for_any_file_is_not_found(address: str, path: str) -> None:
    assert call(address, "GET", path).status == 404


def test_text_is_compressed_for_those_who_can_read_it(address: str) -> None:
    plain = call(address, "GET", "/assets/app-1a2b.js")
    squeezed = call(address, "GET", "/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    assert plain.body.decode() == gzip.decompress(squeezed.body).decode() == SCRIPT
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert set(squeezed.headers.get_all("Vary") or ()) == {"Accept-Encoding", "Origin"}
    assert plain.headers["ETag"] != squeezed.headers["ETag"]
    assert len(squeezed.body) < len(plain.body) / 10


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_copy_that_is_still_good_is_not_sent_again(
    address: str, config: HostingConfig, encoding: str
) -> None:
    accepts = {"Accept-Encoding": encoding}
    etag = call(address, "GET", "/assets/app-1a2b.js", headers=accepts).headers["ETag"]
    again = call(address, "GET", "/assets/app-1a2b.js", headers=accepts | {"If-None-Match": etag})
    assert (again.status, again.body) == (304, b"")
    (config.public / "assets/app-1a2b.js").write_text(SCRIPT + "// built again\n")
    fresh = call(address, "GET", "/assets/app-1a2b.js", headers=accepts | {"If-None-Match": etag})
    assert fresh.status == 200


def test_videos_of_the_page_can_be_sought_in(address: str) -> None:
    answer = call(address, "GET", "/assets/pixel.png", headers={"Range": "bytes=1-1"})
    assert (answer.status, answer.body) == (206, b"n")


def test_the_web_configuration_names_the_host_that_the_browser_used(address: str) -> None:
    port = address.split(":")[1]
    named = call(address, "GET", "/__/firebase/init.json", headers={"Host": f"t3.localhost:{port}"})
    assert named.json() == {"projectId": "demo", "reachedAs": "t3.localhost"}
    script = call(address, "GET", "/__/firebase/init.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert b'"projectId": "demo"' in script.body


def test_a_page_that_isn_t_built_says_how_to_build_it(config: HostingConfig, tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (web / "package.json").write_text("{}")
    with running(server(replace(config, public=web / "dist"))) as address:
        answer = call(address, "GET", "/")
        assert answer.status == 503
        assert f"npm --prefix {web} run build" in answer.body.decode()
        (web / "dist").mkdir()
        (web / "dist/index.html").write_text("built")
        assert call(address, "GET", "/").body == b"built"


def test_without_a_hosting_section_there_is_no_page() -> None:
    with running(server(None)) as address:
        answer = call(address, "GET", "/")
        assert answer.status == 404
        assert b"no `hosting` section" in answer.body


def test_a_rebound_name_is_refused(address: str) -> None:
    assert call(address, "GET", "/", headers={"Host": "evil.example"}).status == 403
