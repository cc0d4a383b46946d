"""The judge is judged: it passes a correct topic and names each kind of damage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

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
    assert run_main(*target[:3], "no.such.topic", *target[4:])[0] == 2
