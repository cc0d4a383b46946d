"""What verify proves: each damage of a topic is caught by the digests and named by the rows."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import check_topic
import pytest
from fake_registry import FakeRegistry
from onceload_runner import DIFFERENCES, DONE, USAGE, Kafka, Result, Scene, assert_fails, rows_csv

SHAPE = ("--key", "user", "--headers", "--timestamp", "at")
PARTITIONS = 5
BEGUN_MS = 1_700_000_000_000  # the time of row 0


@dataclass(frozen=True)
class Stored:
    """A record of a topic."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    time_ms: int

    @property
    def row(self) -> int:
        return int(dict(self.headers)["onceload.row"])


Rows = list[list[Stored]]  # by partition
Named = tuple[str, int, int, int]  # kind, partition, offset, row; 0 or -1: none


@dataclass
class Original:
    """A load whose copies are damaged."""

    scene: Scene
    path: Path
    rows: Rows
    record: dict[str, object]
    progress: str  # topic of the copies' progress records


def stored(scene: Scene) -> Rows:
    return [
        [
            Stored(m.key(), m.value(), tuple(m.headers() or ()), m.timestamp()[1])
            for m in scene.kafka.messages(scene.topic, partition)
        ]
        for partition in range(PARTITIONS)
    ]


def newest_record(scene: Scene, name: str) -> dict[str, object]:
    home = check_topic.partition_of(name.encode(), 1, 16)
    records = scene.kafka.records("onceload.progress", home)
    return json.loads([v for k, v in records if k == name.encode()][-1] or b"")


def make_original(kafka: Kafka, directory: Path, rows: int) -> Original:
    scene = Scene(f"original-{rows}", directory, kafka)
    kafka.create(scene.topic, PARTITIONS, **{"retention.ms": "-1"})
    text = "id,user,at,text\n" + "".join(
        f"{n},user-{n % 23},{BEGUN_MS + n},text {n}\n" for n in range(1, rows + 1)
    )
    path = scene.write(text)
    result = scene.load(*SHAPE, "--chunk-rows", 10**9, "--chunk-ms", 50_000, path)
    assert result.code == DONE, result
    progress = f"{scene.topic}.progress"
    kafka.create(progress, 16)
    scene.topics.append(progress)
    record = newest_record(scene, f"{scene.topic}/{path.name}")
    return Original(scene, path, stored(scene), record, progress)


@pytest.fixture(scope="module")
def original(
    kafka: Kafka, binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Original]:
    made = make_original(kafka, tmp_path_factory.mktemp("original"), 3_000)
    yield made
    made.scene.end()


@pytest.fixture(scope="module")
def million(
    kafka: Kafka, binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Original]:
    made = make_original(kafka, tmp_path_factory.mktemp("million"), 1_000_000)
    yield made
    made.scene.end()


# --- the ways to damage it; each returns what has to be named -------------------------------------


def lose(rows: Rows, at: int) -> list[Named]:
    gone = rows[at].pop(105)
    return [("lost", at, -1, gone.row)]


def double(rows: Rows, at: int) -> list[Named]:
    rows[at].insert(109, rows[at][105])
    return [("doubled", at, 109, rows[at][105].row)]


def swap(rows: Rows, at: int) -> list[Named]:
    rows[at][105], rows[at][106] = rows[at][106], rows[at][105]
    return [("order", at, 106, rows[at][106].row)]


def change(rows: Rows, at: int, changed: Stored) -> list[Named]:
    rows[at][105] = changed
    return [("changed", at, 105, changed.row)]


def change_a_byte(rows: Rows, at: int) -> list[Named]:
    row = rows[at][105]
    return change(rows, at, replace(row, value=(row.value or b"").replace(b"text", b"tExt", 1)))


def change_a_header(rows: Rows, at: int) -> list[Named]:
    row = rows[at][105]
    return change(rows, at, replace(row, headers=(*row.headers[:-1], ("onceload.byte", b"1"))))


