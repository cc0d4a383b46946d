"""Contestants that load a file into an empty topic."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Sequence

from .connect import Worker
from .contest import KEY, Contestant, Measure, Section
from .lab import (
    CLASSES,
    LIBS,
    PARTITIONS,
    Failed,
    Lab,
    Unavailable,
    Usage,
    measure,
    program,
    say,
    tool,
)
from .stats import Run

CODECS = ("none", "lz4", "zstd")
PARTITION_COUNTS = (1, 2, 3, 5, 12, 30, 100, 500)
FEW_PARTITIONS = 5  # up to which it tells that one of each has one request in flight
# The ceiling gets what onceload has: docs/architecture.md, client properties.
CEILING_SETTINGS = ("-X", "linger.ms=50", "-X", "batch.num.messages=100000")


def compressed(codec: str) -> tuple[str, str]:
    return ("-X", f"compression.type={codec}")


def run_of(rows: int, seconds: float, usage: Usage) -> Run:
    return Run(rows, seconds, usage.wall, usage.cpu, usage.rss_mb, usage.brokers_cpu)


class Loads:
    """Makes the ways to run them; close() ends the worker of Kafka Connect."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.closing = contextlib.ExitStack()
        self.worker: Worker | None = None

    def close(self) -> None:
        self.closing.close()

    def onceload(self, *words: object, partitions: int = PARTITIONS) -> Measure:
        def run(rows: int) -> Run:
            with self.lab.topic(partitions) as topic:
                path = self.lab.clicks(rows)
                usage = measure(
                    self.lab.onceload("load", topic, "--progress", "none", *words, path)
                )
            seconds = usage.json("loading_seconds")
            return run_of(rows, seconds, usage)

        return run

    def ceiling_command(self, rows: int, topic: str, words: Sequence[object]) -> list[object]:
        command = [program("bench/ceiling"), self.lab.clicks(rows)]
        return [*command, "-b", self.lab.bootstrap, "-t", topic, *CEILING_SETTINGS, *words]

    def ceiling(self, *words: object, partitions: int = PARTITIONS) -> Measure:
        def run(rows: int) -> Run:
            with self.lab.topic(partitions) as topic:
                usage = measure(self.ceiling_command(rows, topic, words))
            seconds = usage.number("seconds")
            return run_of(rows, seconds, usage)

        return run

    def side_by_side(self, loops: int, *words: object) -> Measure:
        """Ceilings at the same time, each with its share of the rows, into one topic."""

        def run(rows: int) -> Run:
            with self.lab.topic() as topic:
                command = self.ceiling_command(rows // loops, topic, words)
                usage = measure(["sh", "-c", '"$@" & ' * loops + "wait", "sh", *command])
            seconds = [float(each) for each in re.findall(r" seconds ([\d.]+)", usage.stdout)]
            if len(seconds) != loops:  # the shell's exit code does not tell
                raise Failed(f"{loops - len(seconds)} of {loops} ceilings failed")
            return run_of(rows // loops * loops, max(seconds), usage)

        return run

    def kcat(self) -> Measure:
        def run(rows: int) -> Run:
            with self.lab.topic() as topic:
                command = [tool("kcat"), "-P", "-b", self.lab.bootstrap, "-t", topic, "-z", "lz4"]
                command += [*CEILING_SETTINGS, "-X", "queue.buffering.max.messages=1000000"]
                usage = measure([*command, "-l", self.lab.clicks(rows)])
            return run_of(rows, usage.wall, usage)

        return run

    def java(self, mode: str) -> Measure:
        def run(rows: int) -> Run:
            if not (CLASSES / "SeedProducer.class").exists():
                raise Unavailable("bench/java is not compiled: no javac (default-jdk-headless)")
            with self.lab.topic() as topic:
                command = [tool("java"), "-cp", f"{CLASSES}:{LIBS}/*", "SeedProducer"]
                usage = measure([*command, self.lab.clicks(rows), self.lab.bootstrap, topic, mode])
            seconds = usage.number("seconds")
            return run_of(rows, seconds, usage)

        return run

    def connect(self, mode: str) -> Measure:
        def run(rows: int) -> Run:
            if self.worker is None:
                self.worker = Worker(self.lab)
                self.closing.callback(self.worker.close)
            with self.lab.topic() as topic:
                return self.worker.load(self.lab.clicks(rows), topic, mode)

        return run


def warm_up(loads: Loads, rows: int, seconds: float) -> str:
    """Brokers that have just started interpret what they later compile: a load costs them several
    times as much. Loads until the time is over; tells how the brokers' time for small chunks fell.
    """
    say(f"the brokers warm up for {seconds:.0f} s")
    ways = [loads.onceload(*KEY, "--chunk-rows", chunk) for chunk in (10_000, 2_000, 100_000)]
    ways.append(loads.ceiling(*KEY, *compressed("lz4")))
    costs = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        runs = [way(rows) for way in ways]
        costs.append((runs[0].brokers_cpu or 0) / rows * 1e6)
    return (
        f"{len(costs) * len(ways)} loads; chunks of 10,000 rows cost the brokers {costs[0]:.1f} s "
        f"of processor time a million rows in the first, {costs[-1]:.1f} s in the last"
    )


def json_section(loads: Loads) -> Section:
    chunk = "--chunk-rows"

    def bare(rows: int) -> Measure:
        return loads.ceiling(*KEY, *compressed("lz4"), "--transactions", rows)

    return Section(
        "json",
        "Loading: a JSON object per row, keyed, lz4",
        "Rows/s from the first row to the last acknowledgement or commit.",
        [
            Contestant(
                "ceiling",
                "librdkafka, no transactions",
                loads.ceiling(*KEY, *compressed("lz4")),
            ),
            Contestant("onceload", "default chunk", loads.onceload(*KEY)),
            Contestant(
                "onceload-100k", "chunks of 100,000 rows", loads.onceload(*KEY, chunk, 100000)
            ),
            Contestant(
                "onceload-10k", "chunks of 10,000 rows", loads.onceload(*KEY, chunk, 10000)
            ),
            Contestant("onceload-2k", "chunks of 2,000 rows", loads.onceload(*KEY, chunk, 2000)),
            Contestant(
                "bare-10k", "librdkafka, 10,000 rows a transaction, nothing else", bare(10000)
            ),
            Contestant(
                "bare-2k", "librdkafka, 2,000 rows a transaction, nothing else", bare(2000)
            ),
            Contestant(
                "bare-2k-three",
                "three of these side by side, a third of the rows each, without any order",
                loads.side_by_side(3, *KEY, *compressed("lz4"), "--transactions", 2000),
            ),
            Contestant(
                "java-transactions",
                "Java's producer: 10,000 rows a transaction, lz4, acks=all",
                loads.java("transactions"),
            ),
            Contestant(
                "java-tuned",
                "Java's producer: 64 KB batches, linger, gzip, acks=1",
                loads.java("tuned"),
            ),
            Contestant(
                "java-defaults", "Java's producer: its own settings", loads.java("defaults")
            ),
        ],
    )


def raw_section(loads: Loads) -> Section:
    return Section(
        "raw",
        "Loading: raw lines, no key, lz4",
        "kcat has no clock of its own: its rate is that of the whole command. That of Kafka "
        "Connect is from the first record's time stamp to the last one's: starting, and the last "
        "commit, do not count.",
        [
            Contestant(
                "ceiling-raw",
                "librdkafka, no transactions",
                loads.ceiling(*compressed("lz4"), "--raw"),
            ),
            Contestant("onceload-raw", "default chunk", loads.onceload("--format", "raw")),
            Contestant("kcat", "kcat -P -l, no transactions", loads.kcat()),
            Contestant(
                "connect",
                "Kafka Connect, exactly once: its own settings",
                loads.connect("defaults"),
            ),
            Contestant(
                "connect-tuned",
                "Kafka Connect, exactly once: polls of 10,000 lines, transactions of 1 s",
                loads.connect("tuned"),
            ),
        ],
    )


def codec_sections(loads: Loads) -> Iterator[Section]:
    """All but JSON and raw with lz4, which are above."""
    for form in ("json", "raw"):
        ceiling_words = ("--raw",) if form == "raw" else KEY
        onceload_words = ("--format", "raw") if form == "raw" else KEY
        for codec in CODECS:
            if codec == "lz4":
                continue
            yield Section(
                f"{form}-{codec}",
                f"Loading: {form}, compression {codec}",
                "",
                [
                    Contestant(
                        f"ceiling-{form}-{codec}",
                        "librdkafka, no transactions",
                        loads.ceiling(*ceiling_words, *compressed(codec)),
                    ),
                    Contestant(
                        f"onceload-{form}-{codec}",
                        "default chunk",
                        loads.onceload(*onceload_words, *compressed(codec)),
                    ),
                ],
            )


def partition_sections(loads: Loads) -> Iterator[Section]:
    """A load of few partitions waits for the answers of each, one of many for its brokers."""
    for partitions in PARTITION_COUNTS:

        def ceiling(*words: str, partitions: int = partitions) -> Measure:
            return loads.ceiling(*KEY, *compressed("lz4"), *words, partitions=partitions)

        one_in_flight = Contestant(
            f"idempotent-p{partitions}",
            "librdkafka, no transactions, enable.idempotence: one request a partition in flight",
            ceiling("-X", "enable.idempotence=true"),
        )
        yield Section(
            f"partitions-{partitions}",
            f"Loading: {partitions} partition{'s' * (partitions > 1)}, JSON, keyed, lz4",
            "",
            [
                Contestant(f"ceiling-p{partitions}", "librdkafka, no transactions", ceiling()),
                *([one_in_flight] if partitions <= FEW_PARTITIONS else []),
                Contestant(
                    f"onceload-p{partitions}",
                    "default chunk",
                    loads.onceload(*KEY, partitions=partitions),
                ),
            ],
        )
