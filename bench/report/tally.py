"""What of a file's rows is in a topic: each once, or not."""

from __future__ import annotations

import contextlib
import csv
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, TopicPartition

from .lab import PARTITIONS, Failed, Lab

BATCH = 10_000
BATCH_SECONDS_MAX = 0.2  # the reader waits for whole batches, and the last is none
QUIET_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Tally:
    lost: int
    doubled: int


def consumer(lab: Lab, **settings: object) -> Consumer:
    """Of committed records, at a place of its own choice."""
    return Consumer(
        {
            "bootstrap.servers": lab.bootstrap,
            "group.id": "onceload-bench",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            **settings,
        }
    )


def rows_of_file(path: Path) -> Counter[int]:
    """Hashes of the rows' cells: the rows themselves would take gigabytes."""
    with path.open(newline="", encoding="ascii") as file:
        rows = csv.reader(file)
        next(rows)  # the names
        return Counter(hash(tuple(row)) for row in rows)


def rows_of_topic(lab: Lab, topic: str) -> Counter[int]:
    found: Counter[int] = Counter()
    open_partitions = PARTITIONS
    heard = time.monotonic()
    with contextlib.closing(consumer(lab, **{"enable.partition.eof": True})) as reader:
        reader.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        while open_partitions:
            messages = reader.consume(BATCH, BATCH_SECONDS_MAX)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() > heard + QUIET_SECONDS_MAX:
                raise Failed(f"{topic} cannot be read to its end")
            for message in messages:
                error = message.error()
                if error is None:
                    found[hash(tuple(json.loads(message.value()).values()))] += 1
                elif error.code() == KafkaError._PARTITION_EOF:
                    open_partitions -= 1
    return found


def tally(lab: Lab, topic: str, path: Path) -> Tally:
    wanted, found = rows_of_file(path), rows_of_topic(lab, topic)
    return Tally((wanted - found).total(), (found - wanted).total())
