"""A read_committed consumer that reads along while rows are loaded, killed and loaded again."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import check_topic
from confluent_kafka import OFFSET_BEGINNING, TopicPartition
from onceload_runner import BOOTSTRAP, wait_until


class Watcher:
    """What it is given and when; compared, at the end, with what a later reader is given."""

    def __init__(self, topic: str, partitions: int = 5) -> None:
        self.topic = topic
        self.seen: list[list[tuple[int, int]]] = [[] for _ in range(partitions)]  # offset, print
        self.arrivals: list[float] = []
        self.reached = [0] * partitions  # no committed message below it is still to come
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.read, name=f"watcher of {topic}", daemon=True)
        self.thread.start()

    def read(self) -> None:
        # A broker may not know the topic yet; then the default would be to begin at its end.
        config = {"fetch.wait.max.ms": "50", "auto.offset.reset": "earliest", "log_level": "2"}
        consumer = check_topic.make_consumer(BOOTSTRAP, "read_committed", config)
        try:
            partitions = range(len(self.seen))
            consumer.assign([TopicPartition(self.topic, p, OFFSET_BEGINNING) for p in partitions])
            while not self.stopping.is_set():
                for message in consumer.consume(num_messages=2000, timeout=0.1):
                    self.take(message)
        finally:
            consumer.close()

    def take(self, message) -> None:
        partition, offset = message.partition(), message.offset()
        if message.error() is not None:  # end of partition; others are brokers that come and go
            if message.error().code() == check_topic.KafkaError._PARTITION_EOF:
                self.reached[partition] = max(self.reached[partition], offset)
            return
        content = check_topic.content_of(message.value(), "json")
        print_ = check_topic.fingerprint(message.key(), content)
        self.seen[partition].append((offset, print_))
        self.arrivals.append(time.monotonic())
        self.reached[partition] = max(self.reached[partition], offset + 1)

    def rows(self) -> int:
        return len(self.arrivals)

    def seconds_to_next(self, since: float) -> float | None:
        """From that instant until the first row that came after it."""
        later = (at - since for at in self.arrivals if at > since)
        return next(later, None)

    def catch_up(self, ends: Sequence[int]) -> None:
        wait_until(
            lambda: all(at >= end for at, end in zip(self.reached, ends, strict=False)),
            f"the watcher of {self.topic} reaches {ends}, is at {self.reached}",
        )

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(30)

    def compare(self, found: Sequence[check_topic.Sequence]) -> tuple[int, int]:
        """Rows it was given that are not committed, and committed rows it was not given in turn."""
        aborted = missed = 0
        for mine, theirs in zip(self.seen, found, strict=False):
            final = list(zip(theirs.places, theirs.prints, strict=True))
            aborted += len(set(mine) - set(final))
            missed += len(set(final) - set(mine))
            if mine != sorted(mine):
                missed += 1  # an order taken back
        return aborted, missed
