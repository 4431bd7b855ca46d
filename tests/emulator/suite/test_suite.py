"""The suite as a process of its own, as `brushfire up` and the tests start it."""

from __future__ import annotations

import json
import signal
import socket
from dataclasses import replace
from pathlib import Path

import firebase_admin
import pytest
from firebase_admin import auth
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.config import Address, Service, load_config
from emulator.serving import PortTaken
from emulator.suite import Suite
from tests.emulator.storage.conftest import google_client
from tests.emulator.suite.process import close_stdin, finish, launch, started
from tests.emulator.suite.running import call


@pytest.mark.slow
def test_one_line_tells_where_each_service_is(config: Path) -> None:
    with started(config, "--project", "mine") as ready:
        assert (ready["ready"], ready["project"]) == (True, "mine")
        assert call(ready["firestore"], "GET", "/").body == b"Ok\n"
        assert call(ready["auth"], "GET", "/").json() == {"authEmulator": {"ready": True}}
        assert call(ready["storage"], "GET", "/").body == b"Ok\n"
        assert call(ready["hosting"], "GET", "/").body == b"page"


@pytest.mark.slow
def test_the_page_is_told_where_the_others_are(config: Path) -> None:
    with started(config) as ready:
        port = ready["hosting"].split(":")[1]
        found = call(
            ready["hosting"], "GET", "/__/firebase/init.json", None, {"Host": f"localhost:{port}"}
        ).json()
        assert found["projectId"] == "demo-brushfire"
        assert found["storageBucket"] == "demo-brushfire.appspot.com"
        assert found["apiKey"] == "demo"
        for service in ("firestore", "auth", "storage"):
            wanted = {"host": "localhost", "port": int(ready[service].split(":")[1])}
            assert found["emulators"][service] == wanted


@pytest.mark.slow
def test_everything_is_kept_over_a_restart(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in range(2):
        with started(config) as ready:
            monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", ready["auth"])
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", ready["firestore"])
            app = firebase_admin.initialize_app(options={"projectId": "demo-brushfire"}, name=f"run {run}")
            database = firestore.Client("demo-brushfire", AnonymousCredentials())
            with google_client(ready["storage"]) as files:
                blob = files.bucket("demo-brushfire.appspot.com").blob("x")
                if run == 0:
                    database.document("queue/1").set({"prompt": "a fox"})
                    blob.upload_from_string(b"bytes")
                    auth.create_user(uid="ann", app=app)
                assert database.document("queue/1").get().to_dict() == {"prompt": "a fox"}
                assert blob.download_as_bytes() == b"bytes"
                assert auth.get_user("ann", app).uid == "ann"
            database.close()
            firebase_admin.delete_app(app)


@pytest.mark.slow
def test_the_rules_of_the_project_are_in_force(config: Path) -> None:
    with started(config) as ready:
        assert call(ready["storage"], "POST", "/v0/b/pictures/o?name=x", b"x").status == 403
        assert call(ready["storage"], "GET", "/v0/b/pictures/o").status == 200
        documents = "/v1/projects/demo-brushfire/databases/(default)/documents"
        write = {"writes": [{"update": {"name": f"{documents[4:]}/queue/1", "fields": {}}}]}
        assert call(ready["firestore"], "POST", f"{documents}:commit", write).status == 403


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(config: Path, number: signal.Signals) -> None:
    with started(config) as ready:
        process = ready["process"]
        process.send_signal(number)
        status, said = finish(process)
        assert status == 0
        assert "stopping" in said
        assert "Traceback" not in said


@pytest.mark.slow
def test_it_leaves_when_its_parent_is_gone(config: Path) -> None:
    with started(config, "--exit-with-parent") as ready:
        process = ready["process"]
        close_stdin(process)
        assert finish(process)[0] == 0


@pytest.mark.slow
def test_without_being_asked_to_it_stays_when_stdin_closes(config: Path) -> None:
    with started(config) as ready:
        close_stdin(ready["process"])
        assert call(ready["auth"], "GET", "/").status == 200


@pytest.mark.slow
def test_a_mistake_in_the_rules_is_told_with_its_place(config: Path) -> None:
    (config.parent / "storage.rules").write_text("service firebase.storage {\n  match {\n")
    status, said = finish(launch(config, "--port", "0"))
    assert status == 2
    assert "storage.rules" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_mistake_in_the_indexes_is_told_with_its_entry(config: Path) -> None:
    project = json.loads(config.read_text())
    project["firestore"]["indexes"] = "indexes.json"
    config.write_text(json.dumps(project))
    (config.parent / "indexes.json").write_text('{"indexes": [{"collectionGroup": "queue"}]}')
    status, said = finish(launch(config, "--port", "0"))
    assert status == 2
    assert "indexes.json: indexes[0].fields" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_missing_configuration_is_told(tmp_path: Path) -> None:
    status, said = finish(launch(tmp_path / "firebase.json"))
    assert status == 2
    assert "there is no such file; name yours with --config" in said


async def test_a_port_in_use_is_named_with_its_service_and_what_to_do(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        project = load_config(config).with_ports_from(0)
        taken = dict(project.addresses) | {Service.STORAGE: Address("127.0.0.1", port)}
        suite = Suite(replace(project, addresses=taken), config.parent / "data")
        with pytest.raises(
            PortTaken, match=rf"storage can't listen on 127\.0\.0\.1:{port}.*emulators\.storage\.port"
        ):
            await suite.start()
    # Nothing was left running: the same suite starts once the port is free.
    await suite.start()
    assert suite.addresses[Service.STORAGE].port == port
    await suite.stop()