def change_the_time(rows: Rows, at: int) -> list[Named]:
    row = rows[at][105]
    return change(rows, at, replace(row, time_ms=row.time_ms + 1))


def move(rows: Rows, at: int) -> list[Named]:
    row = rows[at].pop(105)
    other = (at + 1) % PARTITIONS
    rows[other].append(row)
    return [("moved", other, len(rows[other]) - 1, row.row)]


def foreign(number: int) -> Stored:
    return Stored(b"somebody", b'{"id":"%d"}' % number, (), BEGUN_MS)


def mix_in(rows: Rows, at: int) -> list[Named]:
    places = (3, 104, len(rows[at]) - 2)
    for number, place in enumerate(places):
        rows[at].insert(place, foreign(number))
    return [("foreign", at, place, 0) for place in places]


def interleave(rows: Rows, at: int) -> list[Named]:
    """Another load's rows, with headers of theirs, between ours in all partitions."""
    named: list[Named] = []
    for partition, records in enumerate(rows):
        for place in (10, 30):  # ten in all: so many are listed
            other = replace(foreign(place), headers=(("onceload.load", b"another"),))
            records.insert(place, other)
            named.append(("foreign", partition, place, 0))
    return named


def leave_alone(rows: Rows, at: int) -> list[Named]:
    return []


def append_foreign(rows: Rows, at: int) -> list[Named]:
    rows[at].append(foreign(1))
    return [("foreign", at, len(rows[at]) - 1, 0)]


def append_double(rows: Rows, at: int) -> list[Named]:
    rows[at].append(rows[at][17])
    return [("doubled", at, len(rows[at]) - 1, rows[at][17].row)]


def copy(original: Original, rows: Rows, ends: list[int]) -> Scene:
    """A scene whose topic holds `rows`, and a progress record that calls it the load's."""
    kafka = original.scene.kafka
    scene = Scene("copy", original.scene.directory, kafka)
    kafka.create(scene.topic, PARTITIONS, **{"retention.ms": "-1"})
    for partition, records in enumerate(rows):
        for r in records:
            while True:
                try:
                    kafka.producer.produce(
                        scene.topic, r.value, r.key, partition,
                        timestamp=r.time_ms, headers=list(r.headers),
                    )  # fmt: skip
                    break
                except BufferError:
                    kafka.producer.poll(1)
    assert kafka.producer.flush(120) == 0
    record = json.loads(json.dumps(original.record))
    record["load"]["name"] = scene.topic
    record["topic"] = {"name": scene.topic, "id": kafka.topic_id(scene.topic)}
    for partition, end in zip(record["partitions"], ends, strict=True):
        partition["first"], partition["end"] = 0, end
    name = scene.topic.encode()
    home = check_topic.partition_of(name, 1, 16)
    kafka.produce(original.progress, [(home, name, json.dumps(record).encode())])
    return scene


def verify(original: Original, scene: Scene, *words: object) -> Result:
    known = ("--progress-topic", original.progress, "--name", scene.topic)
    return scene.verify("--json", *known, *words, state=scene.directory / "no-such-state.db")


def named_by(result: Result) -> list[Named]:
    return [
        (d["kind"], d.get("partition", -1), d.get("offset", -1), d.get("row", 0))
        for d in result.json()["differences"]
    ]


Damage = Callable[[Rows, int], list[Named]]
WITHIN: list[Damage] = [
    lose, double, swap, change_a_byte, change_a_header, change_the_time, move, mix_in, interleave,
]  # fmt: skip
BEHIND: list[Damage] = [append_foreign, append_double]


def assert_named(original: Original, damage: Damage, behind: bool) -> None:
    rows = [list(records) for records in original.rows]
    at = max(range(PARTITIONS), key=lambda p: len(rows[p]))
    ends = [len(records) for records in rows]
    named = damage(rows, at)
    scene = copy(original, rows, ends if behind else [len(records) for records in rows])
    try:
        extra = ("--exclusive",) if behind else ()
        source = verify(original, scene, "--level", "source", *extra, original.path)
        assert source.code == (DIFFERENCES if named else DONE), source
        assert sorted(named_by(source)) == sorted(named), source
        digest = verify(original, scene, *extra)
        assert digest.code == (DIFFERENCES if named else DONE), digest
        if behind:
            assert verify(original, scene).code == DONE, "behind the load is not its own"
    finally:
        scene.end()


