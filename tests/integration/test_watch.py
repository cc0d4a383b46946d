"""onceload watch: files come into folders, are loaded once each, and are moved when they are."""

from __future__ import annotations

import gzip
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from onceload_runner import (
    DONE,
    HELD,
    INPUT,
    USAGE,
    Running,
    Scene,
    assert_fails,
    rows_csv,
    wait_until,
)

QUICK = ("--poll", "50ms", "--log-format", "json")


class Stand:
    """A watched folder, the folder behind it, and what the files held."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.inbox, self.done, self.failed, self.kept = (
            scene.directory / name for name in ("inbox", "done", "failed", "kept")
        )
        for folder in (self.inbox, self.done, self.failed, self.kept):
            folder.mkdir()
        self.sources: list[Path] = []
        self.rows = 0

    def drop(self, name: str, rows: int = 3, *, packed: bool = False) -> Path:
        """A finished file of further rows, by rename."""
        text = rows_csv(rows, first=self.rows + 1).encode()
        self.rows += rows
        source = self.kept / f"{len(self.sources):04}.csv"
        source.write_bytes(text)
        self.sources.append(source)
        return self.put(name, gzip.compress(text) if packed else text)

    def put(self, name: str, content: bytes) -> Path:
        part = self.inbox / f".{name}"
        part.write_bytes(content)
        return part.rename(self.inbox / name)

    def start(self, *words: object, failpoint: str | None = None, **more: Any) -> Running:
        named = (*QUICK, "--name", self.scene.topic, *words, self.inbox)
        command = self.scene.command("watch", *named, **more)
        return self.scene.start_command(command, failpoint)

    def moving(self, *words: object, failpoint: str | None = None) -> Running:
        folders = ("--after", f"move:{self.done}", "--failed", self.failed)
        return self.start(*folders, *words, failpoint=failpoint)

    def stop(self, run: Running) -> list[dict[str, Any]]:
        run.signal(signal.SIGTERM)
        result = run.wait()
        assert result.code == DONE, result
        return events(run)

    def wait(self, run: Running, *names: str, event: str = "file_loaded") -> None:
        """Until the event was told of all these files."""

        def told() -> bool:
            assert run.alive(), run.wait()
            return set(names) <= {Path(e["file"]).name for e in events(run) if e["event"] == event}

        wait_until(told, f"{event} of {names}")

    def assert_exactly_once(self) -> None:
        self.scene.assert_exactly_once(self.sources)

    def assert_proven(self, *words: object) -> None:
        proof = self.scene.verify("--name", self.scene.topic, *words)
        assert proof.code == DONE, proof

    def left(self) -> list[str]:
        return sorted(path.name for path in self.inbox.iterdir())

    def moved(self) -> list[str]:
        return sorted(path.name for path in self.done.iterdir())


def events(run: Running) -> list[dict[str, Any]]:
    lines = run.stderr().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


@pytest.fixture
def stand(scene: Scene) -> Stand:
    return Stand(scene)


def test_files_are_loaded_as_they_come_and_moved_away(stand: Stand) -> None:
    """From an empty folder on; a name comes again with another text, and with the same one."""
    run = stand.moving("--verify-each")
    stand.drop("a.csv")
    stand.wait(run, "a.csv")
    assert stand.moved() == ["a.csv"] and not stand.left()
    first = (stand.done / "a.csv").read_bytes()
    (stand.inbox / "slow.csv.part").write_text("id,user,text\n")
    stand.drop("a.csv", 5)
    stand.wait(run, "a.csv")
    stand.drop("b.csv.gz", packed=True)
    stand.wait(run, "a.csv", "b.csv.gz")
    wait_until(lambda: len(stand.moved()) == 3, "all are moved")
    assert stand.moved() == ["a.1.csv", "a.csv", "b.csv.gz"]
    assert (stand.done / "a.csv").read_bytes() == first
    stand.put("again.csv", first)  # a copy of what was loaded
    stand.wait(run, "again.csv")
    stand.put("a.csv", first)  # and under its own name: it is there already
    wait_until(lambda: stand.left() == ["slow.csv.part"], "the copies are gone")
    told = stand.stop(run)
    assert stand.moved() == ["a.1.csv", "a.csv", "again.csv", "b.csv.gz"]
    assert not [e for e in told if e["event"] in ("error", "row_remark")]
    stand.assert_exactly_once()
    # A load goes on from there, and the audits tell the truth.
    stand.drop("c.csv")
    result = stand.scene.load("--name", stand.scene.topic, stand.inbox / "c.csv")
    assert result.code == DONE, result
    stand.assert_exactly_once()
    (stand.done / "again.csv").unlink()  # of which no row was to be loaded
    stand.assert_proven()
    stand.assert_proven("--source", stand.done, stand.inbox / "c.csv")
    assert "finished" in stand.scene.status("--name", stand.scene.topic).stdout


@pytest.mark.parametrize(
    "failpoint",
    ["before_disposal:2", "after_disposal:1", "after_marker:1", "after_commit:1", "after_claim:1"],
)
def test_a_kill_at_any_instant_around_the_move_costs_nothing(stand: Stand, failpoint: str) -> None:
    marker = ("--ready", "marker:.done") if "marker" in failpoint else ()
    for number in range(3):
        name = f"{number}.csv"
        stand.drop(name)
        if marker:
            (stand.inbox / f"{name}.done").touch()
    run = stand.moving(*marker, failpoint=failpoint)
    assert run.wait().code == -signal.SIGKILL
    run = stand.moving(*marker)
    wait_until(lambda: not stand.left() or not run.alive(), "all are moved")
    stand.stop(run)
    stand.assert_exactly_once()
    assert [name for name in stand.moved() if name.endswith(".csv")] == ["0.csv", "1.csv", "2.csv"]
    assert not stand.left()


def test_what_cannot_be_loaded_goes_aside_with_the_reason(stand: Stand) -> None:
    stand.drop("a.csv")
    stand.put("b.csv", b"other,header\n1,2\n")
    stand.put("c.csv", b"id,user,text\n" + b"1,2\n")
    stand.put("d.csv", b"")
    run = stand.moving()
    stand.wait(run, "b.csv", "c.csv", event="file_failed")
    stand.drop("e.csv")
    stand.wait(run, "a.csv", "e.csv")
    told = stand.stop(run)
    assert stand.left() == ["d.csv"]
    assert [e["file"] for e in told if e["event"] == "file_passed_over"] == [
        str(stand.inbox / "d.csv")
    ]
    names = sorted(path.name for path in stand.failed.iterdir())
    assert names == ["b.csv", "b.csv.reason", "c.csv", "c.csv.reason"]
    assert "row 1" in (stand.failed / "c.csv.reason").read_text()
    stand.assert_exactly_once()
    # Mended, it is loaded.
    stand.drop("c.csv")
    run = stand.moving()
    stand.wait(run, "c.csv")
    stand.stop(run)
    stand.assert_exactly_once()


def test_without_a_folder_for_it_the_run_ends(stand: Stand) -> None:
    stand.drop("a.csv")
    stand.put("b.csv", b"other,header\n1,2\n")
    scene = stand.scene
    command = scene.command("watch", "--poll", "50ms", "--name", scene.topic, stand.inbox)
    result = scene.start_command(command).wait()
    assert_fails(result, INPUT, "b.csv", "column")


def test_kept_files_grow_and_a_half_row_waits(stand: Stand) -> None:
    grown = stand.drop("a.csv")
    half = stand.put("b.csv", b"id,user,text\n100,u,t\n101,u")
    run = stand.start()
    stand.wait(run, "a.csv", "b.csv")
    more = rows_csv(2, first=50).encode().split(b"\n", 1)[1]
    with grown.open("ab") as file:
        file.write(more)
    with half.open("ab") as file:
        file.write(b",t\n")
    wait_until(
        lambda: sum(e["event"] == "file_loaded" for e in events(run)) >= 4, "the new rows are told"
    )
    stand.stop(run)
    assert stand.scene.kafka.committed(stand.scene.topic) == 7
    stand.assert_proven("--source", grown, half)
    assert stand.left() == ["a.csv", "b.csv"]


def test_ready_by_age_and_delete(stand: Stand) -> None:
    path = stand.drop("a.csv", 2)
    run = stand.start("--ready", "age:1s", "--after", "delete")
    for n in (3, 4):  # it goes on being written
        with path.open("a") as file:
            file.write(f"{n},user-{n % 7},text {n} é\n")
    with stand.sources[0].open("a") as file:
        file.write("".join(f"{n},user-{n % 7},text {n} é\n" for n in (3, 4)))
    stand.wait(run, "a.csv")
    stand.stop(run)
    assert not stand.left()
    stand.assert_exactly_once()


def test_a_second_watcher_is_refused_or_stands_by(stand: Stand) -> None:
    stand.drop("a.csv")
    first = stand.moving()
    stand.wait(first, "a.csv")
    second = stand.moving()
    assert second.wait().code == HELD
    standby = stand.moving("--standby")
    wait_until(lambda: "standing_by" in standby.stderr(), "it stands by")
    first.signal(signal.SIGKILL)
    stand.drop("b.csv")
    stand.wait(standby, "b.csv")
    stand.stop(standby)
    stand.assert_exactly_once()


def test_a_folder_that_is_not_there(stand: Stand) -> None:
    missing = stand.scene.directory / "missing"
    scene = stand.scene
    result = scene.start_command(scene.command("watch", "--name", scene.topic, missing)).wait()
    assert_fails(result, INPUT, str(missing))
    into = ("--after", f"move:{stand.inbox}")
    command = scene.command("watch", "--name", scene.topic, *into, stand.inbox)
    result = scene.start_command(command).wait()
    assert_fails(result, USAGE, "come from")
    stand.drop("a.csv")
    run = stand.start()
    stand.wait(run, "a.csv")
    away = stand.inbox.rename(stand.scene.directory / "away")
    wait_until(lambda: "folder_away" in run.stderr(), "it is told")
    away.rename(stand.inbox)
    stand.drop("b.csv")
    stand.wait(run, "b.csv")
    stand.stop(run)
    stand.assert_exactly_once()


def test_a_target_on_another_file_system(stand: Stand) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or os.stat(memory).st_dev == os.stat(stand.inbox).st_dev:
        pytest.skip("no second file system")
    stand.done = memory / f"onceload-{os.getpid()}"
    stand.done.mkdir()
    try:
        stand.drop("a.csv")
        assert stand.moving(failpoint="after_copy:1").wait().code == -signal.SIGKILL
        assert stand.left() == ["a.csv"] and stand.moved() == ["a.csv"]
        run = stand.moving()
        stand.wait(run, "a.csv")
        stand.stop(run)
        assert stand.moved() == ["a.csv"] and not stand.left()
        stand.assert_exactly_once()
    finally:
        for path in stand.done.iterdir():
            path.unlink()
        stand.done.rmdir()


def test_moved_files_prove_the_load_copies_and_grown_ones_among_them(stand: Stand) -> None:
    run = stand.moving()
    stand.drop("a.csv")
    stand.drop("b.csv")
    stand.wait(run, "a.csv", "b.csv")
    text = (stand.done / "a.csv").read_bytes()
    stand.put("copy.csv.gz", gzip.compress(text))
    stand.wait(run, "copy.csv.gz")
    stand.put("a.csv", text + b"7000,user-0,text\n")
    wait_until(lambda: not stand.left() or not run.alive(), "the grown one is moved as well")
    stand.stop(run)
    assert stand.moved() == ["a.1.csv", "a.csv", "b.csv", "copy.csv.gz"]
    (stand.kept / "grown.csv").write_bytes(b"id,user,text\n7000,user-0,text\n")
    stand.scene.assert_exactly_once([*stand.sources, stand.kept / "grown.csv"])
    stand.assert_proven("--source", stand.done)


def test_files_of_long_ago_are_known_by_their_keys(stand: Stand) -> None:
    """More files than are kept in full: an old one comes again, as it was and grown."""
    for number in range(1040):
        stand.drop(f"{number:04}.csv", 1)
    run = stand.moving()
    wait_until(lambda: not stand.left() or not run.alive(), "all are moved")
    old = (stand.done / "0003.csv").read_bytes()
    stand.put("copy.csv", old)
    stand.wait(run, "copy.csv")
    stand.put("grown.csv", old + b"7000,user-0,text\n")
    stand.wait(run, "grown.csv")
    told = stand.stop(run)
    (copy,) = (e for e in told if e["event"] == "file_loaded" and "copy" in e["file"])
    assert copy["before"] and copy["rows"] is None, "it is a key by now"
    assert [e["row"] for e in told if e["event"] == "file_begun" and "grown" in e["file"]] == [1]
    (stand.kept / "grown.csv").write_bytes(b"id,user,text\n7000,user-0,text\n")
    stand.scene.assert_exactly_once([*stand.sources, stand.kept / "grown.csv"])
    (stand.done / "copy.csv").unlink()
    (stand.done / "0003.csv").unlink()  # grown.csv begins with it
    stand.assert_proven()
    stand.assert_proven("--source", stand.done)
    result = stand.scene.load("--name", stand.scene.topic, stand.done)
    assert result.code == DONE and "nothing was sent" in result.stdout, result
