"""An input is its text: renamed, packed, moved, copied, linked, grown, replaced, one a day."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from onceload_runner import (
    DIFFERENCES,
    DISAGREEMENT,
    DONE,
    INPUT,
    USAGE,
    Result,
    Scene,
    assert_fails,
    rows_csv,
)


class Spool:
    """A directory of files, and a load of all that is in it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.directory = scene.directory / "in"
        self.directory.mkdir()
        self.kept = scene.directory / "kept"  # each text once, as the topic must have it
        self.kept.mkdir()
        self.texts: list[Path] = []

    def write(self, name: str, rows: int, first: int) -> Path:
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(rows_csv(rows, first=first))
        self.keep(path)
        return path

    def keep(self, path: Path) -> None:
        copy = self.kept / f"{len(self.texts)}.csv"
        shutil.copyfile(path, copy)
        self.texts.append(copy)

    def load(self, *words: object) -> Result:
        words = words or (self.directory,)
        return self.scene.load("--name", self.scene.topic, "--key", "user", "--json", *words)

    def loads(self, rows: int, *words: object) -> Any:
        """So many rows in this run; afterwards each text is in the topic once, in the order in
        which the files came."""
        result = self.load(*words)
        assert result.code == DONE, result
        assert result.json()["rows_this_run"] == rows, result
        self.scene.assert_exactly_once(self.texts, "user")
        return result.json() | {"stderr": result.stderr}


@pytest.fixture
def spool(scene: Scene) -> Spool:
    return Spool(scene)


def test_a_finished_file_is_renamed_and_packed_where_it_lies(spool: Spool) -> None:
    a, b = spool.write("a.csv", 50, 1), spool.write("b.csv", 50, 101)
    spool.write("c.csv", 50, 201)
    spool.loads(150)
    a.with_name("a.csv.gz").write_bytes(gzip.compress(a.read_bytes()))
    a.unlink()
    b.rename(b.with_name("b.csv.done"))
    told = spool.loads(0)
    assert told["known_elsewhere"] == 2
    assert "a.csv.gz is" in told["stderr"] and "b.csv.done is" in told["stderr"]
    again = spool.loads(0)  # the new names are known now
    assert again["known_elsewhere"] == 0 and "loaded before" not in again["stderr"]
    proof = spool.scene.verify("--name", spool.scene.topic, "--source", spool.directory)
    assert proof.code == DONE, proof


