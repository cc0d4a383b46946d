"""What could be altered, cut, doubled or told wrong with exit 0: each with its kind."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import check_topic
import pytest
from confluent_kafka import Message
from onceload_runner import (
    DIFFERENCES,
    DONE,
    INPUT,
    STOPPED,
    USAGE,
    Result,
    Scene,
    assert_fails,
    rows_csv,
)

# --- headers, times and dead letters belong to what is proven -----------------------------------

TIMED = "id,user,ms\n" + "".join(
    f"{n},user-{n % 7},{'' if n < 3 else 1_700_000_000_000 + n}\n" for n in range(1, 201)
)


@dataclass(frozen=True)
class Record:
    """A record of a topic, to be written to another one."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    time_ms: int

    @classmethod
    def of(cls, message: Message) -> Record:
        headers = tuple(message.headers() or ())
        return cls(
            message.partition(), message.key(), message.value(), headers, message.timestamp()[1]
        )


class Forgery:
    """A copy of a load in one chunk, and a progress record that says it is the load."""

    def __init__(self, scene: Scene, path: Path, *words: object) -> None:
        self.scene, self.path = scene, path
        self.original, self.copy = scene.topic, f"{scene.topic}.copy"
        self.letters = f"{self.original}.dead-letters"
        self.progress = f"{self.copy}.progress"
        scene.topics += [self.copy, self.letters, f"{self.letters}.copy", self.progress]
        result = scene.load(*words, path)
        assert result.code in (DONE, DIFFERENCES), result
        self.rows = self.read(self.original, 5)
        self.dead = self.read(self.letters, 1) if scene.kafka.exists(self.letters) else []

    def read(self, topic: str, partitions: int) -> list[Record]:
        kafka = self.scene.kafka
        return [Record.of(m) for p in range(partitions) for m in kafka.messages(topic, p)]

    def write(self, topic: str, records: list[Record], partitions: int) -> None:
        self.scene.kafka.create(topic, partitions)
        producer = self.scene.kafka.producer
        for r in records:
            producer.produce(
                topic, r.value, r.key, r.partition, timestamp=r.time_ms, headers=list(r.headers)
            )
        assert producer.flush(60) == 0

    def publish(self) -> None:
        scene, kafka = self.scene, self.scene.kafka
        self.write(self.copy, self.rows, 5)
        kafka.create(self.progress, 16)
        name = f"{self.original}/{self.path.name}".encode()
        home = check_topic.partition_of(name, 1, 16)
        newest = [v for k, v in kafka.records("onceload.progress", home) if k == name][-1]
        record = json.loads(newest)
        record["topic"] = {"name": self.copy, "id": kafka.topic_id(self.copy)}
        if self.dead:
            self.write(f"{self.letters}.copy", self.dead, 1)
            record["rejected"]["dead_letter_topic"] = f"{self.letters}.copy"
        kafka.produce(self.progress, [(home, name, json.dumps(record).encode())])
        scene.topic = self.copy

    def verify(self, *words: str) -> Result:
        name = ("--name", f"{self.original}/{self.path.name}")
        elsewhere = self.scene.directory / "no-such-state.db"
        progress = ("--progress-topic", self.progress)
        return self.scene.verify(*name, *progress, *words, self.path, state=elsewhere)


def leave_alone(_: Forgery) -> None:
    """Else the tests below would show nothing."""


def change_a_header(forgery: Forgery) -> None:
    record = forgery.rows[5]
    headers = tuple(
        (name, b"17" if name == "onceload.row" else value) for name, value in record.headers
    )
    forgery.rows[5] = replace(record, headers=headers)


def drop_a_header(forgery: Forgery) -> None:
    forgery.rows[5] = replace(forgery.rows[5], headers=forgery.rows[5].headers[:-1])


def add_a_header(forgery: Forgery) -> None:
    forgery.rows[5] = replace(forgery.rows[5], headers=(*forgery.rows[5].headers, ("x", None)))


def swap_headers(forgery: Forgery) -> None:
    first, second, *rest = forgery.rows[5].headers
    forgery.rows[5] = replace(forgery.rows[5], headers=(second, first, *rest))


def change_a_time(forgery: Forgery) -> None:
    at = next(i for i, r in enumerate(forgery.rows) if b'"id":"9"' in (r.value or b""))
    forgery.rows[at] = replace(forgery.rows[at], time_ms=forgery.rows[at].time_ms + 1)


