"""`brushfire doctor` against the local Firebase, with real faults: each is found, with what to do."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from brushfire import cli, machine_checks, site_checks
from brushfire.deployed_rules import Unreadable, released
from brushfire.doctor import examine
from brushfire.finding import Finding, Place
from brushfire.running import Addresses
from listener.firebase import connect
from listener.settings import Settings
from renderers.weights import MODELS_FOLDER

ROOT = Path(__file__).parent.parent.parent
FILES = ("firestore.rules", "storage.rules", "firestore.indexes.json", "firebase.json")


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `brushfire up` of this machine is found, and nothing is chosen."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the files that are deployed."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def place(firebase: Addresses, checkout: Path) -> Iterator[Place]:
    settings = Settings.from_environment(
        firebase.environment() | {"BRUSHFIRE_STATE": str(checkout / "spool")}
    )
    connected = connect(settings)
    yield Place(checkout, settings, connected, firebase)
    connected.close()


@contextmanager
def answering(
    answers: dict[str, tuple[int, dict[str, Any]]], **headers: str
) -> Iterator[tuple[str, list[Any]]]:
    """An HTTP server with these answers by `METHOD path`; where it is, and the bodies that it was sent."""
    sent: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length:
                sent.append(json.loads(self.rfile.read(length)))
            path = self.path.partition("?")[0]
            status, body = answers.get(f"{self.command} {path}", (404, {"error": {"message": "not found"}}))
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_PATCH = do_GET

        def log_message(self, *ignored: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def other(place: Place, **changes: Any) -> Place:
    assert place.settings is not None
    return replace(place, settings=replace(place.settings, **changes))


def by_name(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


def test_a_project_that_is_well_passes_and_the_command_says_so(
    firebase: Addresses, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    for name, value in firebase.environment().items():
        monkeypatch.setenv(name, value)
    assert cli.main(["doctor", "--json", "--folder", str(checkout)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    outcomes = {check["check"]: check["outcome"] for check in told["checks"]}
    for name in (
        "credentials",
        "firestore",
        "clock",
        "firestore rules",
        "storage rules",
        "indexes",
        "bucket",
    ):
        assert outcomes[name] == "ok", told
    for name in ("cors", "gpu", "weights", "disk"):
        assert outcomes[name] == "ok", told


def test_without_credentials_it_says_both_ways_and_still_looks_at_the_machine(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine_checks, "TORCH", "print('{}')\nraise SystemExit('no torch')")
    assert cli.main(["doctor", "--folder", str(checkout)]) == 1
    said = capsys.readouterr().out
    assert "FAILED   credentials: no Firebase is chosen" in said
    assert "→ start the local one (brushfire up), or set GOOGLE_APPLICATION_CREDENTIALS" in said
    assert "FAILED   gpu: torch can't be used: no torch" in said
    assert "disk: " in said
    assert "firestore" not in said.replace("FIRESTORE", "").partition("ports")[0]


def test_a_key_that_is_none_is_named(checkout: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text('{"project_id": "studio"}')
    finding = next(examine({"GOOGLE_APPLICATION_CREDENTIALS": str(key)}, checkout))
    assert (finding.check, finding.outcome) == ("credentials", "failed")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in finding.found
    assert "generate new private key" in finding.todo


def test_a_firestore_that_does_not_answer_is_told_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.settings is not None
    monkeypatch.setattr(machine_checks, "TORCH", "print('{}')\nraise SystemExit('no torch')")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
        environment = {"FIRESTORE_EMULATOR_HOST": nobody, "STORAGE_EMULATOR_HOST": nobody}
        findings = by_name(examine(environment, place.root))
    assert findings["firestore"].outcome == "failed"
    assert findings["firestore"].todo == "start it: brushfire up"
    assert {findings[name].outcome for name in ("clock", "indexes", "bucket")} == {"skipped"}


@pytest.mark.parametrize(("seconds", "way"), [(-600, "ahead of"), (600, "behind")])
def test_a_clock_that_is_off_is_found(place: Place, seconds: int, way: str) -> None:
    with answering({}, Date=formatdate(time() + seconds, usegmt=True)) as (address, _):
        finding = site_checks.clock(other(place, firestore_host=address))
    assert finding.outcome == "failed"
    assert f"s {way} the server's" in finding.found
    assert site_checks.clock(place).outcome == "ok"


@pytest.mark.parametrize(
    ("file", "check"),
    [("firestore.rules", site_checks.firestore_rules), ("storage.rules", site_checks.storage_rules)],
)
def test_stale_rules_are_found_by_their_first_line(place: Place, file: str, check: Any) -> None:
    assert check(place).outcome == "ok"
    lines = (place.root / file).read_text().splitlines()
    (place.root / file).write_text("\n".join([*lines[:4], "  // new", *lines[4:]]))
    finding = check(place)
    assert finding.outcome == "failed"
    assert "from line 5 on" in finding.found
    assert "firebase-tools deploy --only" in finding.todo


def test_an_index_that_does_not_serve_is_named(place: Place) -> None:
    assert site_checks.indexes(place).outcome == "ok"
    file = place.root / "firestore.indexes.json"
    indexes = json.loads(file.read_text())
    fields = [{"fieldPath": "renderer", "order": "ASCENDING"}, {"fieldPath": "shade", "order": "DESCENDING"}]
    indexes["indexes"].append({"collectionGroup": "queue", "queryScope": "COLLECTION", "fields": fields})
    file.write_text(json.dumps(indexes))
    finding = site_checks.indexes(place)
    assert finding.outcome == "failed"
    assert "queue (renderer, shade)" in finding.found
    assert finding.found.startswith("1 of ")


def test_a_bucket_that_is_not_the_pages_is_found(place: Place) -> None:
    assert site_checks.bucket(place).outcome == "ok"
    finding = site_checks.bucket(other(place, bucket="somewhere-else"))
    assert finding.outcome == "failed"
    assert "'somewhere-else', but the page uploads to" in finding.found
    assert "BRUSHFIRE_BUCKET" in finding.todo


def test_a_bucket_that_is_not_there_is_found(place: Place) -> None:
    with answering({}) as (address, _):
        client = connect(other(place, storage_host=address).settings)  # type: ignore[arg-type]
        finding = site_checks.bucket(replace(place, firebase=client))
        client.close()
    assert (finding.outcome, finding.found[:20]) == ("failed", "there is no bucket '")


def test_the_cors_of_a_bucket_is_looked_at_and_with_fix_set() -> None:
    path = "/storage/v1/b/pictures"
    answers = {f"{method} {path}": (200, {"name": "pictures"}) for method in ("GET", "PATCH")}
    with answering(answers) as (address, sent):
        client = storage.Client(
            "p", credentials=AnonymousCredentials(), client_options={"api_endpoint": f"http://{address}"}
        )
        bucket = client.bucket("pictures")
        assert site_checks.bucket_cors(bucket, fix=False).outcome == "failed"
        assert sent == []
        assert site_checks.bucket_cors(bucket, fix=True).outcome == "ok"
        answers[f"GET {path}"] = (200, {"name": "pictures", **sent[0]})
        assert site_checks.bucket_cors(bucket, fix=False).outcome == "ok"
        client.close()
    assert sent == [{"cors": site_checks.CORS}]


def test_emulators_that_send_no_cors_headers_are_found(place: Place) -> None:
    assert site_checks.cors(place).outcome == "ok"
    with answering({}) as (address, _):
        assert site_checks.cors(other(place, storage_host=address)).outcome == "failed"


def test_the_page_of_another_project_is_found(place: Place) -> None:
    assert site_checks.page(other(place, project="another")).outcome == "failed"
    assert site_checks.page(replace(place, running=None)).outcome == "skipped"


def test_the_rules_api_gives_the_text_that_is_released() -> None:
    said = {
        "releases/cloud.firestore": (200, {"rulesetName": "projects/p/rulesets/7"}),
        "rulesets/7": (200, {"source": {"files": [{"name": "firestore.rules", "content": "the rules"}]}}),
        "releases/firebase.storage/b": (404, {"error": {"message": "no"}}),
        "releases/broken": (403, {"error": {"message": "may not"}}),
    }

    def ask(address: str) -> tuple[int, Any]:
        return said[address.partition("/v1/projects/p/")[2]]

    assert released(ask, "p", "cloud.firestore") == "the rules"
    assert released(ask, "p", "firebase.storage/b") is None
    with pytest.raises(Unreadable, match="403: may not"):
        released(ask, "p", "broken")


GPU = {"torch": "2.13.0+cu130", "cuda": "13.0", "gpus": [["L4", 20 * 2**30, 24 * 2**30]], "mps": False}
NONE: dict[str, Any] = {"torch": "2.13.0+cpu", "cuda": None, "gpus": [], "mps": False}


def test_a_driver_that_hangs_keeps_the_doctor_no_longer_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "TORCH", "import time; time.sleep(600)")
    monkeypatch.setattr(machine_checks, "MOST_SECONDS", 0.5)
    finding = machine_checks.gpu(Place(Path("/")))
    assert (finding.outcome, finding.found) == ("failed", "torch doesn't say in 0.5 s what GPUs are here")
    assert "nvidia-smi" in finding.todo


@pytest.mark.parametrize(
    ("found", "wanted", "nvidia", "outcome", "words"),
    [
        (GPU, "auto", "/usr/bin/nvidia-smi", "ok", "L4, 20 of 24 GB free"),
        (GPU, "cuda:1", "/usr/bin/nvidia-smi", "failed", "here is cuda:0"),
        (NONE, "auto", None, "ok", "the CPU draws"),
        (NONE, "auto", "/usr/bin/nvidia-smi", "failed", "built without CUDA"),
        (NONE | {"cuda": "13.0"}, "auto", "/usr/bin/nvidia-smi", "failed", "can't use its driver"),
        (NONE, "cuda", None, "failed", "finds no GPU"),
        (NONE | {"mps": True}, "mps", None, "ok", "MPS"),
    ],
)
def test_a_gpu_that_would_be_left_unused_is_found(
    found: dict[str, Any], wanted: str, nvidia: str | None, outcome: str, words: str
) -> None:
    finding = machine_checks.gpu_of(found, wanted, nvidia)
    assert (finding.outcome, words in finding.found) == (outcome, True), finding


def test_missing_weights_are_named_with_the_command_that_gets_them(place: Place, tmp_path: Path) -> None:
    assert machine_checks.weights(place).outcome == "ok"
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(MODELS_FOLDER / "models.toml", folder)
    finding = machine_checks.weights(other(place, models=folder, renderers=("diffusion",)))
    assert finding.outcome == "failed"
    assert "starter-diffusion" in finding.found
    assert "starter-clip" not in finding.found, "diffusion needs no CLIP"
    assert "models/starter" in finding.todo


def test_a_port_that_is_taken_is_named(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = machine_checks.ports(other(place, metrics_port=port))
        (place.root / "firebase.json").write_text(json.dumps({"emulators": {"firestore": {"port": port}}}))
        without = machine_checks.ports(replace(place, settings=None))
    assert (finding.outcome, f"BRUSHFIRE_METRICS_PORT {port}" in finding.found) == ("failed", True)
    assert (without.outcome, f"firestore {port}" in without.found) == ("failed", True)
    assert machine_checks.ports(other(place, metrics_port=port)).outcome == "ok"


def test_a_full_disk_and_too_little_memory_are_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine_checks.disk(place).outcome == "ok"
    monkeypatch.setattr(machine_checks, "LEAST_DISK", 10**18)
    monkeypatch.setattr(machine_checks, "LEAST_MEMORY", 10**18)
    assert machine_checks.disk(place).outcome == "failed"
    assert machine_checks.memory(place).outcome in ("failed", "skipped")
