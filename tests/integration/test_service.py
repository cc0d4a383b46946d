"""Under a service manager, under journald and under cron: what is told to whom."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from onceload_runner import BINARY, DONE, USAGE, Result, Scene, rows_csv, wait_until


class Manager:
    """What systemd is to a service of Type=notify: a socket for datagrams."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.told: list[str] = []

    def hear(self) -> list[str]:
        while True:
            try:
                self.told += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.told


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    manager = Manager(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    yield manager
    manager.socket.close()


def test_a_load_says_that_it_has_begun_and_how_far_it_is(scene: Scene, manager: Manager) -> None:
    path = scene.write(rows_csv(100))
    assert scene.load("--key", "user", path).code == DONE
    told = manager.hear()
    assert told.count("READY=1") == 1, told
    assert "STATUS=100%, 100 rows committed" in told, told
    manager.told.clear()
    assert scene.load("--key", "user", path).code == DONE  # nothing to do
    assert manager.hear().count("READY=1") == 1


def test_a_load_that_cannot_begin_is_never_ready(bare_scene: Scene, manager: Manager) -> None:
    path = bare_scene.write(rows_csv(1))
    assert bare_scene.load(path).code == USAGE  # there is no such topic
    assert "READY=1" not in manager.hear()


def test_a_watch_is_ready_before_its_first_file_and_gives_signs_of_life(
    scene: Scene, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    inbox = scene.directory / "inbox"
    inbox.mkdir()
    command = scene.command("watch", "--name", scene.topic, inbox)
    run = scene.start_command(command)
    wait_until(lambda: "READY=1" in manager.hear(), "it is ready")
    assert "waiting for the first file" in run.stderr()
    wait_until(lambda: manager.hear().count("WATCHDOG=1") >= 3, "signs of life")
    run.signal(signal.SIGTERM)
    assert run.wait().code == DONE
    assert "STOPPING=1" in manager.hear()


def run_to(stream: int, scene: Scene, *words: object, journal: bool) -> Result:
    """With stderr on `stream`; JOURNAL_STREAM names it, or another one."""
    facts = os.fstat(stream)
    inode = facts.st_ino if journal else facts.st_ino + 1
    env = scene.environment() | {"JOURNAL_STREAM": f"{facts.st_dev}:{inode}"}
    command = scene.command("load", *words)
    code = subprocess.run(command, env=env, stderr=stream, check=False).returncode
    os.lseek(stream, 0, os.SEEK_SET)
    return Result(command, code, "", os.read(stream, 1 << 20).decode(), 0)


@pytest.mark.parametrize("journal", [True, False])
def test_lines_to_the_journal_have_priorities(bare_scene: Scene, journal: bool) -> None:
    path = bare_scene.write(rows_csv(1))
    with (bare_scene.directory / "journal").open("w+b") as stream:
        words = ("--create-topic", "--replication-factor", 1, path)
        made = run_to(stream.fileno(), bare_scene, *words, journal=journal)
        assert made.code == DONE, made
        lines = made.stderr.splitlines()
        assert lines and all(line.startswith("<") == journal for line in lines), made
    heads = {line.split("onceload: ")[0] for line in lines if "onceload: warning" in line}
    assert heads == ({"<4>"} if journal else {""}), made
    with (bare_scene.directory / "errors").open("w+b") as stream:
        failed = run_to(stream.fileno(), bare_scene, "--partitions", "x", path, journal=journal)
    assert failed.stderr.startswith("<3>onceload: error" if journal else "onceload: error"), failed


def test_where_nobody_looks_on_a_load_that_goes_well_says_nothing(scene: Scene) -> None:
    """No terminal anywhere: what cron mails is what has gone wrong."""
    path = scene.write(rows_csv(2000))
    quiet = ("--progress-topic", f"{scene.topic}.progress")
    scene.topics.append(quiet[1])
    assert scene.load(*quiet, "--key", "user", path).code == DONE  # makes the progress topic
    more = scene.write(rows_csv(2000, first=5000), "more.csv")
    command = scene.command("load", *quiet, "--key", "user", "--chunk-rows", 100, more)
    done = subprocess.run(
        ["setsid", "--wait", *command], env=scene.environment(), capture_output=True, check=False
    )
    assert done.returncode == DONE, done
    assert "committed" not in done.stderr.decode(), done


def test_manual_pages_are_there_for_each_command_that_has_options(binary: Path) -> None:
    done = subprocess.run([BINARY, "man"], capture_output=True, text=True, check=True)
    assert "onceload\\-load (1)" in done.stdout and "onceload\\-man (1)" not in done.stdout
