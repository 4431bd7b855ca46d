"""Where known weights lie on this machine, checked against the table.

Only what `models.toml` lists can be used: a public queue must not fetch or open what a stranger names.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from contract.errors import DamagedWeights, InvalidTask, MissingWeights, SetupError
from renderers.base import Located, M
from renderers.weights.entries import Model, how_to_get, read_table
from renderers.weights.shelf import Shelf

log = logging.getLogger(__name__)

MODELS_FOLDER = Path(__file__).resolve().parent.parent.parent / "models"
# Written beside fetched files: what they were when they came. See `renderers.weights.pull`.
PULLED = "pulled.json"


class ModelTable:
    """Weights on this machine, by kind and key: `renderers.base.Weights` for real.

    `chosen` is the operator's choice: a key for a kind, in place of the table's default. `memory_mb` is how
    much loaded models may take on a device; without it a share of what the device has.
    """

    def __init__(
        self,
        folder: Path | str = MODELS_FOLDER,
        chosen: Mapping[str, str] | None = None,
        memory_mb: int | None = None,
    ) -> None:
        """Read `folder/models.toml`. Raises `SetupError` naming the entry that is wrong."""
        self.root = Path(folder)
        self.models = read_table(self.root / "models.toml")
        self._chosen = dict(chosen or {})
        for kind, key in self._chosen.items():
            if key not in self.keys(kind):
                raise SetupError(
                    f"the {kind} model chosen is {key!r}, but must be one of {', '.join(self.keys(kind))}"
                )
        # A file's hash, remembered as long as the file's size and time stay.
        self._hashes: dict[tuple[Path, int, int], str] = {}
        self._warned: set[str] = set()
        self.shelf = Shelf(memory_mb)

    def keys(self, kind: str) -> list[str]:
        """The keys of a kind, sorted."""
        return sorted(key for key, model in self.models.items() if model.kind == kind)

    def folder(self, kind: str, key: str | None = None) -> Located:
        """The folder of the model `key`, or of the one chosen for `kind`.

        Raises `InvalidTask` naming `params.<kind>` for a key that isn't in the table, `MissingWeights` with
        the command that gets it, `DamagedWeights` saying which file isn't what it should be.
        """
        key = key if key is not None else self._default(kind)
        if key not in self.keys(kind):
            raise InvalidTask(f"params.{kind}", key, f"one of {', '.join(self.keys(kind))}")
        model = self.models[key]
        noted = self._noted(model)
        hashes = {name: self._checked(key, model, name, noted.get(name)) for name in sorted(model.files)}
        self._warn_of_unknown(key, noted)
        return Located(
            key=key,
            path=str(self.root / model.folder),
            sha256=hash_of_all({name: hashes[name] for name in model.weights}),
            traits=model.traits,
            files=tuple(sorted(model.files)),
            family=model.family,
            fits=model.fits,
            native_size=model.native_size,
            defaults=model.defaults,
        )

    def loaded(self, kind: str, key: str | None, load: Callable[[Located], M]) -> M:
        """A model ready for use: what `load` makes of its folder, kept for the next task.

        Raises as `folder` does. A model whose files have changed is loaded anew.
        """
        located = self.folder(kind, key)
        expected = self.models[located.key].memory_mb
        return self.shelf.take((kind, located.key, located.sha256), expected, lambda: load(located))

    def is_here(self, key: str) -> bool:
        """Whether a model's files are there, of the size that they should have; not whether they are good."""
        model = self.models[key]
        for name, known in model.files.items():
            path = self.root / model.folder / name
            if not path.is_file() or known.own_bytes not in (None, path.stat().st_size):
                return False
        return True

    def is_good(self, key: str, name: str) -> bool:
        """Whether one file of a model is here and what it should be, as far as that is known."""
        model = self.models[key]
        try:
            self._checked(key, model, name, self._noted(model).get(name))
        except (MissingWeights, DamagedWeights):
            return False
        return True

    def _default(self, kind: str) -> str:
        if kind in self._chosen:
            return self._chosen[kind]
        for key in self.keys(kind):
            if self.models[key].default:
                return key
        raise MissingWeights(f"models.toml has no default of kind {kind!r}")

    def _checked(self, key: str, model: Model, name: str, noted: str | None) -> str:
        """The hash of one file, after it was found to be what the table or the note beside it says."""
        path, known = self.root / model.folder / name, model.files[name]
        get = how_to_get(self.root, key, model)
        if not path.is_file():
            raise MissingWeights(f"{key}: {path} isn't there; run: {get}", key=key)
        # The operator may link the folder to another disk; a link inside it came with a stranger's archive.
        if not path.resolve().is_relative_to((self.root / model.folder).resolve()):
            raise DamagedWeights(
                f"{key}: {path} is a link that leads out of its folder; put the file there", key=key
            )
        size = path.stat().st_size
        if known.own_bytes is not None and size != known.own_bytes:
            raise DamagedWeights(
                f"{key}: {path} has {size} bytes, but must have {known.own_bytes}; delete it and run: {get}",
                key=key,
            )
        found, expected = self.hash_of(path), known.own_sha256 or noted
        if expected not in (None, found):
            raise DamagedWeights(
                f"{key}: the SHA-256 of {path} is {found[:12]}…, but must be {str(expected)[:12]}…; "
                f"delete it and run: {get}",
                key=key,
            )
        return found

    def _noted(self, model: Model) -> dict[str, str]:
        """The hashes that were noted when the files were fetched or made here."""
        try:
            note = json.loads((self.root / model.folder / PULLED).read_text("utf-8"))
            return {str(name): str(file["sha256"]) for name, file in note["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _warn_of_unknown(self, key: str, noted: Mapping[str, str]) -> None:
        """Say once of a model which of its files nobody could check."""
        files = self.models[key].files.items()
        unknown = [name for name, file in files if file.own_sha256 is None and name not in noted]
        if unknown and key not in self._warned:
            self._warned.add(key)
            log.warning("%s: no hash is known of %s; used as found", key, ", ".join(sorted(unknown)))

    def hash_of(self, path: Path) -> str:
        """The SHA-256 of a file, taken once as long as it stays as it is."""
        stat = path.stat()
        signature = (path, stat.st_size, stat.st_mtime_ns)
        if signature not in self._hashes:
            with path.open("rb") as file:
                self._hashes[signature] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._hashes[signature]


def hash_of_all(hashes: Mapping[str, str]) -> str:
    """A model's hash: that of its one file of weights, or of the lines that `sha256sum` prints of several.

    The lines ('hash  name') are sorted by name.
    """
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()