@pytest.mark.parametrize("damage", [leave_alone, *WITHIN])
def test_damage_is_named(original: Original, damage: Damage) -> None:
    assert_named(original, damage, behind=False)


@pytest.mark.parametrize("damage", [leave_alone, *BEHIND])
def test_what_lies_behind_the_load_is_named(original: Original, damage: Damage) -> None:
    assert_named(original, damage, behind=True)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [leave_alone, *WITHIN, *BEHIND])
def test_damage_is_named_in_a_million_rows(million: Original, damage: Damage) -> None:
    assert_named(million, damage, behind=damage in BEHIND)


@pytest.mark.slow
def test_a_deleted_head_of_a_million_rows(million: Original) -> None:
    """Named at both levels; the rest of the partition is compared by its rows."""
    rows = [list(records) for records in million.rows]
    at = max(range(PARTITIONS), key=lambda p: len(rows[p]))
    scene = copy(million, rows, [len(records) for records in rows])
    scene.kafka.delete_records(scene.topic, at, 1_000)
    source = verify(million, scene, "--level", "source", million.path)
    assert source.code == DIFFERENCES, source
    assert source.json()["counts"] == {"deleted": 1}, source
    last = f"1000 rows of it, up to row {rows[at][999].row} "
    assert last in source.json()["differences"][0]["text"], source
    partition = source.json()["partitions"][at]
    assert partition["digest"] == "equal" and partition["gone"] == 1_000, source
    assert verify(million, scene).code == DIFFERENCES
    scene.end()


# --- a head that retention has taken --------------------------------------------------------------


def test_rows_that_retention_has_taken_cannot_be_checked(scene: Scene) -> None:
    """The rest can: by the rows, and by the digests from the end of a chunk on."""
    path = scene.write(rows_csv(2_000))
    assert scene.load("--key", "user", "--chunk-rows", 500, path).code == DONE
    at = max(range(PARTITIONS), key=lambda p: len(scene.kafka.records(scene.topic, p)))
    before = scene.kafka.messages(scene.topic, at)
    taken = len(before) // 2
    scene.kafka.delete_records(scene.topic, at, before[taken].offset())
    for words in ((), ("--source",)):
        result = scene.verify("--json", *words, path)
        assert result.code == DIFFERENCES, result
        report = result.json()
        assert report["counts"] == {"deleted": 1}, result
        partition = report["partitions"][at]
        assert partition["digest"] == "equal" and partition["difference"] == 0, result
        assert partition["gone"] + partition["found"] == len(before), result
        if words:
            assert partition["gone"] == taken, result
            last = json.loads(before[taken - 1].value() or b"")["id"]
            assert f"{taken} rows of it, up to row {last} " in report["differences"][0]["text"]
        else:
            assert partition["gone"] >= taken and partition["found"] > 0, result
            assert re.search(r"\(chunk [123]\)", report["differences"][0]["text"]), result


# --- levels ---------------------------------------------------------------------------------------


def test_a_level_proves_what_it_says(original: Original) -> None:
    rows = [list(records) for records in original.rows]
    change_a_byte(rows, 0)
    scene = copy(original, rows, [len(records) for records in rows])
    counts = verify(original, scene, "--level", "counts")
    assert counts.code == DONE, counts
    assert counts.json()["level"] == "counts" and "not what is in them" in counts.json()["limits"]
    lose(rows, 1)
    short = copy(original, rows, [len(records) for records in original.rows])
    assert verify(original, short, "--level", "counts").code == DIFFERENCES
    assert_fails(verify(original, short, "--level", "source"), USAGE, "needs the files")
    scene.end()
    short.end()


