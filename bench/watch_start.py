"""How long `onceload watch` takes to start when it has finished with very many files.

A small load is made, and its progress record is written again as if it had come after so many
files: their keys are random, and so no file is taken for one of them. Needs a built program and a
cluster (scripts/cluster up).

  PYTHONPATH=tests/integration:tests/checker .deps/venv/bin/python bench/watch_start.py 525600
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from onceload_runner import BOOTSTRAP, Kafka, Running, Scene, rows_csv, wait_until

PAGE = 512
KEY_BYTES = 56
PROGRESS = "onceload.progress"
STARTS = 3  # the first with an empty ledger, the others with what it has written down


def record_of(name: str) -> tuple[int, dict]:
    """The newest one, and its partition."""
    consumer = Consumer(
        {"bootstrap.servers": BOOTSTRAP, "group.id": name, "isolation.level": "read_committed"}
    )
    partitions = consumer.list_topics(PROGRESS, timeout=30).topics[PROGRESS].partitions
    found: tuple[int, dict] | None = None
    for partition in partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(PROGRESS, partition), timeout=30)
        consumer.assign([TopicPartition(PROGRESS, partition, low)])
        while high > low:
            message = consumer.poll(2.0)
            if message is None:
                break
            if message.key() == name.encode():
                found = partition, json.loads(message.value())
            if message.offset() + 1 >= high:
                break
    consumer.close()
    assert found, name
    return found


def write_keys(name: str, files: int) -> None:
    partition, record = record_of(name)
    pages = files // PAGE
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 50, "acks": "all"})
    for page in range(pages):
        key = b"%s\0finished\0%d" % (name.encode(), page)
        value = b"".join(
            (100 + n % 3000).to_bytes(8, "little") + (1).to_bytes(8, "little") + os.urandom(40)
            for n in range(PAGE)
        )
        producer.produce(PROGRESS, value, key, partition)
        producer.poll(0)
    producer.flush()
    rows = pages * PAGE
    record |= {"format": 3, "finished": {"count": rows, "rows": rows, "empty_lines": 0, "bytes": 0}}
    record["partitions"][0]["rows"] += rows
    producer.produce(PROGRESS, json.dumps(record).encode(), name.encode(), partition)
    producer.flush()


def begun(run: Running) -> bool:
    assert run.alive(), run.wait()
    return '"event":"run_begun"' in run.stderr()


def start(scene: Scene, inbox: Path, files: int, which: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    at = time.monotonic()
    words = ("--name", scene.topic, "--log-format", "json", "--poll", "100ms", inbox)
    run = scene.start_command(scene.command("watch", *words))
    wait_until(lambda: begun(run), "run_begun")
    ready = time.monotonic() - at
    name = f"{time.monotonic_ns()}.csv"
    (inbox / f".{name}").write_text(rows_csv(1, first=time.monotonic_ns()))
    dropped = time.monotonic()
    (inbox / f".{name}").rename(inbox / name)
    wait_until(lambda: '"event":"file_loaded"' in run.stderr(), "the next file")
    loaded = time.monotonic() - dropped
    run.note_memory()
    run.signal(signal.SIGTERM)
    result = run.wait()
    assert result.code == 0, result
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{files} files, {which}: begun after {ready:.2f} s, the next file loaded {loaded:.2f} s "
        f"after it came; {cpu:.2f} s of processor for all of the run, peak "
        f"{run.peak_kilobytes // 1024} MiB",
        flush=True,
    )


def main() -> None:
    kafka = Kafka()
    for files in map(int, sys.argv[1:] or ["525600"]):
        with tempfile.TemporaryDirectory() as directory:
            scene = Scene("watch-start", Path(directory), kafka)
            kafka.create(scene.topic, 3)
            inbox = Path(directory) / "inbox"
            inbox.mkdir()
            (inbox / "first.csv").write_text(rows_csv(3))
            result = scene.load("--name", scene.topic, inbox / "first.csv")
            assert result.code == 0, result
            write_keys(scene.topic, files)
            for end in ("", "-wal", "-shm"):
                Path(f"{scene.state}{end}").unlink(missing_ok=True)
            for number in range(STARTS):
                start(scene, inbox, files, "a new ledger" if number == 0 else "its own ledger")
            scene.end()
    kafka.close()


if __name__ == "__main__":
    main()
