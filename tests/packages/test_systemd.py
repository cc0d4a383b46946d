"""The units of a package under a systemd that has booted, in a container of systemd-nspawn's."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from onceload_runner import BOOTSTRAP, ROOT, Scene, wait_until
from test_package import PACKAGES, RELEASES, CleanRoot

ROWS = 300_000

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="containers are root's"),
    pytest.mark.skipif(not PACKAGES, reason="scripts/package has made no package"),
    pytest.mark.skipif(not shutil.which("systemd-nspawn"), reason="no systemd-nspawn"),
]


class Machine:
    """A booted container; commands run in its name spaces."""

    def __init__(self, root: Path) -> None:
        self.root = root
        boot = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "-D", str(root),
                "--kill-signal=SIGRTMIN+3", "--boot")  # fmt: skip
        self.process = subprocess.Popen(
            boot, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: "running" in self.run("systemctl", "is-system-running"), "it has booted")

    def leader(self) -> str:
        listed = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], text=True, capture_output=True, check=False
        )
        return listed.stdout.split()[0] if listed.stdout else "0"

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        enter = ("nsenter", "--all", "--target", self.leader(), *words)
        return subprocess.run(enter, text=True, capture_output=True, check=False)

    def run(self, *words: str) -> str:
        done = self.call(*words)
        return done.stdout + done.stderr

    def show(self, unit: str, name: str) -> str:
        return self.run("systemctl", "show", "--value", "-p", name, unit).strip()

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    package = PACKAGES[0]
    release = re.search(r"~deb(\d+)_", package.name)
    assert release
    root = tmp_path_factory.mktemp("machine") / "root"
    subprocess.run([ROOT / "scripts/debian-root", RELEASES[release[1]], root], check=True)
    shutil.copy(package, root / "tmp/onceload.deb")
    clean = CleanRoot(root)
    clean.apt("update")
    clean.apt("install", "--no-install-recommends", "systemd-sysv", "dbus", "/tmp/onceload.deb")
    (root / "data").mkdir()
    for unit in ("onceload@", "onceload-watch@"):
        extra = root / f"etc/systemd/system/{unit}.service.d/test.conf"
        extra.parent.mkdir(parents=True)
        extra.write_text("[Service]\nRestartSec=1\nReadWritePaths=/data\n")
    machine = Machine(root)
    yield machine
    machine.end()
    shutil.rmtree(root)


def say(machine: Machine, name: str, **options: object) -> None:
    folder = machine.root / "etc/onceload"
    folder.mkdir(exist_ok=True)
    options["bootstrap-server"] = BOOTSTRAP
    (folder / f"{name}.json").write_text(json.dumps(options))


def test_a_load_that_is_killed_is_started_again_and_ends(
    machine: Machine, scene: Scene, clicks: Callable[[int], Path]
) -> None:
    shutil.copy(clicks(ROWS), machine.root / "data/clicks.csv")
    words = {"topic": scene.topic, "key": "user_id", "chunk-rows": 10_000, "max-rate": "60000"}
    say(machine, "clicks", file="/data/clicks.csv", **words)
    unit = "onceload@clicks.service"
    started = machine.call("systemctl", "start", unit)
    assert started.returncode == 0, started
    assert machine.show(unit, "ActiveState") == "active"  # the first row is yet to come
    wait_until(lambda: "rows committed" in machine.show(unit, "StatusText"), "its status")
    machine.run("systemctl", "kill", "--signal=KILL", unit)
    wait_until(lambda: machine.show(unit, "NRestarts") == "1", "it is started again")
    wait_until(lambda: machine.show(unit, "ActiveState") == "inactive", "it has ended")
    assert machine.show(unit, "Result") == "success", machine.run("journalctl", "-u", unit)
    scene.assert_exactly_once(clicks(ROWS), "user_id")


def test_a_load_that_cannot_begin_fails_its_start_and_is_left_alone(
    machine: Machine, bare_scene: Scene
) -> None:
    say(machine, "lost", file="/data/clicks.csv", topic=bare_scene.topic)
    unit = "onceload@lost.service"
    assert machine.call("systemctl", "start", unit).returncode != 0
    assert machine.show(unit, "ExecMainStatus") == "2"
    time.sleep(2)  # longer than RestartSec: what must not happen has its time
    assert machine.show(unit, "NRestarts") == "0"
    errors = machine.run("journalctl", "-u", unit, "-p", "err", "-o", "cat")
    assert "onceload: error: " in errors and "waiting" not in errors, errors


def test_a_watch_moves_what_it_has_loaded_and_stops_well(machine: Machine, scene: Scene) -> None:
    inbox, done = machine.root / "data/inbox", machine.root / "data/done"
    inbox.mkdir()
    done.mkdir()
    owner = machine.run("id", "-u", "onceload").strip()
    for folder in (inbox, done):
        os.chown(folder, int(owner), 0)
    say(machine, "inbox", folder="/data/inbox", after="move:/data/done", poll="200ms",
        topic=scene.topic, name=scene.topic)  # fmt: skip
    unit = "onceload-watch@inbox.service"
    assert machine.call("systemctl", "start", unit).returncode == 0
    assert machine.show(unit, "StatusText") == "waiting for the first file"
    (inbox / ".a.csv").write_text("id,user\n1,a\n2,b\n")
    (inbox / ".a.csv").rename(inbox / "a.csv")
    wait_until((done / "a.csv").exists, "it is loaded and moved")
    assert machine.call("systemctl", "stop", unit).returncode == 0
    assert machine.show(unit, "Result") == "success"
    assert scene.kafka.committed(scene.topic) == 2


def test_units_are_confined(machine: Machine) -> None:
    for unit in ("onceload@x.service", "onceload-watch@x.service"):
        report = machine.run("systemd-analyze", "security", "--no-pager", unit)
        level = re.search(r"Overall exposure level for \S+: ([\d.]+)", report)
        assert level and float(level[1]) < 2.0, report