def change_the_time_of_an_empty_cell(forgery: Forgery) -> None:
    at = next(i for i, r in enumerate(forgery.rows) if b'"id":"1"' in (r.value or b""))
    forgery.rows[at] = replace(forgery.rows[at], time_ms=forgery.rows[at].time_ms + 1)


def blank_a_value(forgery: Forgery) -> None:
    forgery.rows[5] = replace(forgery.rows[5], value=None)


@pytest.mark.parametrize(
    "damage",
    [
        leave_alone,
        change_a_header,
        drop_a_header,
        add_a_header,
        swap_headers,
        change_a_time,
        change_the_time_of_an_empty_cell,
        blank_a_value,
    ],
)
def test_headers_and_times_are_proven(scene: Scene, damage: Callable[[Forgery], None]) -> None:
    path = scene.write(TIMED)
    forgery = Forgery(scene, path, "--key", "user", "--timestamp", "ms", "--headers")
    damage(forgery)
    forgery.publish()
    by_record, by_source = forgery.verify(), forgery.verify("--source")
    judge = scene.check(path, "user", headers=True, timestamp="ms")
    if damage is leave_alone:
        assert by_record.code == by_source.code == DONE, (by_record, by_source)
        assert judge.ok, judge.table()
        return
    assert by_record.code == DIFFERENCES, by_record
    assert by_source.code == DIFFERENCES and re.search(r"row \d+ ", by_source.stdout), by_source
    if damage is not change_the_time_of_an_empty_cell or not judge.ok:
        assert not judge.ok, judge.table()


BAD = "id,user,text\n1,a,x\n2,b\n" + '3,c,"y"z\n4,d,w\n' + "5,e,v,u\n"


def cut_a_letter(forgery: Forgery) -> None:
    value = forgery.dead[1].value or b""
    forgery.dead[1] = replace(forgery.dead[1], value=value[:-1])


def change_a_letters_header(forgery: Forgery) -> None:
    name, value = forgery.dead[1].headers[3]
    headers = list(forgery.dead[1].headers)
    headers[3] = (name, (value or b"") + b"0")
    forgery.dead[1] = replace(forgery.dead[1], headers=tuple(headers))


def lose_a_letter(forgery: Forgery) -> None:
    del forgery.dead[1]


@pytest.mark.parametrize(
    "damage", [leave_alone, cut_a_letter, change_a_letters_header, lose_a_letter]
)
def test_dead_letters_are_proven(scene: Scene, damage: Callable[[Forgery], None]) -> None:
    path = scene.write(BAD)
    name = f"{scene.topic}/{path.name}"
    forgery = Forgery(scene, path, "--key", "user", "--on-error", "dead-letter")
    damage(forgery)
    forgery.publish()
    judge = scene.check(path, "user", dead_letters=f"{forgery.letters}.copy", name=name)
    for words in ((), ("--source",)):
        result = forgery.verify(*words)
        expected = DONE if damage is leave_alone else DIFFERENCES
        assert result.code == expected, result
        assert (damage is leave_alone) or "dead letter" in result.stdout, result
    assert judge.ok == (damage is leave_alone), judge.table()


# --- runaway quotes -----------------------------------------------------------------------------


def runaway(rows: int, first: int, last: int) -> str:
    """Between a stray quote in one row and one in another lies a region that is no rows."""
    lines = [f"{n},user-{n % 7},text {n}" for n in range(1, rows + 1)]
    lines[first - 1] = f'{first},user-1,"text'
    lines[last - 1] = f'{last},user-1,te"xt'
    return "\n".join(["id,user,text", *lines, ""])


def test_a_rejected_region_counts_its_lines(scene: Scene) -> None:
    path = scene.write(runaway(2000, 5, 1800))
    rejects = scene.directory / "rejects.csv"
    words = ("--key", "user", "--on-error", "skip", "--rejects", rejects, path)
    stopped = scene.load(*words, "--max-rejects", 100)
    assert_fails(stopped, INPUT, "more than 100 lines", "1796 lines", "row 5")
    result = scene.load(*words, "--max-rejects", 1796)
    assert result.code == DIFFERENCES, result
    assert "1796 lines" in result.stdout, result
    assert scene.load(*words, "--json").json()["rejected_lines"] == 1796
    assert "1 rows of 1796 lines" in scene.status().stdout
    assert json.loads(scene.status("--json").stdout)["loads"][0]["rejected_lines"] == 1796
    with rejects.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["lines"] == "1796" and row["rest"] == "", row
    assert len(row["row_text"].encode()) == int(row["bytes"])
    database = sqlite3.connect(scene.state)
    assert database.execute("SELECT row, lines FROM rejected_rows").fetchall() == [(5, 1796)]