def test_the_same_folder_by_another_path(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files of one base name, as Hive and Spark have them."""
    for day in (1, 2):
        spool.write(f"dt={day}/part-00000.csv", 50, 100 * day)
    monkeypatch.chdir(spool.directory)
    spool.loads(100, "dt=*/part-00000.csv")
    spool.loads(0, spool.directory / "dt=*/part-00000.csv")
    moved = spool.scene.directory / "elsewhere"
    spool.directory.rename(moved)
    spool.loads(0, moved / "dt=*/part-00000.csv")


def test_the_same_folder_by_another_path_after_a_kill(spool: Spool) -> None:
    for day in (1, 2):
        spool.write(f"dt={day}/part-00000.csv", 50, 100 * day)
    name = ("--name", spool.scene.topic, "--key", "user", "--chunk-rows", 30)
    spool.scene.crash("after_commit:3", *name, spool.directory / "dt=*/part-00000.csv")
    moved = spool.scene.directory / "elsewhere"
    spool.directory.rename(moved)
    assert spool.load("--chunk-rows", 30, moved / "dt=*/part-00000.csv").code == DONE
    spool.loads(0, moved / "dt=*/part-00000.csv")


def test_one_file_a_day_under_one_load(spool: Spool) -> None:
    for day in (1, 2, 3):
        path = spool.write(f"export-{day}.csv", 50, 100 * day)
        spool.loads(50)
        path.unlink()


def test_one_file_a_day_of_one_base_name(spool: Spool) -> None:
    first = spool.write("day1/export.csv", 50, 100)
    spool.loads(50, first)
    shutil.rmtree(first.parent)
    told = spool.loads(50, spool.write("day2/export.csv", 50, 200))
    assert "another text: loading it as a new file" in told["stderr"]


def test_another_text_under_a_finished_files_path(spool: Spool) -> None:
    """Edited, or tomorrow's export: nobody can tell."""
    path = spool.write("export.csv", 50, 100)
    spool.loads(50)
    path.write_text(rows_csv(50, first=200))
    refused = spool.load(spool.directory)
    assert_fails(refused, INPUT, "export.csv", "--same-name new", "restore it")
    spool.keep(path)
    told = spool.loads(50, "--same-name", "new", spool.directory)
    assert "loading it as a new file" in told["stderr"]
    spool.loads(0)  # known from now on
    assert_fails(spool.load("--same-name", "old", path), USAGE, "--same-name", "refuse or new")


def test_two_files_that_grow(spool: Spool) -> None:
    a, b = spool.write("host-a.csv", 10, 1), spool.write("host-b.csv", 10, 101)
    spool.loads(20)
    for turn in (1, 2):
        for path, first in ((a, 10 * turn + 1), (b, 10 * turn + 101)):
            with path.open("a") as out:
                out.write("".join(rows_csv(10, first=first).splitlines(keepends=True)[1:]))
        result = spool.load(spool.directory)
        assert result.code == DONE and result.json()["rows_this_run"] == 20, result
    spool.texts = [a, b]
    report = spool.scene.check([a, b], "user")
    assert not report.lost and not report.doubled, report.table()
    proof = spool.scene.verify("--name", spool.scene.topic, "--source", spool.directory)
    assert proof.code == DONE, proof
    with a.open("a") as out:
        out.write("999,user-1,late\n")
    late = spool.scene.verify("--name", spool.scene.topic, "--source", spool.directory)
    assert late.code != DONE and "goes on" in late.stdout, late


@pytest.mark.parametrize("pack", [False, True])
def test_a_file_that_grows_after_later_ones_survives_kills(spool: Spool, pack: bool) -> None:
    a, b = spool.write("a.csv", 40, 1), spool.write("b.csv", 40, 101)
    name = ("--name", spool.scene.topic, "--key", "user", "--chunk-rows", 15)
    assert spool.scene.load(*name, spool.directory).code == DONE
    text = a.read_text() + "".join(rows_csv(40, first=41).splitlines(keepends=True)[1:])
    if pack:
        a.unlink()
        a = a.with_name("a.csv.gz")
        a.write_bytes(gzip.compress(text.encode()))
    else:
        a.write_text(text)
    spool.scene.crash("after_commit:1", *name, spool.directory)
    other = spool.scene.directory / "other"
    spool.scene.crash("after_claim:1", *name, spool.directory, state=other)
    assert spool.scene.load(*name, spool.directory).code == DONE
    whole = spool.scene.write(text, "whole.csv")
    report = spool.scene.check([whole, b], "user")
    assert not report.lost and not report.doubled, report.table()
    proof = spool.scene.verify("--name", spool.scene.topic, "--source", spool.directory)
    assert proof.code == DONE, proof


def test_a_copy_beside_its_original_is_refused(spool: Spool) -> None:
    a = spool.write("a.csv", 50, 1)
    spool.loads(50)
    copy = shutil.copyfile(a, spool.directory / "b.csv")
    assert_fails(spool.load(spool.directory), USAGE, "a.csv", "b.csv", "--again")
    copy.unlink()
    packed = spool.directory / "c.csv.gz"
    packed.write_bytes(gzip.compress(a.read_bytes()))
    assert_fails(spool.load(spool.directory), USAGE, "a.csv", "c.csv.gz", "--again")
    spool.keep(a)
    spool.loads(50, "--again", spool.directory)
    spool.loads(0)


def test_links_to_a_file_count_once(spool: Spool) -> None:
    a = spool.write("orders-2.csv", 50, 1)
    (spool.directory / "latest.csv").symlink_to(a.name)
    os.link(a, spool.directory / "zz.csv")
    told = spool.loads(50)
    assert "counted once: 2 further names of files" in told["stderr"]
    spool.loads(0, a, spool.directory / "latest.csv", spool.directory)
    (spool.directory / "latest.csv").unlink()
    b = spool.write("orders-3.csv", 50, 101)
    (spool.directory / "latest.csv").symlink_to(b.name)
    spool.loads(50)


def test_content_of_another_load_is_known_however_it_is_packed(scene: Scene) -> None:
    path = scene.write(rows_csv(100), "may.csv")
    assert scene.load("--key", "user", path).code == DONE
    packed = scene.write(gzip.compress(path.read_bytes(), 1), "may.csv.gz")
    for file in (packed, shutil.copyfile(path, scene.directory / "copy.csv")):
        assert_fails(scene.load("--key", "user", file), USAGE, "may.csv", "100 rows", "--again")
    more = scene.write(rows_csv(10, first=500), "june.csv")
    words = ("--key", "user", "--name", f"{scene.topic}-other")
    assert scene.load(*words, more).code == DONE
    assert_fails(scene.load(*words, more, packed), USAGE, "may.csv", "--again")
    scene.assert_exactly_once([path, more], "user")


def test_what_another_load_has_begun_is_known(scene: Scene) -> None:
    """Renamed after a kill, in its folder, grown under another name; not yet read by that load."""
    words = ("--key", "user", "--chunk-rows", 10)
    path, late = scene.write(rows_csv(50), "a.csv"), scene.write(rows_csv(9, first=900), "late.csv")
    scene.crash("after_commit:3", *words, "--name", f"{scene.topic}-l", path, late)
    moved = path.rename(path.with_name("a.csv.done"))
    for given in ([moved], ["--name", f"{scene.topic}-dir", "--include", "*.done", moved.parent]):
        refused = scene.load(*words, *given)
        assert_fails(refused, USAGE, "first 20 rows", "a.csv", "--name", "has not ended")
    assert_fails(scene.load(*words, late), USAGE, "late.csv", "as well", "--again")
    path = moved.rename(path)
    assert scene.load(*words, "--name", f"{scene.topic}-l", path, late).code == DONE
    more = scene.write(rows_csv(60), "more.csv")
    assert_fails(scene.load(*words, more), USAGE, "first 50 rows", "a.csv", "go on behind them")
    scene.assert_exactly_once([path, late], "user")


@pytest.mark.parametrize(
    ("before", "since", "rows"),
    [(b"id\n1\n2", b"\n", 0), (b"id\n1\n2", b"\n3\n", 1), (b"id\r\n1\r\n2\r", b"\n3\r\n", 1),
     (b"id", b"\n3\n", 1)],
)
def test_a_row_end_that_comes_later_is_no_row(
    scene: Scene, before: bytes, since: bytes, rows: int
) -> None:
    """Of one column an empty line would be a null."""
    words = ("--null", "", "--name", scene.topic)
    path = scene.write(before)
    assert scene.load(*words, path).code == DONE
    path.write_bytes(before + since)
    result = scene.load("--json", *words, path)
    assert result.code == DONE, result
    assert result.json()["rows_this_run"] == rows, result
    proof = scene.verify("--source", *words, path)
    assert proof.code == DONE, proof
    assert scene.kafka.committed(scene.topic) == len((before + since).split()) - 1


def test_rows_that_an_option_left_come_without_it(scene: Scene) -> None:
    path = scene.write("id,user\n1,a\n2,b\n3,c")
    words = ("--key", "user", "--name", scene.topic, "--json")
    for flags, rows in (
        (("--require-record-end",), 2), (("--require-record-end",), 0), ((), 1), ((), 0)
    ):
        result = scene.load(*words, *flags, path)
        assert result.code == DONE and result.json()["rows_this_run"] == rows, result
    scene.assert_exactly_once(path, "user")


def test_lines_that_were_a_footer_come_when_they_are_none(scene: Scene) -> None:
    path = scene.write("id,user\n1,a\n2,b\n3,c\nTotal,3\n")
    words = ("--key", "user", "--name", scene.topic, "--json")
    for lines, rows in ((2, 2), (2, 0), (1, 1), (1, 0)):
        result = scene.load(*words, "--skip-footer", lines, path)
        assert result.code == DONE and result.json()["rows_this_run"] == rows, result
    assert scene.kafka.committed(scene.topic) == 3


def test_files_of_empty_lines_have_no_rows_and_the_odd_one_is_named(spool: Spool) -> None:
    spool.write("b.csv", 50, 1)
    blank = spool.directory / "blank.csv"
    blank.write_bytes(b"\r\n\r\n")
    assert "empty, so without rows" in spool.loads(50)["stderr"]
    (spool.directory / "a.csv").write_text("x,y\n1,2\n")
    refused = spool.load()
    assert_fails(refused, INPUT, "lacks id, user", "has x, y", "a.csv")
    assert "b.csv" not in refused.stderr.split("to go on")[0], refused


def test_a_rejects_file_that_is_gone_is_not_made_anew(scene: Scene) -> None:
    path, rejects = scene.write("id,user\n1,a\n2\n3,c\n4\n5,e\n"), scene.directory / "r.csv"
    words = ("--key", "user", "--on-error", "skip", "--chunk-rows", 2)
    scene.crash("after_commit:1", *words, "--rejects", rejects, path)
    rejects.unlink()
    failed = scene.load(*words, "--rejects", rejects, path)
    assert_fails(failed, DISAGREEMENT, "rejected rows", "--no-rejects")
    assert not rejects.exists()
    assert_fails(scene.load(*words, path), USAGE, "--no-rejects")
    assert scene.load(*words, "--no-rejects", path).code == DIFFERENCES
    assert scene.kafka.committed(scene.topic) == 3


def test_the_commands_own_files_are_no_input(spool: Spool) -> None:
    a = spool.write("a.csv", 50, 1)
    a.open("a").write("1,2\n")
    state, rejects = spool.directory / "onceload.db", spool.directory / "rejects.csv"
    words = ("--on-error", "skip", "--rejects", rejects, "--chunk-rows", 10, spool.directory)
    for failpoint in ("after_commit:1", "after_commit:2", None):
        command = spool.scene.command(
            "load", "--name", spool.scene.topic, "--key", "user", *words, state=state
        )
        with (spool.directory / "load.log").open("ab") as log:
            code = subprocess.run(
                command, stderr=log, env=spool.scene.environment(failpoint), check=False
            ).returncode
        assert code in (1, -9), (spool.directory / "load.log").read_text()
    spool.scene.assert_exactly_once(spool.texts, "user")
    (spool.directory / "load.log").unlink()  # no run has it open any more
    sums = spool.directory / "SHA256SUMS"
    sums.write_text(f"{sha256(a.read_bytes()).hexdigest()}  a.csv\n")
    told = spool.scene.load("--name", spool.scene.topic, "--key", "user", *words,
                            "--expect-manifest", sums, state=state)
    assert told.code == DIFFERENCES and "command's own" in told.stderr, told
    again = spool.load("--rejects", rejects, "--on-error", "skip", rejects)
    assert_fails(again, USAGE, "command's own")


def test_files_without_rows_and_hidden_names(spool: Spool) -> None:
    spool.write("part-0.csv", 20, 1)
    for name in ("part-1.csv", "_SUCCESS", ".part-0.csv.crc"):
        (spool.directory / name).write_bytes(b"")
    (spool.directory / "part-2.csv").write_bytes(b"\xef\xbb\xbf")
    told = spool.loads(20)
    assert "2 files (" in told["stderr"] and "part-1.csv" in told["stderr"]
    assert "2 hidden names" in told["stderr"] and "_SUCCESS" in told["stderr"]
    spool.loads(0, spool.directory / "*")
    spool.write("part-1.csv", 20, 101)  # gets rows later
    spool.loads(20)
    named = spool.write("_named.csv", 5, 501)
    spool.loads(5, spool.directory, named)


def test_what_is_passed_over_is_told(spool: Spool) -> None:
    spool.write("a.csv", 10, 1)
    deep, upper = spool.write("2024/c.csv", 10, 201), spool.write("B.CSV", 10, 101)
    texts, spool.texts = spool.texts, spool.texts[:1]
    told = spool.loads(10, "--include", "*.csv", spool.directory)
    assert "1 folder (" in told["stderr"] and "--recursive" in told["stderr"]
    assert "1 file of another name" in told["stderr"] and upper.name in told["stderr"]
    spool.texts = texts
    words = ("--include", "*.csv", "--ignore-case", "--recursive", spool.directory)
    told = spool.loads(20, *words)
    assert "passed over" not in told["stderr"], told
    assert deep.exists()


def test_what_cannot_be_read_is_named(spool: Spool) -> None:
    spool.write("a.csv", 10, 1)
    loop = spool.directory / "loop.csv"
    loop.symlink_to(loop.name)
    assert_fails(spool.load(spool.directory), INPUT, "loop.csv", "symbolic links")
    loop.unlink()
    (spool.directory / "gone.txt").symlink_to("nowhere")
    assert_fails(spool.load(spool.directory), INPUT, "gone.txt", "No such file")
    spool.loads(10, "--include", "*.csv", spool.directory)


def test_standard_input_by_path_needs_a_name(scene: Scene) -> None:
    for path in ("/dev/stdin", "/dev/fd/63", "/proc/self/fd/0"):
        assert_fails(scene.load(path), USAGE, path, "--name")


def test_names_that_are_not_utf8(scene: Scene) -> None:
    """File names are bytes; a load's name is text."""
    directory = os.fsencode(scene.directory / "in")
    os.mkdir(directory)
    paths = []
    for number, name in enumerate((b"caf\xe8.csv", b"caf\xe9.csv", b"c\xef\xbf\xbd.csv")):
        path = os.path.join(directory, name)
        with open(path, "w") as out:
            out.write(rows_csv(40, first=100 * number + 1))
        paths.append(Path(os.fsdecode(path)))
    words = ("--name", scene.topic, "--key", "user", "--chunk-rows", 15, "--json")
    scene.crash("after_commit:2", *words, os.fsdecode(directory))
    scene.crash("after_commit:4", *words, os.fsdecode(directory))
    assert scene.load(*words, os.fsdecode(directory)).code == DONE
    for state in (scene.state, scene.directory / "another.db"):
        again = scene.load(*words, os.fsdecode(directory), state=state)
        assert again.code == DONE and again.json()["was_complete"], again
    copies = [scene.write(path.read_bytes(), f"{n}.csv") for n, path in enumerate(sorted(paths))]
    scene.assert_exactly_once(copies, "user")
    assert json.loads(scene.status("--json").stdout)["loads"][0]["state"] == "finished"
    proof = scene.verify("--name", scene.topic, "--json", "--source", os.fsdecode(directory))
    assert proof.code == DONE, proof
    assert_fails(scene.load("--key", "user", paths[1]), USAGE, "not UTF-8", "--name")
    assert_fails(scene.load("--name", os.fsdecode(b"caf\xe9"), paths[1]), USAGE, "--name", "UTF-8")


# --- files that are still being written ---------------------------------------------------------


def test_half_a_row_is_told(scene: Scene) -> None:
    path = scene.write("id,user,text\n1,a,alpha\n2,b,be")
    told = scene.load("--key", "user", path)
    assert told.code == DONE and "row, 2, has no record end" in told.stderr, told
    assert "--require-record-end" in told.stderr
    with path.open("a") as out:
        out.write("ta\n3,c,gamma\n")
    assert_fails(scene.load("--key", "user", path), INPUT, "part of a row")


def test_half_a_row_is_left_for_the_next_run(scene: Scene) -> None:
    path = scene.write("id,user,text\n1,a,alpha\n2,b,be")
    words = ("--key", "user", "--require-record-end", path)
    left = scene.load(*words)
    assert left.code == DONE and "left for the next run" in left.stderr, left
    assert "loaded 1 rows" in left.stdout
    with path.open("a") as out:
        out.write('ta\n3,c,"gam')
    assert "loaded 2 rows" in scene.load(*words).stdout
    with path.open("a") as out:
        out.write('\nma"\r')
    scene.crash("after_commit:1", *words)
    assert "loaded 3 rows, 0 in this run" in scene.load(*words).stdout
    assert "nothing was sent" in scene.load(*words).stdout
    scene.assert_exactly_once(path, "user")


def test_an_old_file_without_a_last_line_end_is_loaded_without_a_word(scene: Scene) -> None:
    path = scene.write("id,user,text\n1,a,alpha\n2,b,beta")
    os.utime(path, (1, 1))
    result = scene.load("--key", "user", path)
    assert result.code == DONE and "record end" not in result.stderr, result
    scene.assert_exactly_once(path, "user")
