"""The judge is judged: it passes a correct topic and names each kind of damage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import check_topic
import pytest
from confluent_kafka import Producer
from onceload_runner import BOOTSTRAP, Kafka, Scene, rows_csv

PARTITIONS = 5
Message = tuple[int, bytes | None, bytes]  # partition, key, value


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, kafka: Kafka) -> Iterator[Scene]:
    stage = Scene(request.node.name, tmp_path, kafka)
    kafka.create(stage.topic, PARTITIONS)
    yield stage
    stage.end()


def correct_messages(rows: int = 60) -> list[Message]:
    """What a correct load of rows_csv(rows) by user makes, written down without the checker."""
    # Java's murmur2 of user-0 ... user-6, masked, modulo 5.
    homes = [check_topic.partition_of(f"user-{n}".encode(), 0, PARTITIONS) for n in range(7)]
    messages = []
    for n in range(1, rows + 1):
        value = {"id": str(n), "user": f"user-{n % 7}", "text": f"text {n} é"}
        # As another JSON writer might have it: escapes and spaces do not matter.
        text = json.dumps(value, ensure_ascii=n % 2 == 0, indent=1 if n % 3 == 0 else None)
        messages.append((homes[n % 7], f"user-{n % 7}".encode(), text.encode()))
    return messages


def judge(stage: Scene, messages: list[Message]) -> check_topic.Report:
    stage.kafka.produce(stage.topic, messages)
    return stage.check(stage.write(rows_csv(60)), key="user")


def differences(report: check_topic.Report) -> dict[str, object]:
    return {kind: value for kind in report.KINDS if (value := getattr(report, kind))}


def index_of(messages: list[Message], row: int) -> int:
    return next(i for i, m in enumerate(messages) if json.loads(m[2])["id"] == str(row))


@pytest.mark.parametrize(
    ("key", "hash_"),
    [  # from Kafka's UtilsTest.testMurmur2, as signed 32-bit numbers
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_the_java_client(key: bytes, hash_: int) -> None:
    assert check_topic.murmur2(key) == hash_ % (1 << 32)


def test_a_correct_load_passes(stage: Scene) -> None:
    report = judge(stage, correct_messages())
    assert report.ok, report.table()
    assert report.rows == report.messages == 60


def lose(messages: list[Message]) -> None:
    del messages[index_of(messages, 30)]


def lose_last(messages: list[Message]) -> None:
    del messages[index_of(messages, 60)]


def double(messages: list[Message]) -> None:
    messages.insert(40, messages[index_of(messages, 30)])


def double_elsewhere(messages: list[Message]) -> None:
    partition, key, value = messages[index_of(messages, 30)]
    messages.append(((partition + 1) % PARTITIONS, key, value))


def swap(messages: list[Message]) -> None:
    a, b = index_of(messages, 30), index_of(messages, 37)  # one user's
    messages[a], messages[b] = messages[b], messages[a]


def swap_users(messages: list[Message]) -> None:
    """Two rows of one partition and different keys: file order is broken, key order is not."""
    for a in range(20, 50):
        for b in range(a + 1, a + 7):
            if messages[a][0] == messages[b][0]:
                messages[a], messages[b] = messages[b], messages[a]
                return
    raise AssertionError("no two users share a partition")


def change(messages: list[Message]) -> None:
    at = index_of(messages, 30)
    partition, key, value = messages[at]
    messages[at] = (partition, key, value.replace(b"text 30", b"text 3O"))


def change_type(messages: list[Message]) -> None:
    at = index_of(messages, 31)
    partition, key, value = messages[at]
    messages[at] = (partition, key, value.replace(b'"31"', b"31"))


def change_order_of_names(messages: list[Message]) -> None:
    at = index_of(messages, 30)
    partition, key, value = messages[at]
    turned = dict(reversed(json.loads(value).items()))
    messages[at] = (partition, key, json.dumps(turned).encode())


def break_json(messages: list[Message]) -> None:
    at = index_of(messages, 30)
    messages[at] = (*messages[at][:2], messages[at][2][:-1])


def change_key(messages: list[Message]) -> None:
    at = index_of(messages, 30)
    messages[at] = (messages[at][0], b"another", messages[at][2])


def move(messages: list[Message]) -> None:
    at = index_of(messages, 30)
    messages[at] = ((messages[at][0] + 1) % PARTITIONS, *messages[at][1:])


def add_foreign(messages: list[Message]) -> None:
    messages.insert(20, (3, b"somebody", b'{"id":"1","user":"somebody","text":"else"}'))


def repeat_a_chunk(messages: list[Message]) -> None:
    messages[40:40] = messages[20:40]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lose, {"lost": 1}),
        (lose_last, {"lost": 1}),
        (double, {"doubled": 1}),
        (double_elsewhere, {"doubled": 1}),
        (swap, {"out_of_order": 2, "key_out_of_order": 1}),
        (swap_users, {"out_of_order": 1}),
        (change, {"changed": 1}),
        (change_type, {"changed": 1}),
        (change_order_of_names, {"changed": 1}),
        (break_json, {"changed": 1}),
        (change_key, {"lost": 1, "foreign": 1}),
        (move, {"misplaced": 1}),
        (add_foreign, {"foreign": 1}),
        (repeat_a_chunk, {"doubled": 20}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_damage_is_named(
    stage: Scene, damage: Callable[[list[Message]], None], expected: dict[str, int]
) -> None:
    messages = correct_messages()
    damage(messages)
    report = judge(stage, messages)
    assert differences(report) == expected, report.table()
    assert report.examples


def test_a_topic_that_holds_nothing_has_lost_every_row(stage: Scene) -> None:
    assert differences(judge(stage, [])) == {"lost": 60}


def test_equal_rows_are_counted_not_merged(stage: Scene) -> None:
    path = stage.write("id,user\n" + "1,ann\n" * 3)
    home = check_topic.partition_of(b"ann", 0, PARTITIONS)
    message = (home, b"ann", b'{"id":"1","user":"ann"}')
    stage.kafka.produce(stage.topic, [message] * 2)
    assert differences(stage.check(path, "user")) == {"lost": 1}
    stage.kafka.produce(stage.topic, [message])
    assert stage.check(path, "user").ok
    stage.kafka.produce(stage.topic, [message])
    assert differences(stage.check(path, "user")) == {"doubled": 1}


def test_rows_without_key_are_spread_by_row_number(stage: Scene) -> None:
    path = stage.write(rows_csv(12))
    messages = [((i % PARTITIONS), None, m[2]) for i, m in enumerate(correct_messages(12))]
    stage.kafka.produce(stage.topic, messages)
    assert stage.check(path).ok


def test_an_empty_key_is_not_a_null_key(stage: Scene) -> None:
    path = stage.write("id,user\n1,\n")
    home = check_topic.partition_of(b"", 0, PARTITIONS)
    stage.kafka.produce(stage.topic, [(home, None, b'{"id":"1","user":""}')])
    assert differences(stage.check(path, "user")) == {"lost": 1, "foreign": 1}


def test_typed_columns_keep_the_text_of_numbers(stage: Scene) -> None:
    path = stage.write('n,x,flag,doc\n1,1.50,TRUE,"[1,{""a"":null}]"\n,,,\n')
    types = {"n": "integer", "x": "number", "flag": "boolean", "doc": "json"}
    stage.kafka.produce(
        stage.topic,
        [
            (0, None, b'{"n":1,"x":1.50,"flag":true,"doc":[1,{"a":null}]}'),
            (1, None, b'{"n":null,"x":null,"flag":null,"doc":null}'),
        ],
    )
    assert stage.check(path, types=types).ok
    assert differences(stage.check(path)) == {"changed": 2}


def test_a_float_made_of_a_number_is_a_change(stage: Scene) -> None:
    path = stage.write("x\n1.50\n")
    stage.kafka.produce(stage.topic, [(0, None, b'{"x":1.5}')])
    assert differences(stage.check(path, types={"x": "number"})) == {"changed": 1}


def test_raw_records_are_compared_by_their_bytes(stage: Scene) -> None:
    path = stage.write('\ufeffid,text\r\n1,"a ""b""\r\nc"\r\n\r\n2,d')
    records = [(0, None, b'1,"a ""b""\r\nc"'), (1, None, b"2,d")]
    stage.kafka.produce(stage.topic, records)
    assert stage.check(path, format="raw").ok
    assert differences(stage.check(path)) == {"changed": 2}


def transactional_producer(topic: str) -> Producer:
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": topic})
    producer.init_transactions(30)
    producer.begin_transaction()
    return producer


def test_rows_of_an_aborted_transaction_do_not_count(stage: Scene) -> None:
    producer = transactional_producer(stage.topic)
    for partition, key, value in correct_messages()[:20]:
        producer.produce(stage.topic, value, key, partition=partition)
    producer.flush(30)
    producer.abort_transaction(30)
    report = judge(stage, correct_messages())
    assert report.ok, report.table()


def test_an_open_transaction_is_reported(stage: Scene) -> None:
    stage.kafka.produce(stage.topic, correct_messages())
    producer = transactional_producer(stage.topic)
    producer.produce(stage.topic, b"{}", b"k", partition=2)
    producer.flush(30)
    report = stage.check(stage.write(rows_csv(60)), key="user")
    assert differences(report) == {"open_transactions": [2]}, report.table()
    producer.abort_transaction(30)
    assert stage.check(stage.write(rows_csv(60)), key="user").ok


# --- headers, times, dead letters -----------------------------------------------------------------

LOAD = b"0190a1b2-0000-4000-8000-00000000abcd"
BEGUN = 1_700_000_000_000  # milliseconds; when that load was begun
FIRST = 1_569_888_000_000  # 2019-10-01T00:00:00Z, the time of row 0
BAD_ROWS = {  # by row number: the row, its lines, the reason
    4: (b"4,x", 1, b"ragged"),
    9: (b'9,"q"z,y', 1, b"text-after-quote"),
    10: (b"10,\xff,y", 1, b"invalid-utf8"),
    15: (b"15,\0,y", 1, b"nul-byte"),
    21: (b'21,u,"' + b"L\r\n" * 40 + b'",more', 41, b"ragged"),
    30: (b'30,u,"open\nto the end', 2, b"open-quote"),
}


@dataclass
class Record:
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    time: int


def place_headers(row: int, begin: int, file: str = "rows.csv") -> list[tuple[str, bytes]]:
    return [
        ("onceload.load", LOAD),
        ("onceload.file", file.encode()),
        ("onceload.row", str(row).encode()),
        ("onceload.byte", str(begin).encode()),
    ]


def iso(time_: int) -> str:
    return f"2019-10-01T00:{(time_ - FIRST) // 60_000:02}:{(time_ - FIRST) // 1000 % 60:02}.250"


@dataclass
class Written:
    """A file and what a load of it makes, written down without the checker."""

    text: bytes = b"\xef\xbb\xbfid,user,at\r\n"  # a byte order mark, which offsets count
    records: list[Record] = field(default_factory=list)
    letters: list[Record] = field(default_factory=list)

    def add_row(self, row: int, at: str, time_: int, partition: int) -> None:
        begin = len(self.text)
        self.text += f'{row},"ü\n{row}",{at}\r\n'.encode() + b"\n" * (row % 3 == 0)
        value = json.dumps({"id": str(row), "user": f"ü\n{row}", "at": at}).encode()
        self.records.append(Record(partition, None, value, place_headers(row, begin), time_))

    def add_bad_row(self, row: int, kept: int | None = None) -> None:
        text, lines, reason = BAD_ROWS[row]
        begin = len(self.text)
        headers = place_headers(row, begin)
        headers += [("onceload.bytes", b"%d" % len(text)), ("onceload.lines", b"%d" % lines)]
        headers += [("onceload.reason", reason), ("onceload.detail", b"a sentence")]
        if kept is not None:
            rest = f"bytes {begin + kept} to {begin + len(text)} of rows.csv"
            headers.append(("onceload.rest", rest.encode()))
        self.letters.append(Record(0, b"my-load", text[:kept], headers, BEGUN))
        self.text += text + (b"" if row == max(BAD_ROWS) else b"\r\n")

    def produce(self, stage: Scene) -> Path:
        produce(stage, stage.topic, self.records)
        letters = f"{stage.topic}.dead-letters"
        if self.letters:
            stage.topics.append(letters)
            stage.kafka.create(letters, 1)
            produce(stage, letters, self.letters)
        return stage.write(self.text)


def produce(stage: Scene, topic: str, records: list[Record]) -> None:
    producer = stage.kafka.producer
    for r in records:
        producer.produce(topic, r.value, r.key, r.partition, timestamp=r.time, headers=r.headers)
    assert producer.flush(60) == 0


def timed(format_: str = "iso") -> tuple[Written, dict[str, Any]]:
    """Thirty rows without a key; each sixth has no time of its own."""
    written = Written()
    for row in range(1, 31):
        time_ = FIRST + row * 7000 + 250
        cell = {"iso": iso(time_), "epoch-ms": str(time_)}[format_]
        at, time_ = ("", BEGUN) if row % 6 == 0 else (cell, time_)
        written.add_row(row, at, time_, (row - 1) % PARTITIONS)
    return written, {"headers": True, "timestamp": "at", "timestamp_format": format_}


@pytest.mark.parametrize("format_", ["iso", "epoch-ms"])
def test_headers_and_times_of_a_correct_load_pass(stage: Scene, format_: str) -> None:
    written, encoding = timed(format_)
    report = stage.check(written.produce(stage), **encoding)
    assert report.ok, report.table()
    assert differences(stage.check(stage.directory / "rows.csv")) == {"header": 30}
    del encoding["timestamp"]
    assert stage.check(stage.directory / "rows.csv", **encoding).ok


def test_headers_of_a_dialect_have_the_same_places(stage: Scene) -> None:
    written = Written(text=b"\xef\xbb\xbf# \xc3\xa9\nid|user|at\n")
    for row in range(1, 13):
        written.add_row(row, "", BEGUN, (row - 1) % PARTITIONS)
        written.text = written.text.replace(b",", b"|") + "# ü\r".encode()
    path = written.produce(stage)
    dialect = {"delimiter": "|", "comment": "#"}
    report = stage.check(path, headers=True, dialect=dialect)
    assert report.ok, report.table()


def change_header(written: Written) -> None:
    written.records[7].headers[3] = ("onceload.byte", b"1")


def change_load(written: Written) -> None:
    written.records[7].headers[0] = ("onceload.load", LOAD[::-1])


def name_directory(written: Written) -> None:
    written.records[7].headers[1] = ("onceload.file", b"exports/rows.csv")


def drop_header(written: Written) -> None:
    del written.records[7].headers[2]


def drop_headers(written: Written) -> None:
    written.records[7].headers = []


def add_header(written: Written) -> None:
    written.records[7].headers.append(("onceload.row", b"8"))


def swap_headers(written: Written) -> None:
    headers = written.records[7].headers
    headers[2], headers[3] = headers[3], headers[2]


def swap_headers_of_rows(written: Written) -> None:
    a, b = written.records[7], written.records[12]
    a.headers, b.headers = b.headers, a.headers


def change_time(written: Written) -> None:
    written.records[7].time += 1


def change_time_of_empty_cell(written: Written) -> None:
    written.records[5].time += 1


def lose_value(written: Written) -> None:
    written.records[7].value = None


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (change_header, {"header": 1}),
        (change_load, {"header": 1}),
        (name_directory, {"header": 1}),
        (drop_header, {"header": 1}),
        (drop_headers, {"header": 1}),
        (add_header, {"header": 1}),
        (swap_headers, {"header": 1}),
        (swap_headers_of_rows, {"header": 2}),
        (change_time, {"time": 1}),
        (change_time_of_empty_cell, {"time": 1}),
        (lose_value, {"changed": 1}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_damage_to_headers_and_times_is_named(
    stage: Scene, damage: Callable[[Written], None], expected: dict[str, int]
) -> None:
    written, encoding = timed()
    damage(written)
    report = stage.check(written.produce(stage), **encoding)
    assert differences(report) == expected, report.table()
    row = 6 if damage is change_time_of_empty_cell else 8
    assert f"row {row}, partition {(row - 1) % PARTITIONS}, offset 1" in report.examples[0]


def test_a_load_id_that_is_no_uuid_is_named(stage: Scene) -> None:
    written, encoding = timed()
    for record in written.records:
        record.headers[0] = ("onceload.load", b"42")
    report = stage.check(written.produce(stage), **encoding)
    assert differences(report) == {"header": 1} and "no UUID" in report.examples[0]


def test_a_null_value_is_not_an_empty_one(stage: Scene) -> None:
    """No row has an empty message; of one that did, null would be a change."""
    empty, null = (check_topic.content_of(value, "raw") for value in (b"", None))
    assert check_topic.fingerprint(None, empty) != check_topic.fingerprint(None, null)
    assert check_topic.content_of(b"null", "json") != check_topic.content_of(None, "json")
    path = stage.write("id\n1\n")
    producer = stage.kafka.producer
    producer.produce(stage.topic, None, None, 0)
    producer.flush(60)
    for format_ in ("raw", "json"):
        report = stage.check(path, format=format_)
        assert differences(report) == {"changed": 1}
        assert "its value is null" in report.examples[0]


def test_a_topic_that_keeps_its_own_times_has_none_of_the_rows(stage: Scene) -> None:
    stage.topic += ".append-time"
    stage.topics.append(stage.topic)
    stage.kafka.create(stage.topic, PARTITIONS, **{"message.timestamp.type": "LogAppendTime"})
    written, encoding = timed()
    path = written.produce(stage)
    assert stage.check(path, headers=True).ok
    assert differences(stage.check(path, **encoding)) == {"time": 30}


def test_rows_are_spread_over_the_whole_load_or_over_each_file(stage: Scene) -> None:
    """Seven rows, then four: the eighth row of the load is the first of its file."""
    paths = [stage.write(rows_csv(7), "a.csv"), stage.write(rows_csv(4, first=8), "b.csv")]
    values = [m[2] for m in correct_messages(11)]
    stage.kafka.produce(stage.topic, [(n % PARTITIONS, None, v) for n, v in enumerate(values)])
    assert stage.check(paths).ok
    assert differences(stage.check(paths, spread="file")) == {"misplaced": 4}
    stage.topic += ".older"
    stage.topics.append(stage.topic)
    stage.kafka.create(stage.topic, PARTITIONS)
    places = [n % PARTITIONS if n < 7 else (n - 7) % PARTITIONS for n in range(11)]
    stage.kafka.produce(
        stage.topic, [(p, None, v) for p, v in zip(places, values, strict=True)]
    )
    assert stage.check(paths, spread="file").ok
    assert differences(stage.check(paths)) == {"misplaced": 4}


KEPT = 50  # bytes of row 21, whose letter is cut


def rejected() -> tuple[Written, dict[str, Any]]:
    """Thirty rows, six of which cannot be loaded; they count for the spread."""
    written = Written()
    for row in range(1, 31):
        if row in BAD_ROWS:
            written.add_bad_row(row, KEPT if row == 21 else None)
        else:
            written.add_row(row, "", BEGUN, (row - 1) % PARTITIONS)
    return written, {"headers": True, "name": "my-load"}


def judge_letters(stage: Scene, written: Written, **encoding: Any) -> check_topic.Report:
    path = written.produce(stage)
    return stage.check(path, dead_letters=f"{stage.topic}.dead-letters", **encoding)


def test_each_row_is_a_record_or_a_dead_letter(stage: Scene) -> None:
    written, encoding = rejected()
    other = Record(0, b"another load", b"1,2", [("onceload.row", b"1")], BEGUN)
    written.letters.insert(2, other)
    report = judge_letters(stage, written, **encoding)
    assert report.ok, report.table()
    assert report.rows == 24 and report.letters == 6
    del encoding["name"]
    letters = f"{stage.topic}.dead-letters"
    report = stage.check(stage.directory / "rows.csv", dead_letters=letters, **encoding)
    assert differences(report) == {"dead_letter": 1}, report.table()


def cut_letter(written: Written) -> None:
    written.letters[1].value = written.letters[1].value[:-1]


def lose_letter(written: Written) -> None:
    del written.letters[1]


def lose_last_letter(written: Written) -> None:
    del written.letters[-1]


def double_letter(written: Written) -> None:
    written.letters.insert(3, written.letters[1])


def swap_letters(written: Written) -> None:
    letters = written.letters
    letters[1], letters[2] = letters[2], letters[1]


def change_letter(written: Written) -> None:
    written.letters[2].value = written.letters[2].value.replace(b"\xff", "\ufffd".encode())


def null_letter(written: Written) -> None:
    written.letters[1].value = None


def lengthen_letter(written: Written) -> None:
    written.letters[1].value += b"\r\n"
    set_header(written.letters[1], "bytes", b"10")


def set_header(letter: Record, name: str, value: bytes) -> None:
    at = [header for header, _ in letter.headers].index(f"onceload.{name}")
    letter.headers[at] = (letter.headers[at][0], value)


def change_length(written: Written) -> None:
    set_header(written.letters[1], "bytes", b"7")


def change_lines(written: Written) -> None:
    set_header(written.letters[4], "lines", b"40")


def change_row(written: Written) -> None:
    set_header(written.letters[1], "row", b"8")


def change_rest(written: Written) -> None:
    set_header(written.letters[4], "rest", b"bytes 0 to 1 of rows.csv")


def drop_rest(written: Written) -> None:
    del written.letters[4].headers[-1]


def add_rest(written: Written) -> None:
    written.letters[1].headers.append(("onceload.rest", b"bytes 1 to 1 of rows.csv"))


def drop_reason(written: Written) -> None:
    del written.letters[1].headers[6]


def move_letter(written: Written) -> None:
    begin = int(written.letters[1].headers[3][1])
    set_header(written.letters[1], "byte", b"%d" % (begin + 1))


def give_letter_another_load(written: Written) -> None:
    set_header(written.letters[1], "load", LOAD.replace(b"a", b"b"))


@pytest.mark.parametrize(
    ("damage", "count", "text"),
    [
        (cut_letter, 1, "cut after 7 of 8 bytes"),
        (lose_letter, 1, "missing: "),
        (lose_last_letter, 1, "missing: "),
        (double_letter, 1, "doubled"),
        (swap_letters, 1, "behind one of a later row"),
        (change_letter, 1, "not the row's bytes"),
        (null_letter, 1, "its value is null"),
        (lengthen_letter, 1, "no record end"),
        (change_length, 1, "no record end"),
        (change_lines, 1, "onceload.lines is 40, not 41"),
        (change_row, 1, "onceload.row is 8"),
        (change_rest, 1, "onceload.rest is b'bytes 0 to 1"),
        (drop_rest, 1, "cut after 50 of"),
        (add_rest, 1, "onceload.rest, though it is whole"),
        (drop_reason, 1, "its headers are"),
        (move_letter, 2, "missing: "),
        (give_letter_another_load, 1, "another load's"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_damage_to_dead_letters_is_named(
    stage: Scene, damage: Callable[[Written], None], count: int, text: str
) -> None:
    written, encoding = rejected()
    damage(written)
    report = judge_letters(stage, written, **encoding)
    assert differences(report) == {"dead_letter": count}, report.table()
    assert report.examples[0].startswith("dead letter: ") and text in report.examples[0]


def test_a_good_row_is_no_dead_letter(stage: Scene) -> None:
    written, encoding = rejected()
    begin, text = int(written.records[0].headers[3][1]), '1,"ü\n1",'.encode()
    headers = place_headers(1, begin)
    headers += [("onceload.bytes", b"%d" % len(text)), ("onceload.lines", b"2")]
    headers += [("onceload.reason", b"ragged"), ("onceload.detail", b"2 fields")]
    written.letters.insert(0, Record(0, b"my-load", text, headers, BEGUN))
    del written.records[0]
    report = judge_letters(stage, written, **encoding)
    assert differences(report) == {"dead_letter": 1} and "it can be read" in report.examples[0]


def test_dead_letters_of_older_loads_do_not_tell_their_length(stage: Scene) -> None:
    written, encoding = rejected()
    whole = Written()
    whole.add_bad_row(21)
    written.letters[4].value = whole.letters[0].value
    for letter in written.letters:
        letter.headers = [h for h in letter.headers if h[0].split(".")[1] not in NEW_HEADERS]
    report = judge_letters(stage, written, dead_letters_format=1, **encoding)
    assert report.ok, report.table()
    path, letters = stage.directory / "rows.csv", f"{stage.topic}.dead-letters"
    report = stage.check(path, dead_letters=letters, **encoding)
    assert differences(report) == {"dead_letter": 6}, report.table()


NEW_HEADERS = ("bytes", "lines", "rest")


def run_main(*words: object) -> tuple[int, str]:
    lines: list[str] = []
    code = check_topic.main([str(word) for word in words], lines.append)
    return code, "\n".join(lines)


def test_the_command_line_tells_by_its_exit_code(stage: Scene) -> None:
    path = stage.write(rows_csv(60))
    target = ("--bootstrap", BOOTSTRAP, "--topic", stage.topic, "--csv", path, "--key", "user")
    stage.kafka.produce(stage.topic, correct_messages())
    code, out = run_main(*target)
    assert code == 0 and "exactly once" in out
    code, out = run_main(*target, "--json")
    assert code == 0 and json.loads(out)["rows"] == 60
    stage.kafka.produce(stage.topic, correct_messages()[:1])
    code, out = run_main(*target, "--json")
    assert code == 1 and json.loads(out)["doubled"] == 1
    assert run_main(*target[:-1], "nobody")[0] == 2
    assert run_main(*target, "--timestamp", "nothing")[0] == 2
    assert run_main(*target[:3], "no.such.topic", *target[4:])[0] == 2


def test_the_command_line_knows_headers_times_and_dead_letters(stage: Scene) -> None:
    written, _ = rejected()
    path = written.produce(stage)
    target = ("--bootstrap", BOOTSTRAP, "--topic", stage.topic, "--csv", path, "--headers")
    target += ("--dead-letters", f"{stage.topic}.dead-letters", "--name", "my-load")
    times = ("--timestamp", "at", "--timestamp-format", "iso", "--spread", "load")
    code, out = run_main(*target, *times, "--json")
    assert code == 0 and json.loads(out)["letters"] == 6, out
    code, out = run_main(*target, "--dead-letters-format", "1")
    assert code == 1 and "dead_letter: 6" in out, out