# --- all loads of a topic -------------------------------------------------------------------------


def test_all_loads_of_a_topic_in_one_table(scene: Scene) -> None:
    scene.kafka.produce(scene.topic, [(2, b"older", b"{}")])
    first = scene.write(rows_csv(300), "a.csv")
    second = scene.write(rows_csv(300, first=301), "b.csv")
    assert scene.load("--key", "user", first).code == DONE
    scene.kafka.produce(scene.topic, [(1, b"between", b"{}")])
    scene.crash("after_commit:2", "--key", "user", "--chunk-rows", 50, second)

    audit = scene.verify()
    assert audit.code == DONE, audit
    lines = {line.split()[0]: line for line in audit.stdout.splitlines()}
    assert lines[f"{scene.topic}/a.csv"].endswith("finished    proven"), audit
    assert lines[f"{scene.topic}/b.csv"].endswith("unfinished  proven"), audit
    assert audit.stdout.splitlines()[-1].startswith("proven: 2 loads, 400 rows"), audit

    exclusive = scene.verify("--exclusive", "--json")
    assert exclusive.code == DIFFERENCES, exclusive
    texts = [d["text"] for d in exclusive.json()["rests"][0]["differences"]]
    assert len(texts) == 2, exclusive
    assert any("partition 2 at offset 0, before load" in text for text in texts), texts
    assert any("a.csv and load" in text and "partition 1" in text for text in texts), texts

    scene.kafka.delete_records(scene.topic, 3, -1)
    damaged = scene.verify()
    assert damaged.code == DIFFERENCES, damaged


def test_a_topic_without_loads(scene: Scene) -> None:
    assert_fails(scene.verify(), USAGE, "no load is known", scene.topic)


def test_an_audit_beside_a_running_load(scene: Scene) -> None:
    """As far as it has committed, however often one looks; its newest rows are nobody else's."""
    path = scene.write(rows_csv(6_000))
    run = scene.start("--key", "user", "--chunk-rows", 200, "--max-rate", 1_500, path)
    scene.wait_for_messages(1, run)
    audits = [scene.verify("--exclusive") for _ in range(2)]
    assert run.wait().code == DONE
    for audit in audits:
        assert audit.code == DONE, audit


@pytest.mark.slow
def test_no_false_alarm_over_loads_that_were_killed(scene: Scene) -> None:
    """Into one topic, one behind the other, each killed a few times; by schemas, too."""
    registry = FakeRegistry()
    chance = random.Random(int(os.environ.get("ONCELOAD_TEST_SEED", "7")))
    points = ("after_send", "after_mark", "in_commit", "after_commit", "after_claim", "after_seal")
    shapes = [(), ("--key", "user"), SHAPE, ("--format", "raw"), ("--headers",)]
    schema = ("--type", "id=integer", "--register", "--schema-registry", registry.url)
    shapes += [("--value-format", "avro", *schema), ("--value-format", "json-schema", *schema)]
    paths = []
    for number in range(50):
        rows = chance.randrange(50, 400)
        text = "id,user,at,text\n" + "".join(
            # No two of them are one text: the second would be refused.
            f"{n},user-{n % 23},{BEGUN_MS + n},text {n} of {number}\n"
            for n in range(1, rows + 1)
        )
        path = scene.write(text, f"{number}.csv")
        words = (*shapes[number % len(shapes)], "--chunk-rows", 20, path)
        for _ in range(chance.randrange(1, 3)):
            scene.load(*words, failpoint=f"{chance.choice(points)}:{chance.randrange(1, 3)}")
        assert scene.load(*words).code == DONE
        paths.append(path)
    registry.close()  # nobody needs it to prove what was loaded
    for level in ("counts", "digest"):
        audit = scene.verify("--level", level, "--exclusive")
        assert audit.code == DONE, audit
    for path in paths:
        audit = scene.verify("--source", path)
        assert audit.code == DONE, audit
