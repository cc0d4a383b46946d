"""The packages of build/package/packages, each in a clean root of its release: installed, a load
that is killed twice and proven, removed. Made by scripts/package; run by scripts/test packages, as
root.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from onceload_runner import BOOTSTRAP, DONE, ROOT, Kafka, Result, Running, Scene, wait_until

PACKAGES = sorted((ROOT / "build/package/packages").glob("*.deb"))
RELEASES = {"12": "bookworm", "13": "trixie"}
ROWS = 1_000_000

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="roots are root's"),
    pytest.mark.skipif(not PACKAGES, reason="scripts/package has made no package"),
]


class CleanRoot:
    """A minimal Debian in a directory, with /proc and /dev as long as a command runs in it."""

    MOUNT = (
        'mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" && '
        'exec chroot "$@"'
    )

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def command(self, *words: str) -> list[str]:
        return ["unshare", "--mount", "bash", "-c", self.MOUNT, "-", str(self.directory), *words]

    def run(self, *words: str) -> str:
        done = subprocess.run(self.command(*words), text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def apt(self, *words: str) -> str:
        return self.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", *words)

    def files(self) -> set[str]:
        """All but what apt and the test itself keep."""
        kept = re.compile(
            r"^/(proc|dev|sys|run|tmp|root|data|var/(cache|log|lib/(apt|dpkg|systemd))"
            r"|etc/ld\.so\.cache)"
        )
        names = set()
        for path in self.directory.rglob("*"):
            name = "/" + str(path.relative_to(self.directory))
            if not kept.match(name) and not path.is_dir():
                names.add(name)
        return names


@pytest.fixture(params=PACKAGES, ids=lambda path: path.name)
def package(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def clean_root(package: Path, tmp_path: Path) -> Iterator[CleanRoot]:
    release = re.search(r"~deb(\d+)_", package.name)
    assert release, package
    template = ROOT / f"build/roots/clean-{release[1]}"
    if not (template / ".complete").exists():
        subprocess.run([ROOT / "scripts/debian-root", RELEASES[release[1]], template], check=True)
        (template / ".complete").touch()
    root = tmp_path / "root"
    subprocess.run(["cp", "-a", template, root], check=True)
    shutil.copy(package, root / "tmp/onceload.deb")
    (root / "data").mkdir()
    yield CleanRoot(root)
    shutil.rmtree(root)


class Loads:
    """The program of the package, with its state where it keeps it by itself."""

    def __init__(self, root: CleanRoot, scene: Scene) -> None:
        self.root, self.scene = root, scene

    def start(self, verb: str, *words: object) -> Running:
        target = ("-b", BOOTSTRAP, "-t", self.scene.topic)
        named = (str(word) for word in ("onceload", verb, *target, *words))
        home = ("env", "-u", "XDG_STATE_HOME", "HOME=/root")  # a scene has a state home of its own
        return self.scene.start_command(self.root.command(*home, *named))

    def run(self, verb: str, *words: object) -> Result:
        return self.start(verb, *words).wait(300)

    def kill_after(self, messages: int, *words: object) -> None:
        run = self.start("load", *words)
        self.scene.wait_for_messages(messages, run)
        run.signal(signal.SIGKILL)  # unshare and chroot are replaced by what they run
        assert run.wait().code == -signal.SIGKILL


def test_a_package_does_its_work_in_a_clean_root(
    package: Path, clean_root: CleanRoot, scene: Scene, clicks: Callable[[int], Path], kafka: Kafka
) -> None:
    clean_root.apt("update")
    clean_root.apt("install", "--no-install-recommends", "/tmp/onceload.deb")
    installed = clean_root.run("dpkg", "-L", "onceload").split()
    for name in ("bin/onceload", "share/man/man1/onceload-load.1.gz",
                 "lib/systemd/system/onceload@.service", "share/doc/onceload/copyright",
                 "share/doc/onceload/onceload.cdx.json"):  # fmt: skip
        assert f"/usr/{name}" in installed
    assert "onceload 0." in clean_root.run("onceload", "--version")
    shutil.copy(clicks(ROWS), clean_root.directory / "data/clicks.csv")
    before = clean_root.files()

    loads = Loads(clean_root, scene)
    words = ("--key", "user_id", "--chunk-rows", 50_000, "/data/clicks.csv")
    loads.kill_after(ROWS // 5, *words)
    loads.kill_after(ROWS // 2, *words)
    result = loads.run("load", *words)
    assert result.code == DONE, result
    proof = loads.run("verify", "--source", "/data/clicks.csv")
    assert proof.code == DONE, proof
    scene.assert_exactly_once(clicks(ROWS), "user_id")

    clean_root.apt("purge", "onceload")
    gone = set(installed) & before
    left = clean_root.files() - before
    assert not clean_root.files() & {name for name in gone if name.startswith("/usr/")}
    assert left == set(), left  # the state is below /root
    state = clean_root.directory / "root/.local/state/onceload/onceload.db"
    wait_until(state.exists, "the state is where it was")
