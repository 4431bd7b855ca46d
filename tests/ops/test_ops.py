"""What runs a listener for long: the dashboard, the unit, the image, and the start-up script of a VM."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest

from listener.metrics import Measured
from tests.listener.running import eventually

ROOT = Path(__file__).parent.parent.parent
OPS = ROOT / "ops"
# What a Prometheus query is made of beside metrics.
WORDS = {"rate", "sum", "by", "count", "histogram_quantile", "label_values"}


def gauges() -> set[str]:
    """What a listener tells of itself when somebody looks, by its own source."""
    source = (ROOT / "listener" / "assembly.py").read_text("utf-8")
    named = set(re.findall(r'"([a-z.]+)": lambda', source.partition("telemetry.gauges(")[2]))
    assert named >= {"gpu.memory", "breaker.open", "held"}
    return named


def served() -> set[str]:
    """The names of all samples that a listener serves once it has settled a task."""
    measured = Measured("me", "127.0.0.1", 0, otlp=False)
    try:
        measured.gauges({name: lambda: 1 for name in gauges()})
        now = datetime.now(UTC)
        held: Any = SimpleNamespace(
            fields={"renderer": "pixeldraw", "rank": now - timedelta(seconds=3)},
            claim=SimpleNamespace(at=now),
        )
        task = measured.task(held, 0.0)
        with task.stage("render"):
            pass
        task.end("done")
        with urlopen(f"http://127.0.0.1:{measured.port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
    finally:
        measured.stop()
    return {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}


def test_every_metric_of_the_dashboard_exists() -> None:
    dashboard = json.loads((OPS / "grafana-dashboard.json").read_text("utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [v["query"] for v in dashboard["templating"]["list"] if v["type"] == "query"]
    named = {name for text in expressions for name in re.findall(r"\bbrushfire_\w+", text)}
    assert len(named) >= 6
    assert named <= served(), sorted(named - served())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("script", sorted(OPS.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_pass_shellcheck(script: Path) -> None:
    command = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([str(command), str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert script.stat().st_mode & stat.S_IXUSR


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = (OPS / "brushfire-listener.service").read_text("utf-8")
    unit = tmp_path / "brushfire-listener.service"
    unit.write_text(text.replace("/opt/brushfire/.venv/bin/brushfire", shutil.which("true") or "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    stops = int(re.search(r"TimeoutStopSec=(\d+)", text)[1])  # type: ignore[index]
    assert stops > 25, "a listener needs 25 s to leave"


@pytest.mark.slow
def test_the_image_has_all_that_a_listener_imports(tmp_path: Path) -> None:
    dockerfile = (OPS / "Dockerfile").read_text("utf-8")
    let_in = [
        line[1:]
        for line in (OPS / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for sources in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE):
        for source in sources.split():
            assert source in let_in, f"{source} is copied, but not sent to Docker"
            (tmp_path / source).symlink_to(ROOT / source)
    modules = "brushfire.cli, brushfire.listen, brushfire.doctor, listener.listen, renderers.clip"
    script = f"import {modules}; print(listener.listen.__file__)"
    # Without the editable install of this checkout: -S leaves it out, and the packages alone are named.
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{packages}", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


CURL = """#!/bin/sh
case "$4" in
  https://nvidia.github.io/*) printf 'deb https://nvidia.github.io/$(ARCH) /'; exit;;
esac
case "$5" in
  */brushfire-image) [ -n "$NO_IMAGE" ] && exit 22; printf us-docker.pkg.dev/studio-1/brushfire;;
  */brushfire-project) printf studio-1;;
  *) exit 22;;
esac
"""
DOCKER = """#!/bin/sh
echo "docker $*" >> "$CALLS"
case "$1" in
  pull) [ -n "$NO_PULL" ] && exit 1;;
  run) stat -c '%a %n' "$BRUSHFIRE_RUN" "$BRUSHFIRE_RUN/key.json" >> "$CALLS"
       while [ ! -e "$CALLS.stop" ]; do sleep 0.05; done;;
  stop) touch "$CALLS.stop";;