def test_a_long_rejected_region_says_where_its_rest_lies(scene: Scene) -> None:
    scene.topics.append(f"{scene.topic}.dead-letters")
    text = runaway(60_000, 5, 59_000)
    path = scene.write(text)
    rejects = scene.directory / "rejects.csv"
    words = ("--key", "user", "--on-error", "dead-letter", "--rejects", rejects)
    result = scene.load(*words, path)
    assert result.code == DIFFERENCES, result
    begin = text.index('5,user-1,"text')
    whole = text[begin : text.index("59001,")].rstrip("\n").encode()
    assert len(whole) > 1 << 20
    with rejects.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["lines"] == "58996" and int(row["bytes"]) == len(whole)
    kept = row["row_text"].encode()
    assert whole.startswith(kept)
    rest = f"bytes {begin + len(kept)} to {begin + len(whole)} of {path.name}"
    assert row["rest"] == rest
    (letter,) = scene.kafka.messages(f"{scene.topic}.dead-letters", 0)
    headers = dict(letter.headers())
    assert headers["onceload.bytes"] == str(len(whole)).encode()
    assert headers["onceload.lines"] == b"58996"
    value = letter.value()
    assert whole.startswith(value)
    rest = f"bytes {begin + len(value)} to {begin + len(whole)} of {path.name}"
    assert headers["onceload.rest"].decode() == rest
    assert scene.verify("--source", path).code == DONE
    name = f"{scene.topic}/{path.name}"
    judge = scene.check(path, "user", dead_letters=f"{scene.topic}.dead-letters", name=name)
    assert judge.ok, judge.table()


def test_a_loaded_cell_of_many_lines_is_told(scene: Scene) -> None:
    """Two stray quotes that make a good row of what lies between them."""
    lines = [f"{n},user-{n % 7},text {n}" for n in range(1, 1001)]
    lines[4] = '5,user-1,"text'
    lines[800] = 'end"'
    path = scene.write("\n".join(["id,user,text", *lines, ""]))
    scene.crash("after_commit:2", "--key", "user", "--chunk-rows", 100, path)
    result = scene.load("--key", "user", "--chunk-rows", 100, path)
    assert result.code == DONE, result
    assert "797 lines: row 5, column text" in result.stdout, result
    plan = scene.start_command([*scene.command("plan", path)[:2], str(path)]).wait()
    assert "797 lines" in plan.stdout, plan


def test_rows_over_the_usual_limit(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, **{"max.message.bytes": "10485760"})
    long = "x" * 2_000_000
    path = scene.write(f"id,user,text\n1,a,{long}\n2,b,short\n")
    assert_fails(scene.load("--key", "user", path), INPUT, "1048576", "--record-bytes-max")
    assert_fails(
        scene.load("--key", "user", "--record-bytes-max", 3_000_000, path),
        USAGE,
        "--record-bytes-max was 1048576",
    )
    name = ("--name", f"{scene.topic}-long")
    words = ("--key", "user", *name, "--again", "--record-bytes-max", 3_000_000, path)
    result = scene.load(*words)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
    proof = scene.verify(*name, "--source", path)
    assert proof.code == DONE, proof
    for wrong in (0, 1_000_000_001, "1e6"):
        assert_fails(scene.load("--record-bytes-max", wrong, path), USAGE, "record-bytes-max")


# --- empty lines, marks, line ends --------------------------------------------------------------


def test_an_empty_line_of_one_column(scene: Scene) -> None:
    path = scene.write('n\n10\n20\n\n""\n\n30\n')
    told = scene.load("--name", f"{scene.topic}-without", path)
    assert told.code == DONE and "2 empty lines are no rows" in told.stdout, told
    assert "loaded 4 rows" in told.stdout
    with_null = scene.load("--name", f"{scene.topic}-with", "--again", "--null", "", path)
    assert with_null.code == DONE and "loaded 6 rows" in with_null.stdout, with_null
    values = [m[1] for p in range(5) for m in scene.kafka.records(scene.topic, p)]
    assert sorted(values).count(b'{"n":null}') == 2 and len(values) == 10, values
    assert scene.verify("--name", f"{scene.topic}-with", "--source", path).code == DONE


def test_a_mark_in_the_middle_is_a_bad_row(scene: Scene) -> None:
    path = scene.write("\ufeffid,name\n1,a\n\ufeffid,name\n" + '\ufeff"2","b,c"\n3,d\n')
    assert_fails(scene.load("--key", "id", path), INPUT, "byte order mark", "row 2")
    rest = scene.load("--key", "id", "--on-error", "skip", path)
    assert rest.code == DIFFERENCES and "4 rows read = 2 loaded" in rest.stdout, rest
    values = sorted(m[1] for p in range(5) for m in scene.kafka.records(scene.topic, p))
    assert values == [b'{"id":"1","name":"a"}', b'{"id":"3","name":"d"}']


