"""Globs and expressions of firebase.json."""

from __future__ import annotations

import pytest

from emulator.config import Match
from emulator.hosting.patterns import PathPattern, fill


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("**", "/any/where", True),
        ("**", "/", True),
        ("/assets/**", "/assets/deep/x.js", True),
        ("/assets/**", "/asset", False),
        ("assets/*", "/assets/x.js", True),
        ("/assets/*", "/assets/deep/x.js", False),
        ("**/*.js", "/x.js", True),
        ("**/*.js", "/a/b/x.js", True),
        ("**/*.js", "/a/b/xjs", False),
        ("**/.*", "/.env", True),
        ("**/.*", "/a/.git", True),
        ("**/.*", "/a/x.y", False),
        ("/a?c", "/abc", True),
        ("/a?c", "/a/c", False),
        ("**/*.{png,jpg}", "/a/x.jpg", True),
        ("**/*.@(png|jpg)", "/a/x.png", True),
        ("**/*.@(png|jpg)", "/a/x.gif", False),
        ("/!(api)/**", "/page/x", True),
        ("/!(api)/**", "/api/x", False),
        ("/+(ab)", "/abab", True),
        ("/x+y(z)", "/x+y(z)", True),
        ("/:lang/about", "/de/about", True),
        ("/:lang/about", "/de/x/about", False),
    ],
)
def test_a_glob_matches_whole_paths(glob: str, path: str, expected: bool) -> None:
    assert (PathPattern(Match(source=glob)).match(path) is not None) == expected


def test_captures_are_filled_in() -> None:
    captures = PathPattern(Match(source="/blog/:post/:rest*")).match("/blog/first/a/b")
    assert captures is not None
    assert fill("/news/:post?page=:rest*&:unknown", captures) == "/news/first?page=a/b&:unknown"
    numbered = PathPattern(Match(regex=r"^/(\d+)/(?P<name>\w+)$")).match("/7/x")
    assert numbered is not None
    assert fill("/:name/:1", numbered) == "/x/7"


def test_a_pattern_that_can_t_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=r"the pattern '\(' can't be read"):
        PathPattern(Match(regex="("))