esac
exit 0
"""
OTHERS = {
    "curl": CURL,
    "docker": DOCKER,
    "gcloud": '#!/bin/sh\necho "gcloud $*" >> "$CALLS"\necho the-key\n',
    "gpg": '#!/bin/sh\ncat >/dev/null\necho "gpg $*" >> "$CALLS"\n',
    "apt-get": '#!/bin/sh\necho "apt-get $*" >> "$CALLS"\n',
    "systemctl": '#!/bin/sh\necho "systemctl $*" >> "$CALLS"\n',
    "nvidia-ctk": '#!/bin/sh\necho "nvidia-ctk $*" >> "$CALLS"\n',
    "shutdown": '#!/bin/sh\necho "shutdown $*" >> "$CALLS"\n',
    "chown": '#!/bin/sh\necho "chown $*" >> "$CALLS"\n',
}


class Machine:
    """A VM as the script sees it: Google's and Docker's commands note how they were called."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.calls_file, self.run = folder / "calls", folder / "run"
        for name, text in OTHERS.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self._environment = os.environ | environment
        self._environment |= {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(self.calls_file)}
        self._environment |= {"BRUSHFIRE_RUN": str(self.run), "BRUSHFIRE_ROOT": str(folder)}

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen([str(OPS / "spot-vm.sh")], env=self._environment, text=True)

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def listens(self) -> bool:
        return any(call.endswith("key.json") and call.startswith("600") for call in self.calls)


@pytest.mark.slow
def test_a_vm_listens_and_is_shut_down_when_the_listener_has_left(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    script = machine.start()
    eventually(machine.listens, 30)
    run = next(call for call in machine.calls if call.startswith("docker run"))
    for words in ("--gpus all", "GOOGLE_CLOUD_PROJECT=studio-1", "BRUSHFIRE_SPOT=1"):
        assert words in run
    assert "BRUSHFIRE_BUCKET=studio-1.firebasestorage.app" in run
    assert run.endswith("us-docker.pkg.dev/studio-1/brushfire listen --leave-when-idle 10m")
    assert "gcloud auth configure-docker us-docker.pkg.dev --quiet" in machine.calls
    assert not [call for call in machine.calls if call.startswith("apt-get")], "nothing is missing"
    assert "the-key" not in " ".join(machine.calls), "the key is in no command line"
    assert f"700 {machine.run}" in machine.calls
    assert "shutdown -h now" not in machine.calls
    Path(f"{machine.calls_file}.stop").touch()  # the listener was idle, and leaves
    assert script.wait(30) == 0
    assert machine.calls[-1] == "shutdown -h now"
    assert not machine.run.exists(), "the key is gone"


@pytest.mark.slow
def test_a_vm_without_nvidias_toolkit_gets_it_first(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    # What apt installs is there only after apt ran.
    (tmp_path / "nvidia-ctk").rename(tmp_path / "installed")
    apt = f'echo "apt-get $*" >> "$CALLS"\ncd {tmp_path} && mv installed nvidia-ctk 2>/dev/null\nexit 0\n'
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\n{apt}")
    sources = tmp_path / "etc/apt/sources.list.d"
    sources.mkdir(parents=True)
    script = machine.start()
    eventually(machine.listens, 30)
    entered = (sources / "nvidia-container-toolkit.list").read_text()
    key = "/usr/share/keyrings/nvidia-container-toolkit.gpg"
    assert entered.startswith(f"deb [signed-by={key}] https://nvidia.github.io/")
    done = [call for call in machine.calls if call.startswith(("apt-get", "nvidia-ctk", "systemctl"))]
    assert done[0] == "apt-get update --quiet=2"
    assert "apt-get install --quiet=2 --yes nvidia-container-toolkit" in done
    assert done[-2:] == ["nvidia-ctk runtime configure --runtime=docker", "systemctl restart docker"]
    Path(f"{machine.calls_file}.stop").touch()
    assert script.wait(30) == 0


@pytest.mark.slow
def test_a_vm_that_goes_down_stops_the_container_first(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    script = machine.start()
    eventually(machine.listens, 30)
    script.send_signal(signal.SIGTERM)
    script.wait(30)
    assert "docker stop --time 28 brushfire-listener" in machine.calls
    assert machine.calls[-1] == "shutdown -h now"


@pytest.mark.parametrize("fault", ["NO_IMAGE", "NO_PULL"])
def test_a_vm_that_can_not_listen_is_shut_down_too(tmp_path: Path, fault: str) -> None:
    machine = Machine(tmp_path, **{fault: "1"})
    assert machine.start().wait(30) != 0
    assert machine.calls[-1] == "shutdown -h now"
