"""Contestants that read: a topic, or a file without Kafka; and how soon rows are visible."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from .contest import KEY, Contestant, Measure, Section
from .lab import BENCH_PYTHON, PARTITIONS, Failed, Lab, Unavailable, measure, program
from .stats import Run

ENCODE_CORE = 0  # what is measured on one core runs on this one
# What is read and not sent yet: a chunk is sent as soon as the one before has been, so of the next
# one only, if a partition's share fits one request; else what two send queues and a batch take.
REQUEST_BYTES = 1_000_000
AHEAD_BYTES_MAX = 18 << 20
READ_PARTITIONS = (PARTITIONS, 50)
MESSAGE_BYTES_MAX = 300  # key and value of a click event
WATCH_SECONDS_MAX = 3600


class Filled:
    """Topics with a load in them, each made once, for those who read."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.topics: dict[tuple[int, int], str] = {}

    def topic(self, rows: int, partitions: int) -> str:
        key = (rows, partitions)
        if key not in self.topics:
            name = self.lab.create(partitions)
            self.topics[key] = name
            load = ["--progress", "none", *KEY, self.lab.clicks(rows)]
            measure(self.lab.onceload("load", name, *load))
        return self.topics[key]

    def close(self) -> None:
        for topic in self.topics.values():
            self.lab.delete(topic)


def reading_sections(filled: Filled) -> Iterator[Section]:
    for partitions in READ_PARTITIONS:
        yield reading_section(filled, partitions)


def reading_section(filled: Filled, partitions: int) -> Section:
    lab = filled.lab
    many = f"-p{partitions}" if partitions != PARTITIONS else ""

    def drain(rows: int) -> Run:
        topic = filled.topic(rows, partitions)
        command = [program("bench/drain"), "-b", lab.bootstrap, "-t", topic, *DRAIN_SETTINGS]
        usage = measure(command)
        if usage.number("rows") != rows:
            raise Failed(f"drain has read {usage.number('rows'):.0f} rows of {rows}")
        return Run(rows, usage.number("seconds"), usage.wall, usage.cpu, usage.rss_mb)

    def verify(source: bool) -> Measure:
        def run(rows: int) -> Run:
            words = ["--source", lab.clicks(rows)] if source else []
            usage = measure(lab.onceload("verify", filled.topic(rows, partitions), *words))
            return Run(rows, usage.json("seconds"), usage.wall, usage.cpu, usage.rss_mb)

        return run

    return Section(
        f"reading{many}",
        f"Reading back, {partitions} partitions" if many else "Reading back",
        "One topic, read again and again. Each by its own clock, connecting included with verify.",
        [
            Contestant(f"drain{many}", "librdkafka, batches, nothing done with them", drain),
            Contestant(f"verify{many}", "onceload verify: digests", verify(source=False)),
            Contestant(
                f"verify-source{many}", "onceload verify --source", verify(source=True)
            ),
        ],
    )


DRAIN_SETTINGS = ("-X", "fetch.message.max.bytes=4194304", "-X", "fetch.wait.max.ms=20")

DUCKDB = """
import sys, time, duckdb
path, threads = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect(config={"threads": threads})
begin = time.perf_counter()
connection.execute(
    "COPY (SELECT * FROM read_csv(?, header=true, all_varchar=true)) TO '/dev/null' (FORMAT json)",
    [path])
print(f"seconds {time.perf_counter() - begin:.3f}")
"""
POLARS = """
import sys, time, polars
begin = time.perf_counter()
polars.read_csv(sys.argv[1], infer_schema=False).write_ndjson("/dev/null")
print(f"seconds {time.perf_counter() - begin:.3f}")
"""


def encoding_section(lab: Lab) -> Section:
    def plan(core: int | None) -> Measure:
        def run(rows: int) -> Run:
            words = ["-t", "clicks", *KEY, "--json", lab.clicks(rows)]
            usage = measure([program("onceload"), "plan", *words], core)
            return Run(rows, usage.json("seconds"), usage.wall, usage.cpu, usage.rss_mb)

        return run

    def library(script: str, one_core: bool) -> Measure:
        def run(rows: int) -> Run:
            if not BENCH_PYTHON.exists():
                raise Unavailable("no .deps/bench-venv: DuckDB and Polars are not installed")
            command = [BENCH_PYTHON, "-I", "-c", script, lab.clicks(rows)]
            command.append(1 if one_core else os.cpu_count())
            usage = measure(command, ENCODE_CORE if one_core else None)
            return Run(rows, usage.number("seconds"), usage.wall, usage.cpu, usage.rss_mb)

        return run

    return Section(
        "encoding",
        "CSV to JSON without Kafka",
        "plan also chooses partitions and takes digests; the others write to /dev/null.",
        [
            Contestant("plan", "onceload plan, one core", plan(ENCODE_CORE)),
            Contestant("duckdb", "DuckDB, one core", library(DUCKDB, True)),
            Contestant("polars", "Polars, one core", library(POLARS, True)),
            Contestant("plan-all", "onceload plan, all cores", plan(None)),
            Contestant("duckdb-all", "DuckDB, all cores", library(DUCKDB, False)),
            Contestant("polars-all", "Polars, all cores", library(POLARS, False)),
        ],
    )


def latency_section(lab: Lab) -> Section:
    def watched(chunk_rows: int) -> Measure:
        def run(rows: int) -> Run:
            with lab.topic() as topic:
                command = [program("bench/visible_latency"), "-b", lab.bootstrap, "-t", topic]
                chunk = chunk_rows * MESSAGE_BYTES_MAX
                ahead = chunk if chunk < PARTITIONS * REQUEST_BYTES else AHEAD_BYTES_MAX
                command += ["--rows", str(rows), "--ahead-bytes", str(ahead)]
                path = lab.clicks(rows)
                load = lab.onceload("load", topic, "--progress", "none", *KEY)
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
                    try:
                        if not watcher.stdout or watcher.stdout.readline() != "ready\n":
                            raise Failed("visible_latency does not get ready")
                        usage = measure([*load, "--chunk-rows", chunk_rows, path])
                        times, _ = watcher.communicate(timeout=WATCH_SECONDS_MAX)
                    finally:
                        watcher.kill()
            extra = percentiles(times)
            seconds = usage.json("loading_seconds")
            return Run(rows, seconds, usage.wall, usage.cpu, usage.rss_mb, extra=extra)

        return run

    return Section(
        "latency",
        "From row to visible",
        LATENCY_NOTE,
        [
            Contestant("latency-10k", "chunks of 10,000 rows", watched(10000)),
            Contestant("latency-2k", "chunks of 2,000 rows", watched(2000)),
            Contestant("latency-100k", "chunks of 100,000 rows", watched(100000)),
        ],
    )


LATENCY_NOTE = """\
Milliseconds until a read_committed consumer on the same machine has the row, at full speed.
`sent`: from the record's time stamp, which librdkafka takes when it is given the record. `read`: an
upper bound of the time since the row was read from the file. A chunk is given to librdkafka at once
when it is full, and rows of the next are not read before; so each row is counted from the sending
of the row a chunk before it. With 100,000 rows a chunk takes several requests: there it is the row
18 MiB before, which is what the send queues hold at most."""


def percentiles(text: str) -> dict[str, float]:
    """What visible_latency prints, as sent_p50, read_p99, ..."""
    found = {}
    for kind, numbers in re.findall(r"^(sent|read) (.*)$", text, re.M):
        for name, value in re.findall(r"(\w+) (-?\d+)", numbers):
            found[f"{kind}_{name}"] = float(value)
    if not found:
        raise Failed(f"no percentiles in: {text[:300]}")
    return found
