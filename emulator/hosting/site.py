"""What firebase.json makes of a path: a file, a redirect, a function, or nothing.

In the order of the real Hosting: redirects, then files, then rewrites, then the 404 page.
https://firebase.google.com/docs/hosting/full-config#hosting_priority_order
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emulator.config import ConfigError, FunctionRoute, HostingConfig, Match
from emulator.hosting.patterns import PathPattern, fill


@dataclass(frozen=True, slots=True)
class Found:
    """A file to send; `status` is 404 for the page that says so."""

    file: Path
    status: int = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """An address to go to instead."""

    location: str
    status: int = 301


class Site:
    """The built page as the `hosting` section wants it served. Raises ConfigError for a bad pattern."""

    def __init__(self, config: HostingConfig) -> None:
        self._config, self.root = config, config.public
        self._redirects = [(_pattern(rule.match), rule) for rule in config.redirects]
        self._rewrites = [(_pattern(rule.match), rule.destination) for rule in config.rewrites]
        self._headers = [(_pattern(rule.match), rule.headers) for rule in config.headers]
        self._ignored = [_pattern(Match(source=glob)) for glob in config.ignore]

    @property
    def is_built(self) -> bool:
        return (self.root / "index.html").is_file()

    def answer(self, path: str) -> Found | Moved | FunctionRoute | None:
        """What to send for a decoded path (`/a/b`); None where there is nothing, not even a 404 page."""
        return self._redirect(path) or self._page(path) or self._rewrite(path) or self._not_found()

    def headers(self, path: str) -> dict[str, str]:
        """The headers that the rules set for the path as it was asked for; later rules win."""
        found: dict[str, str] = {}
        for pattern, headers in self._headers:
            if pattern.match(path) is not None:
                found |= dict(headers)
        return found

    def _redirect(self, path: str) -> Moved | None:
        for pattern, rule in self._redirects:
            captures = pattern.match(path)
            if captures is not None:
                return Moved(fill(rule.destination, captures), rule.status)
        return None

    def _page(self, path: str) -> Found | Moved | None:
        """A file at the path itself, one that its clean form stands for, or a folder's index."""
        bare = path.rstrip("/") or "/"
        if self._config.clean_urls and path.endswith(".html") and self._file(path):
            return Moved(path.removesuffix("index.html").removesuffix(".html") or "/")
        clean = self._file(f"{bare}.html") if self._config.clean_urls and bare != "/" else None
        exact = self._file(path) if not path.endswith("/") else None
        if exact or clean:
            if clean and not exact and path != bare and self._config.trailing_slash is False:
                return Moved(bare)
            return Found(exact or clean or self.root)
        index = self._file(f"{bare}/index.html")
        if index is None or bare == "/":
            return Found(index) if index else None
        wanted = bare if self._config.trailing_slash is False else f"{bare}/"
        return Found(index) if path == wanted else Moved(wanted)

    def rewrites_to_function(self, path: str) -> FunctionRoute | None:
        """The function that a path leads to when there is no file: also for what isn't a GET."""
        found = self._rewrite(path)
        return found if isinstance(found, FunctionRoute) else None

    def _rewrite(self, path: str) -> Found | FunctionRoute | None:
        for pattern, destination in self._rewrites:
            if pattern.match(path) is not None:
                if isinstance(destination, FunctionRoute):
                    return destination
                file = self._file(destination)
                return Found(file) if file else None
        return None

    def _not_found(self) -> Found | None:
        file = self._file("/404.html")
        return Found(file, 404) if file else None

    def _file(self, path: str) -> Path | None:
        """The file at a path, unless it leaves the public folder or is ignored."""
        parts = path.strip("/").split("/")
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
            return None
        file = self.root.joinpath(*parts)
        try:
            if not file.is_file() or not file.resolve().is_relative_to(self.root.resolve()):
                return None
        except OSError:  # a name too long for any file, or a folder that may not be read
            return None
        return None if self._is_ignored(parts) else file

    def _is_ignored(self, parts: list[str]) -> bool:
        """An ignored folder takes what is below it along."""
        prefixes = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        return any(pattern.match(prefix) is not None for pattern in self._ignored for prefix in prefixes)


def _pattern(match: Match) -> PathPattern:
    try:
        return PathPattern(match)
    except ValueError as error:
        raise ConfigError(f"firebase.json: hosting: {error}") from None