def test_a_line_end_unlike_the_headers_is_told_once(scene: Scene) -> None:
    path = scene.write(b"id,user\r\n1,a\r\n2,b\n3,c\r\n4,d\n")
    result = scene.load("--key", "user", path)
    assert result.code == DONE, result
    told = [line for line in result.stderr.splitlines() if "the row ends in LF" in line]
    assert len(told) == 1 and "row 2, byte 14" in told[0], result


# --- spread -------------------------------------------------------------------------------------


def test_rows_without_a_key_spread_over_the_whole_load(scene: Scene) -> None:
    directory = scene.directory / "in"
    directory.mkdir()
    paths = []
    for n in range(20):
        paths.append(directory / f"{n:02}.csv")
        paths[-1].write_text(f"id\n{n}\n")
    result = scene.load("--name", scene.topic, "--json", "--chunk-rows", 7, directory)
    assert result.code == DONE and result.json()["partitions"] == [4] * 5, result
    scene.assert_exactly_once(paths)
    proof = scene.verify("--name", scene.topic, "--source", directory)
    assert proof.code == DONE, proof


# --- the file of rejected rows ------------------------------------------------------------------


def test_the_rejects_file_of_another_load_is_left_alone(scene: Scene) -> None:
    first = scene.write(BAD, "first.csv")
    second = scene.write(BAD.replace("1,", "9,") + "6,f\n", "second.csv")
    rejects = scene.directory / "rejects.csv"
    words = ("--key", "user", "--on-error", "skip", "--rejects", rejects)
    assert scene.load(*words, first).code == DIFFERENCES
    before = rejects.read_bytes()
    assert_fails(scene.load(*words, second), USAGE, "rejects.csv", "another load")
    assert rejects.read_bytes() == before
    rejects.unlink()
    killed = scene.load(*words, "--chunk-rows", 2, second, failpoint="mid_send:2")
    assert killed.code == -9, killed
    assert scene.load(*words, "--chunk-rows", 2, second).code == DIFFERENCES
    with rejects.open(newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["2", "3", "5", "6"]


def test_a_mended_row_is_no_rejected_row(scene: Scene) -> None:
    path = scene.write("id,user\n1,a\n2\n3,c\n")
    words = ("--key", "user", "--on-error", "skip", path)
    scene.crash("after_mark:1", *words)
    path.write_text("id,user\n1,a\n2,b\n3,c\n")
    assert scene.load(*words).code == DONE
    database = sqlite3.connect(scene.state)
    assert database.execute("SELECT count(*) FROM rejected_rows").fetchall() == [(0,)]


# --- progress is never ahead of the ledger ------------------------------------------------------


@pytest.mark.parametrize("style", ["plain", "json"])
@pytest.mark.parametrize("packed", [False, True])
def test_progress_is_not_ahead(scene: Scene, style: str, packed: bool) -> None:
    import gzip

    text = rows_csv(2000).encode()
    path = scene.write(gzip.compress(text) if packed else text, "a.csv.gz" if packed else "a.csv")
    words = ("--key", "user", "--chunk-rows", 100, "--max-rate", 1500, "--progress", style)
    result = scene.load(*words, path)
    assert result.code == DONE, result
    if style == "json":
        lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
        seen = [(o["percent"], o["rows"]) for o in lines if o["event"] == "progress"]
    else:
        found = re.findall(r"([\d.]+)% committed, (\d+) rows", result.stderr)
        seen = [(float(percent), int(rows)) for percent, rows in found]
    assert seen, result
    for percent, rows in seen:
        # Rows are of one length nearly; of a packed file it is an estimate.
        assert percent <= 100 * rows / 2000 + (5 if packed else 2), (percent, rows, result)
    assert seen[-1] == (100.0, 2000), result


def test_a_stopped_load_tells_what_is_committed(scene: Scene) -> None:
    path = scene.write(rows_csv(3000))
    run = scene.start("--key", "user", "--chunk-rows", 100, "--max-rate", 1000, path)
    scene.wait_for_messages(300, run)
    run.signal(15)
    assert run.wait().code == STOPPED
    status = json.loads(scene.status("--json").stdout)["loads"][0]
    assert abs(status["percent"] - 100 * status["rows"] / 3000) < 2, status
