"""Weights: the table of those that are known, those on this machine, and those that are loaded.

`entries` reads `models.toml`; `table` finds and checks a model's files; `shelf` keeps loaded models under a
memory budget; `checkpoints` and `convert` turn old formats into safetensors without running what is in
them; `pull` and `download` bring files here.
"""

from renderers.weights.entries import Kind, KnownFile, Model, how_to_get, read_table
from renderers.weights.table import MODELS_FOLDER, ModelTable

__all__ = ["MODELS_FOLDER", "Kind", "KnownFile", "Model", "ModelTable", "how_to_get", "read_table"]
