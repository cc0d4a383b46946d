"""Messages with headers of their own, without a value, and of files with footers: on real brokers,
judged by an independent consumer, and proven.
"""

from __future__ import annotations

from typing import Any

import confluent_kafka
from onceload_runner import BOOTSTRAP, DONE, INPUT, USAGE, Scene, assert_fails


def committed(scene: Scene) -> list[tuple[Any, Any, Any]]:
    """Key, value and headers of each committed message, up to the end of each partition."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "group.id": "judge",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    partitions = range(len(scene.kafka.ends(scene.topic, "read_committed")))
    consumer.assign([confluent_kafka.TopicPartition(scene.topic, p, 0) for p in partitions])
    found = []
    unread = set(partitions)
    try:
        while unread:
            message = consumer.poll(30)
            assert message is not None, f"no end of partitions {unread}"
            if message.error() is not None:
                assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
                unread.discard(message.partition())
                continue
            found.append((message.key(), message.value(), message.headers()))
    finally:
        consumer.close()
    return found


def test_headers_and_messages_without_a_value_are_there_and_proven(scene: Scene) -> None:
    rows = [(n, "d" if n % 3 == 0 else "u") for n in range(1, 61)]
    path = scene.write("id,op\n" + "".join(f"{n},{op}\n" for n, op in rows), "ops.csv")
    words = (
        *("--key", "id", "--tombstone-when", "op=d", "--header", "source=web"),
        *("--header", "at={file}:{row}", "--header", "op={op}", "--set", "from={file}"),
        *("--chunk-rows", 10),
    )
    scene.crash("in_commit:2", *words, path)
    result = scene.load(*words, path)
    assert result.code == DONE, result
    expected = {
        str(n).encode(): (
            None if op == "d" else f'{{"id":"{n}","op":"{op}","from":"ops.csv"}}'.encode(),
            [("source", b"web"), ("at", f"ops.csv:{n}".encode()), ("op", op.encode())],
        )
        for n, op in rows
    }
    found = committed(scene)
    assert len(found) == len(rows)
    assert {key: (value, headers) for key, value, headers in found} == expected
    for proof in ((), ("--source",)):
        result = scene.verify(*proof, path)
        assert result.code == DONE, result
    changed = scene.load(*words, "--header", "source=x", path)
    assert_fails(changed, USAGE, "may not change", "source")


def test_a_footer_is_left_out_and_no_row_of_a_file_that_grows_is_lost(scene: Scene) -> None:
    path = scene.write("id,name\n1,x\n2,y\n(2 rows)\n", "psql.csv")
    name = f"{scene.topic}/psql"  # the topic alone is new in each run
    words = ("--key", "id", "--name", name)
    assert_fails(scene.load(*words, path), INPUT, "--skip-footer")
    result = scene.load(*words, "--skip-footer", 1, path)
    assert result.code == DONE, result
    assert sorted(key for key, _, _ in committed(scene)) == [b"1", b"2"]
    result = scene.verify("--source", "--name", name, "--skip-footer", 1, path)
    assert result.code == DONE, result
    # What was the end is a row now, if the file says so.
    path.write_text("id,name\n1,x\n2,y\n(2 rows),z\n3,x\n(3 rows)\n", encoding="utf-8")
    result = scene.load(*words, "--skip-footer", 1, path)
    assert result.code == DONE, result
    assert sorted(key for key, _, _ in committed(scene)) == [b"(2 rows)", b"1", b"2", b"3"]
    result = scene.load(*words, "--skip-footer", 1, path)
    assert result.code == DONE and "already loaded" in result.stdout + result.stderr, result


def test_a_header_that_fits_no_progress_record_is_refused_by_its_name(scene: Scene) -> None:
    names = [f"column no {n:05}" for n in range(60_000)]
    path = scene.write(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n", "wide.csv")
    refused = scene.load("--format", "raw", path)
    assert_fails(refused, USAGE, "names of the header", "max.message.bytes")
    assert sum(scene.kafka.ends(scene.topic, "read_committed")) == 0
