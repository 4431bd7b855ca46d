"""What `brushfire doctor` checks of this machine."""

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from brushfire.finding import Finding, Place, bad, good, skipped
from contract.errors import SetupError

GB = 1024**3
LEAST_DISK, LEAST_MEMORY = 2 * GB, 2 * GB
# How long torch may take to load and find the GPUs: seconds, on a cold disk half a minute.
MOST_SECONDS = 90.0
# The kinds of weights that a renderer of ours can't do without.
KINDS = {
    "clipdraw": ("clip",),
    "diffusion": ("diffusion",),
    "pixeldraw": ("clip",),
    "vqgan_clip": ("clip", "vqgan"),
}
# In a process of its own: torch takes seconds to load, and holds on to the GPUs it has seen.
TORCH = """
import json, torch
found = torch.cuda.device_count() if torch.cuda.is_available() else 0
gpus = [(torch.cuda.get_device_name(n), *torch.cuda.mem_get_info(n)) for n in range(found)]
print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda, "gpus": gpus,
                  "mps": torch.backends.mps.is_available()}))
"""


def gpu(place: Place) -> Finding:
    """What torch finds here, and that no GPU is left unused by mistake."""
    try:
        status, said, complaint = _answer_of(TORCH)
    except subprocess.TimeoutExpired:
        todo = "see whether nvidia-smi answers; if not, restart the machine, or set BRUSHFIRE_DEVICE=cpu"
        return bad("gpu", f"torch doesn't say in {MOST_SECONDS:g} s what GPUs are here", todo)
    if status != 0:
        last = (complaint.strip().splitlines() or ["no reason given"])[-1]
        return bad("gpu", f"torch can't be used: {last}", "run: pip install -r requirements.txt")
    found = json.loads(said)
    return gpu_of(found, place.settings.device if place.settings else "auto", shutil.which("nvidia-smi"))


def gpu_of(found: dict[str, Any], wanted: str, nvidia: str | None) -> Finding:
    """The same, given what torch said, the device that is wanted, and where nvidia-smi is."""
    torch = f"torch {found['torch']}"
    if found["gpus"]:
        here = [f"cuda:{number}" for number in range(len(found["gpus"]))]
        if wanted.startswith("cuda") and (wanted if ":" in wanted else "cuda:0") not in here:
            return bad(
                "gpu",
                f"BRUSHFIRE_DEVICE is {wanted}, but here is {', '.join(here)}",
                "set it to one of these",
            )
        told = "; ".join(
            f"{name}, {free / GB:.0f} of {total / GB:.0f} GB free" for name, free, total in found["gpus"]
        )
        return good("gpu", f"{told}; {torch}, CUDA {found['cuda']}")
    if nvidia is not None:
        why = "was built without CUDA" if found["cuda"] is None else "can't use its driver"
        todo = "install a torch with CUDA (https://pytorch.org/get-started/locally), or a newer driver"
        return bad("gpu", f"this machine has an NVIDIA GPU, but {torch} {why}: the CPU would draw", todo)
    if wanted.startswith("cuda") or (wanted == "mps" and not found["mps"]):
        return bad("gpu", f"BRUSHFIRE_DEVICE is {wanted}, but {torch} finds no GPU", "set it to auto or cpu")
    return good(
        "gpu", f"Apple's, by MPS; {torch}" if found["mps"] else f"none: the CPU draws, slowly; {torch}"
    )


def memory(place: Place) -> Finding:
    """Main memory that is free."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        sizes = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines if " kB" in line}
        free, total = sizes["MemAvailable"], sizes["MemTotal"]
    except (OSError, KeyError, ValueError):
        return skipped("memory", "this system doesn't tell in /proc/meminfo")
    said = f"{free / GB:.1f} of {total / GB:.1f} GB free"
    if free < LEAST_MEMORY:
        return bad(
            "memory", said, f"end other programs: a listener needs {LEAST_MEMORY / GB:.0f} GB and more"
        )
    return good("memory", said)


def weights(place: Place) -> Finding:
    """Whether each renderer that is served has the weights that it can't do without."""
    from renderers.weights import MODELS_FOLDER, ModelTable

    named = place.settings.models if place.settings else None
    served = place.settings.renderers if place.settings else tuple(KINDS)
    try:
        table = ModelTable(named or MODELS_FOLDER)
    except SetupError as error:
        return bad(
            "weights", str(error), "set BRUSHFIRE_MODELS to a folder with a models.toml, or leave it out"
        )
    kinds = sorted({kind for name in served for kind in KINDS.get(name, ())})
    usual = {
        kind: next((key for key in table.keys(kind) if table.models[key].default), None) for kind in kinds
    }
    missing = [
        kind if key is None else key for kind, key in usual.items() if key is None or not table.is_here(key)
    ]
    if missing:
        todo = f"run: brushfire models pull {' '.join(missing)}"
        if all(key in table.models and table.models[key].bundled for key in missing):
            todo = f"they came with Brushfire: git checkout -- models/starter, or copy them to {table.root}"
        return bad("weights", f"missing in {table.root}: {', '.join(missing)}", todo)
    others = sum(1 for key in table.models if table.is_here(key)) - len(usual)
    return good("weights", f"{', '.join(key for key in usual.values() if key)}, and {others} others")


def disk(place: Place) -> Finding:
    """Room for finished renders that wait to be delivered, and for weights."""
    state = place.settings.state if place.settings else Path.home()
    while not state.exists():
        state = state.parent
    if not os.access(state, os.W_OK):
        return bad("disk", f"{state} can't be written to", "set BRUSHFIRE_STATE to a folder of yours")
    free = shutil.disk_usage(state).free
    said = f"{free / GB:.0f} GB free at {state}"
    if free < LEAST_DISK:
        return bad(
            "disk", said, f"make room: {LEAST_DISK / GB:.0f} GB are the least, real weights take 2 to 30 GB"
        )
    return good("disk", said)


def ports(place: Place) -> Finding:
    """The ports that will be listened on: that of the metrics, `brushfire up`'s where nothing is chosen."""
    wanted: dict[str, int] = {}
    if place.settings is not None and place.settings.metrics_port:
        wanted["BRUSHFIRE_METRICS_PORT"] = place.settings.metrics_port
    file = place.root / "firebase.json"
    if place.settings is None and file.is_file():
        for name, service in json.loads(file.read_text("utf-8")).get("emulators", {}).items():
            if isinstance(service, dict) and isinstance(service.get("port"), int):
                wanted[name] = service["port"]
    if not wanted:
        return skipped("ports", "brushfire up runs" if place.running else "a listener needs none")
    taken = [f"{name} {port}" for name, port in wanted.items() if not is_free(port)]
    if taken:
        todo = "end what uses them (ss -ltnp), or choose others: brushfire up --port 0"
        return bad("ports", f"taken: {', '.join(taken)}", todo)
    return good("ports", f"free: {', '.join(str(port) for port in wanted.values())}")


def _answer_of(code: str) -> tuple[int, str, str]:
    """Exit status, output and complaints of Python code. Raises `TimeoutExpired`, though it may go on.

    A process that waits for a broken driver can't even be killed: it isn't waited for, as `run` would do.
    """
    asked = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        said, complaint = asked.communicate(timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        asked.kill()
        for pipe in (asked.stdout, asked.stderr):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            asked.wait(1)
        raise
    return asked.returncode, said, complaint


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
