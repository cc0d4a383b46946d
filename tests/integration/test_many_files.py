"""Many files in one load, with rejected rows: each exactly once, main topic and dead letters."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from onceload_runner import (
    DIFFERENCES,
    DONE,
    INPUT,
    STOPPED,
    USAGE,
    Scene,
    assert_fails,
    rows_csv,
    wait_until,
)

SEED = int(os.environ.get("ONCELOAD_TEST_SEED", random.randrange(1 << 32)))
KILLS = 30
LIFE_SECONDS = 1.0  # of a run that is killed, at most: a whole load takes several
COLUMNS = ("id", "user", "text")


def zstd(text: bytes) -> bytes:
    return subprocess.run(["zstd", "-q", "-c"], input=text, capture_output=True, check=True).stdout


@dataclass
class Exports:
    """A directory as people have them, and what should come of it."""

    directory: Path
    good: list[Path] = field(default_factory=list)  # the good rows alone, plain; outside of it
    bad: list[bytes] = field(default_factory=list)  # the others' own bytes, as UTF-8
    whole: bytes = b""  # of the truncated file

    ROWS = 1000
    TRUNCATED = "file-20.csv"

    @classmethod
    def make(cls, root: Path, chance: random.Random) -> Exports:
        made = cls(root / "exports")
        made.directory.mkdir()
        (root / "good").mkdir()
        for number in range(40):
            made.add(root, number, chance)
        return made

    def add(self, root: Path, number: int, chance: random.Random) -> None:
        name = f"file-{number:02}.csv"
        columns = list(COLUMNS)
        if number % 5 == 4:
            chance.shuffle(columns)
        end = "\r\n" if number % 4 == 1 else "\n"
        lines, good = [",".join(columns)], [",".join(COLUMNS)]
        for n in range(1 + number * self.ROWS, 1 + (number + 1) * self.ROWS):
            cells = {"id": str(n), "user": f"user-{n % 23}", "text": f'"a ""text"" {n} é, {end}"'}
            if number in (7, 20, 33) and chance.random() < 0.02:
                line = f"{n},user-{n % 23}" if n % 2 else f'{n},"user"x,{n}'
                self.bad.append(line.encode())
            else:
                line = ",".join(cells[column] for column in columns)
                good.append(",".join(cells[column] for column in COLUMNS))
            lines.append(line)
        plain = root / "good" / name
        plain.write_text("\n".join(good) + "\n", newline="")
        self.good.append(plain)
        self.write(name, number, end.join(lines) + end * (number % 3 > 0))

    def write(self, name: str, number: int, text: str) -> None:
        content = text.encode()
        if name == self.TRUNCATED:
            self.whole = gzip.compress(content)
            content = self.whole[: len(self.whole) // 2]
        elif number % 4 == 2:
            content = gzip.compress(content)
        elif number % 4 == 3 and shutil.which("zstd"):
            content = zstd(content)
        elif number % 8 == 4:
            content = b"\xff\xfe" + text.encode("utf-16-le")
        (self.directory / name).write_bytes(content)

    def mend(self) -> None:
        (self.directory / self.TRUNCATED).write_bytes(self.whole)


def dead_letters(scene: Scene) -> list[bytes | None]:
    return [value for _, value in scene.kafka.records(f"{scene.topic}.dead-letters", 0)]


def test_forty_files_through_random_kills(scene: Scene, tmp_path: Path) -> None:
    print(f"ONCELOAD_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    exports = Exports.make(tmp_path, chance)
    scene.topics.append(f"{scene.topic}.dead-letters")
    rejects = tmp_path / "rejects.csv"
    words = ("--name", scene.topic, "--key", "user", "--chunk-rows", 300, "--on-error")
    words += ("dead-letter", "--rejects", rejects, "--progress", "none", exports.directory)
    kills, truncated = 0, 0
    while True:
        run = scene.start(*words)
        if kills < KILLS:
            run.kill_within(chance.uniform(0, LIFE_SECONDS))
        result = run.wait()
        if result.code == -signal.SIGKILL:
            kills += 1
            continue
        if result.code == INPUT and truncated < 2:
            assert exports.TRUNCATED in result.errors[0] and "gzip" in result.errors[0], result
            truncated += 1
            if truncated == 2 or kills >= KILLS // 2:
                exports.mend()
            continue
        assert result.code == DIFFERENCES, f"seed {SEED}, kill {kills}: {result}"
        break
    print(f"{kills} kills")
    assert truncated > 0 and kills > KILLS // 3, f"seed {SEED}: {kills} kills"
    report = scene.check(list(exports.good), "user")
    assert report.ok, f"seed {SEED}, {kills} kills\n{report.table()}"
    assert dead_letters(scene) == exports.bad, f"seed {SEED}"
    with rejects.open(newline="", encoding="utf-8") as lines:
        assert [row["row_text"].encode() for row in csv.DictReader(lines)] == exports.bad
    result = scene.load(*words, "--json")
    assert result.code == DIFFERENCES, result
    facts = result.json()
    assert facts["was_complete"] and facts["rejected"] == len(exports.bad)
    assert facts["input_rows"] == 40 * exports.ROWS == facts["rows"] + facts["rejected"]
    for proof in (
        scene.verify("--name", scene.topic, "--json"),
        scene.verify("--name", scene.topic, "--source", exports.directory, "--json"),
    ):
        assert proof.code == DONE, proof
        assert proof.json()["dead_letters"]["found"] == len(exports.bad)


def write_rows(scene: Scene, name: str, first: int, rows: int = 100) -> Path:
    return scene.write(rows_csv(rows, first=first), name)


WORDS = ("--key", "user", "--chunk-rows", 30)


def test_files_that_come_later_are_appended(scene: Scene) -> None:
    a, b = write_rows(scene, "a.csv", 1), write_rows(scene, "b.csv", 101)
    words = (*WORDS, "--name", scene.topic)
    assert scene.load(*words, a).code == DONE
    scene.crash("after_commit:2", *words, a, b)
    assert scene.load(*words, a, b).code == DONE
    c = write_rows(scene, "c.csv", 201)
    a.rename(scene.directory / "gone.csv")  # finished with: needed no more
    result = scene.load(*words, b, c)
    assert result.code == DONE, result
    assert "nothing was sent" in scene.load(*words, b, c).stdout
    scene.assert_exactly_once([scene.directory / "gone.csv", b, c], "user")
    assert_fails(scene.verify("--name", scene.topic, "--source", b, c), INPUT, "a.csv", "not among")
    (scene.directory / "gone.csv").rename(a)
    proof = scene.verify("--name", scene.topic, "--source", c, b, a)  # the load knows their order
    assert proof.code == DONE, proof


def test_an_unfinished_file_may_not_go(scene: Scene) -> None:
    a, b = write_rows(scene, "a.csv", 1), write_rows(scene, "b.csv", 101)
    words = (*WORDS, "--name", scene.topic)
    scene.crash("after_commit:2", *words, a, b)
    assert_fails(scene.load(*words, b), INPUT, "a.csv", "not finished")
    assert scene.load(*words, b, a).code == DONE
    scene.assert_exactly_once([a, b], "user")


def test_several_files_need_a_name(scene: Scene) -> None:
    a, b = write_rows(scene, "a.csv", 1), write_rows(scene, "b.csv", 101)
    assert_fails(scene.load(*WORDS, a, b), USAGE, "--name")
    assert_fails(scene.load(*WORDS, "--name", "n", a, a), USAGE, "named twice", "a.csv")


def test_patterns_lists_and_directories(scene: Scene) -> None:
    (scene.directory / "in").mkdir()
    b, a = write_rows(scene, "in/b.csv", 101), write_rows(scene, "in/a.csv", 1)
    c, note = write_rows(scene, "c.csv", 201), scene.write("no csv", "in/note.txt")
    words = (*WORDS, "--name", scene.topic, "--json")
    pattern = scene.load(*words, scene.directory / "in/[ab].csv")
    assert pattern.code == DONE and pattern.json()["rows"] == 200, pattern
    listed = scene.write(f"{a}\n\n{b}\r\n{c}\n", "list.txt")
    more = scene.load(*words, "--files-from", listed)
    assert more.code == DONE and more.json()["rows_this_run"] == 100, more
    nul = scene.write(f"\ufeff{a}\0{b}\0{c}\0", "list0.txt")  # as find -print0 has it
    same = scene.load(*words, "--files-from", nul)
    assert same.code == DONE and same.json()["was_complete"], same
    again = scene.load(*words, "--include", "*.csv", note.parent, c)
    assert again.code == DONE and again.json()["was_complete"], again
    scene.assert_exactly_once([a, b, c], "user")
    assert_fails(scene.load(*words, scene.directory / "in/*.tsv"), INPUT, "*.tsv", "pattern")
    assert_fails(scene.load(*words, "--include", "*.tsv", note.parent), INPUT, "--include")


def test_columns_are_matched_by_name(scene: Scene) -> None:
    a = scene.write("id,user,text\n1,u,x\n2,v,y\n", "a.csv")
    b = scene.write("text,id,user\nz,3,u\n", "b.csv")
    same = scene.write("id,user,text\n3,u,z\n", "same-as-b.csv")
    less = scene.write("id,user\n4,u\n", "less.csv")
    more = scene.write("id,user,text,extra\n5,u,w,e\n", "more.csv")
    words = (*WORDS, "--name", scene.topic)
    assert_fails(scene.load(*words, a, less), INPUT, "less.csv", "text")
    assert_fails(scene.load(*words, a, more), INPUT, "more.csv", "extra")
    assert scene.load(*words, a, b).code == DONE
    scene.assert_exactly_once([a, same], "user")
    proof = scene.verify("--name", scene.topic, "--source", a, b)
    assert proof.code == DONE, proof


def test_union_of_columns(scene: Scene) -> None:
    a = scene.write("id,user\n1,u\n", "a.csv")
    b = scene.write("user,extra\nv,e\n", "b.csv")
    words = ("--key", "user", "--name", scene.topic, "--union-columns", a, b)
    assert scene.load(*words).code == DONE
    values = [
        json.loads(value or b"")
        for p in range(5)
        for _, value in scene.kafka.records(scene.topic, p)
    ]
    assert sorted(values, key=lambda v: v["user"]) == [
        {"id": "1", "user": "u", "extra": None},
        {"id": None, "user": "v", "extra": "e"},
    ]
    proof = scene.verify("--name", scene.topic, "--source", a, b)
    assert proof.code == DONE, proof


# --- rejected rows --------------------------------------------------------------------------------

MIXED = 'id,user,text\n1,u,"a\nb"\n2,u\n3,"v"x,y\n4,v,z\n5,w,"q"\n'
MIXED_GOOD = 'id,user,text\n1,u,"a\nb"\n4,v,z\n5,w,"q"\n'
MIXED_BAD = [b"2,u", b'3,"v"x,y']


def test_fail_goes_on_from_the_mended_row(scene: Scene) -> None:
    path = scene.write(MIXED)
    assert_fails(scene.load("--key", "user", path), INPUT, "row 2", "byte 23", "2 fields")
    wait_until(lambda: scene.kafka.committed(scene.topic) == 1, "row 1 is there")
    mended = MIXED.replace("2,u\n", "2,u,m\n").replace('"v"x', "v")
    assert scene.load("--key", "user", scene.write(mended)).code == DONE
    scene.assert_exactly_once(path, "user")


def test_skip_counts_and_keeps_a_file(scene: Scene) -> None:
    path, rejects = scene.write(MIXED), scene.directory / "rejects.csv"
    words = ("--key", "user", "--on-error", "skip", "--rejects", rejects, path)
    scene.crash("after_mark:1", "--chunk-rows", 1, *words)
    result = scene.load("--chunk-rows", 1, *words)
    assert result.code == DIFFERENCES, result
    assert "5 rows read = 3 loaded + 0 dead letters + 2 skipped" in result.stdout, result
    rows = list(csv.reader(io.StringIO(rejects.read_text(), newline="")))
    names = ["file", "row", "byte", "reason", "column", "detail", "row_text"]
    assert rows[0] == [*names, "lines", "bytes", "rest", "load"]
    assert [row[1:4] for row in rows[1:]] == [
        ["2", "23", "ragged"],
        ["3", "27", "text-after-quote"],
    ]
    assert [row[6].encode() for row in rows[1:]] == MIXED_BAD
    scene.assert_exactly_once(scene.write(MIXED_GOOD, "good.csv"), "user")
    proof = scene.verify("--source", path)
    assert proof.code == DONE and "rejected: 2 rows" in proof.stdout, proof
    status = scene.status()
    assert "rejected   2 rows" in status.stdout, status


def test_dead_letters_tell_where_they_come_from(scene: Scene) -> None:
    letters = f"{scene.topic}.bad"
    scene.topics.append(letters)
    path = scene.write(MIXED)
    words = ("--key", "user", "--on-error", "dead-letter", "--dead-letter-topic", letters)
    scene.crash("in_commit:1", "--chunk-rows", 2, *words, path)
    result = scene.load("--chunk-rows", 2, *words, path)
    assert result.code == DIFFERENCES, result
    found = scene.kafka.messages(letters, 0)
    assert [message.value() for message in found] == MIXED_BAD
    headers = {name: value.decode() for name, value in found[1].headers()}
    assert headers["onceload.file"] == "rows.csv" and headers["onceload.row"] == "3"
    assert headers["onceload.byte"] == "27" and headers["onceload.reason"] == "text-after-quote"
    assert [message.key().decode() for message in found] == [f"{scene.topic}/rows.csv"] * 2
    for words in (("--source", path), (path,)):
        proof = scene.verify(*words)
        assert proof.code == DONE and "2 expected, 2 found" in proof.stdout, proof


def test_a_dead_letter_names_the_column_of_its_fault(scene: Scene) -> None:
    letters, rejects = f"{scene.topic}.dead-letters", scene.directory / "rejects.csv"
    scene.topics.append(letters)
    path = scene.write('id,user,"größe, cm"\n1,u,12\n2,u,12 cm\n3,u\n4,,13\n')
    words = ("--key", "user", "--on-empty-key", "error", "--type", "größe, cm=integer")
    result = scene.load(*words, "--on-error", "dead-letter", "--rejects", rejects, path)
    assert result.code == DIFFERENCES, result
    found = [dict(message.headers()) for message in scene.kafka.messages(letters, 0)]
    assert [headers["onceload.reason"] for headers in found] == [b"type", b"ragged", b"empty-key"]
    columns = ["größe, cm", None, "user"]
    expected = [name and name.encode() for name in columns]
    assert [headers.get("onceload.column") for headers in found] == expected
    with rejects.open(newline="", encoding="utf-8") as lines:
        assert [row["column"] or None for row in csv.DictReader(lines)] == columns


@pytest.mark.parametrize("source", [True, False])
def test_verify_names_dead_letters_that_are_not_there(scene: Scene, source: bool) -> None:
    letters = f"{scene.topic}.dead-letters"
    scene.topics.append(letters)
    path = scene.write(MIXED)
    load = scene.load("--key", "user", "--on-error", "dead-letter", path)
    assert load.code == DIFFERENCES, load
    scene.kafka.delete_records(letters, 0, scene.kafka.messages(letters, 0)[1].offset())
    proof = scene.verify(*(["--source"] if source else []), path)
    assert proof.code == DIFFERENCES, proof
    assert "holds 1 dead letters of the load where 2 should be" in proof.stdout, proof


def test_a_row_too_large_for_the_topic_is_a_rejected_row(bare_scene: Scene) -> None:
    scene = bare_scene
    letters = f"{scene.topic}.dead-letters"
    scene.topics.append(letters)
    scene.kafka.create(scene.topic, **{"max.message.bytes": "10000"})
    large = "3,u," + "x" * 20_000
    path = scene.write(f"id,user,text\n1,u,a\n{large}\n4,u,b\n")
    assert_fails(scene.load("--key", "user", path), INPUT, "row 2", "max.message.bytes of 10000")
    result = scene.load("--key", "user", "--on-error", "dead-letter", path)
    assert result.code == DIFFERENCES, result
    assert [m.value() for m in scene.kafka.messages(letters, 0)] == [large.encode()]
    scene.assert_exactly_once(scene.write("id,user,text\n1,u,a\n4,u,b\n", "good.csv"), "user")
    proof = scene.verify("--source", path)
    assert proof.code == DONE, proof


def test_rejected_rows_close_a_chunk(scene: Scene) -> None:
    """They are held until it is committed, so a file of nothing else must not be one chunk."""
    path = scene.write("id,user,text\n" + "bad\n" * 205_000)
    # Long enough to be closed by their number only.
    words = ("--chunk-ms", 30_000, "--on-error", "skip", path)
    result = scene.load("--key", "user", "--json", *words)
    assert result.code == DIFFERENCES, result
    assert result.json()["chunk"] == 3, "100,000, 100,000 and the rest"


@pytest.mark.parametrize(("most", "loaded"), [("3", 398 - 3), ("1%", 1098 - 10)])
def test_a_hopeless_load_stops_early(scene: Scene, most: str, loaded: int) -> None:
    """Rows 99, 199, ... are bad; up to row 1,000 a percentage says nothing."""
    lines = [f"{n},u{n % 3}" + ("" if n % 100 == 99 else ",t") for n in range(1, 2001)]
    path = scene.write("\n".join(["id,user,text", *lines, ""]))
    result = scene.load("--key", "user", "--on-error", "skip", "--max-rejects", most, path)
    assert_fails(result, INPUT, "cannot be loaded", "--max-rejects")
    wait_until(lambda: scene.kafka.committed(scene.topic) == loaded, f"{loaded} rows")
    more = scene.load("--key", "user", "--on-error", "skip", "--max-rejects", "2%", path)
    assert more.code == DIFFERENCES, more
    wait_until(lambda: scene.kafka.committed(scene.topic) == 1980, "all that can be loaded")


# --- other ways in --------------------------------------------------------------------------------


def feed(scene: Scene, text: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = scene.command("load", *words, "-")
    return subprocess.run(
        command, input=text, env=scene.environment(), text=True, capture_output=True, check=False
    )


def test_standard_input_is_kept_first(scene: Scene) -> None:
    text, spool = rows_csv(200), scene.directory / "spool"
    refused = feed(scene, text, "--name", scene.topic, "--key", "user")
    assert refused.returncode == USAGE and "--spool" in refused.stderr, refused
    words = ("--name", scene.topic, "--key", "user", "--chunk-rows", 50, "--spool", spool)
    assert feed(scene, text, "--spool", spool).returncode == USAGE
    command = [*scene.command("load", *words, "-")]
    killed = subprocess.run(
        command, input=text.encode(), env=scene.environment("after_commit:2"), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    done = feed(scene, "", *words)  # what came down the pipe is gone; it was kept
    assert done.returncode == DONE and "kept in" in done.stderr, done
    scene.assert_exactly_once(scene.write(text), "user")


def test_content_loaded_before_is_noticed(scene: Scene) -> None:
    path = write_rows(scene, "a.csv", 1)
    assert scene.load(*WORDS, path).code == DONE
    copy = scene.write(path.read_bytes(), "copy.csv")
    assert_fails(scene.load(*WORDS, copy), USAGE, "copy.csv", "a.csv", "100 rows", "--again")
    other = scene.write(path.read_bytes().replace(b"text 7 ", b"text X "), "other.csv")
    assert other.stat().st_size == path.stat().st_size
    assert scene.load(*WORDS, other).code == DONE
    assert scene.load(*WORDS, "--again", copy).code == DONE
    wait_until(lambda: scene.kafka.committed(scene.topic) == 300, "three times 100 rows")


def test_atomic_is_all_or_nothing(scene: Scene, clicks: Callable[[int], Path]) -> None:
    path = clicks(60_000)
    words = ("--key", "user_id", "--atomic", "--chunk-bytes", 1_000_000, path)
    scene.crash("mid_send:9", *words)
    run = scene.start(*words, failpoint=None)
    # Stopped half-way: nothing is visible, no transaction is left open.
    wait_until(lambda: sum(scene.kafka.ends(scene.topic)) > 5000, "rows are under way")
    run.signal(signal.SIGTERM)
    result = run.wait()
    if result.code == STOPPED:
        assert "nothing was loaded" in result.stderr, result
        ends = scene.kafka.ends(scene.topic)
        wait_until(lambda: scene.kafka.ends(scene.topic, "read_committed") >= ends, "no open one")
        assert scene.kafka.committed(scene.topic) == 0
    done = scene.load(*words, "--json")
    assert done.code == DONE and done.json()["chunk"] == 1, done
    scene.assert_exactly_once(path, "user_id")


@pytest.mark.parametrize("point", ["after_commit:1", "after_confirm:1", "after_seal:1"])
def test_atomic_goes_on_behind_its_commit(scene: Scene, point: str) -> None:
    path = scene.write(rows_csv(30))
    scene.crash(point, "--key", "user", "--atomic", path)
    done = scene.load("--key", "user", "--atomic", path)
    assert done.code == DONE, done
    scene.assert_exactly_once(path, "user")


def test_atomic_refuses_what_cannot_be_all(scene: Scene) -> None:
    path = scene.write(MIXED)
    assert_fails(scene.load("--key", "user", "--atomic", path), INPUT, "row 2", "nothing was")
    assert scene.kafka.committed(scene.topic) == 0
    large = scene.directory / "large.csv"
    large.write_text("id,user\n1,u\n")
    os.truncate(large, 20_000_000_000)  # a hole: takes no room
    assert_fails(
        scene.load("--atomic", large), USAGE, "too large for one transaction", "2000 s", "900 s"
    )
