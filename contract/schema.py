"""The contract as one JSON Schema, from which `web/src/contract.ts` is generated.

`python -m contract.schema` writes it to standard output.
"""

import json
import sys
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contract.gallery import Like, Report
from contract.notices import Counts, Outgoing
from contract.params import PARAMS
from contract.task import CatalogEntry, Line, NewTask, Progress, Task, Worker


def contract_schema() -> dict[str, Any]:
    """Every document and every renderer's options, under `$defs`, by the name of the model.

    `renderers` says which of them are the options of which renderer.
    """
    models: list[type[BaseModel]] = [
        NewTask,
        Task,
        Progress,
        Worker,
        CatalogEntry,
        Line,
        Like,
        Report,
        Outgoing,
        Counts,
        *(PARAMS[name] for name in sorted(PARAMS)),
    ]
    _, schema = models_json_schema([(model, "serialization") for model in models], title="Brushfire")
    schema["renderers"] = {name: {"$ref": f"#/$defs/{PARAMS[name].__name__}"} for name in sorted(PARAMS)}
    return schema


if __name__ == "__main__":
    json.dump(contract_schema(), sys.stdout, indent=2, ensure_ascii=False)
