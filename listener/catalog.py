"""`catalog/{renderer}`: each renderer's options, from which the page draws its form."""

import inspect
from collections.abc import Sequence

from google.cloud import firestore

import renderers
from contract.params import PARAMS, Params
from contract.task import CatalogEntry
from listener.edge import server_errors
from listener.logs import log


def learn_options(names: Sequence[str]) -> None:
    """Take in the options of renderers that other packages brought, so that tasks for them are checked."""
    for name in names:
        if name not in PARAMS:
            PARAMS[name] = renderers.load(name).Params


def publish_catalog(db: firestore.Client, names: Sequence[str]) -> None:
    """Write the entries that differ from what is there: usually none."""
    for name in names:
        reference = db.collection("catalog").document(name)
        wanted = entry_of(PARAMS[name]).fields()
        with server_errors():
            if reference.get().to_dict() != wanted:
                reference.set(wanted)
                log("catalog_published", renderer=name)


def entry_of(params: type[Params]) -> CatalogEntry:
    """A renderer's line and the JSON Schema of its options."""
    summary = (inspect.getdoc(params) or "").splitlines()[0]
    return CatalogEntry(summary=summary, options=params.model_json_schema())
