"""How rate, memory and the time to resume change with files, partitions and records."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import string
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from .contest import KEY, reason
from .lab import PARTITIONS, Failed, Lab, Unavailable, measure, say
from .stats import spread

FILE_ROWS = (1_000_000, 10_000_000, 50_000_000)
INPUT_COUNTS = (1, 1_000, 10_000, 100_000)  # files of one load
INPUT_ROWS = 1_000_000  # in all of them
PARTITION_COUNTS = (1, 5, 50, 500)
PARTITION_ROWS = 1_000_000
RECORD_BYTES = (50, 250, 10_000, 900_000)
RECORD_ROWS_MAX = 1_000_000
RECORD_FILE_BYTES = 250_000_000  # of the files that the sizes of records are measured with
ROW_BYTES = 134  # of a click event
REPLICAS = 3
COMPRESSED = 0.5  # of a topic by lz4; click events take less
SPARE_BYTES = 5 << 30  # what is left of the disk
PROGRESS_TOPIC = "onceload.progress"
PROGRESS_PARTITIONS = 16
KILL_AT = 0.95
RESUME_CHUNK_ROWS = 10_000
WAIT_SECONDS_MAX = 600.0


class ProgressWatch:
    """Committed progress records of one load, as they become visible."""

    def __init__(self, lab: Lab, load: str) -> None:
        self.load = load.encode()
        self.consumer = Consumer(
            {
                "bootstrap.servers": lab.bootstrap,
                "group.id": "onceload-bench",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
            }
        )
        places = []
        for number in range(PROGRESS_PARTITIONS):
            place = TopicPartition(PROGRESS_TOPIC, number)
            _, end = self.consumer.get_watermark_offsets(place, timeout=60)
            places.append(TopicPartition(PROGRESS_TOPIC, number, end))
        self.consumer.assign(places)

    def close(self) -> None:
        self.consumer.close()

    def wait(self, enough: Callable[[dict[str, Any]], bool], process: Any) -> dict[str, Any]:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            message = self.consumer.poll(0.5)
            if message is not None and message.error() is None and message.key() == self.load:
                record: dict[str, Any] = json.loads(message.value())
                if enough(record):
                    return record
            elif message is None and process.poll() is not None:
                raise Failed(f"the load has ended with {process.returncode} before the record")
        raise Failed("no such progress record")


def rows_of(record: dict[str, Any]) -> int:
    """Rows loaded; the row in the record's position is one of its newest file."""
    return sum(partition["rows"] for partition in record["partitions"])


@dataclass
class Start:
    """A command that was started just now, and what its load's progress records say."""

    watch: ProgressWatch
    process: subprocess.Popen[bytes]
    began: float

    def first_chunk_seconds(self, run_before: dict[str, Any] | None) -> float:
        """Until its first committed chunk; a run's first record has no rows of its own."""
        claim = self.watch.wait(lambda record: record["run"] != run_before, self.process)
        self.watch.wait(lambda record: record["chunk"] > claim["chunk"], self.process)
        return time.monotonic() - self.began

    def killed_at(self, rows: int) -> dict[str, Any]:
        """The run, once so many rows are loaded."""
        newest = self.watch.wait(lambda record: rows_of(record) >= rows, self.process)
        self.process.kill()
        run: dict[str, Any] = newest["run"]
        return run


@contextlib.contextmanager
def started(watch: ProgressWatch, command: Sequence[str]) -> Iterator[Start]:
    began = time.monotonic()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:
        yield Start(watch, process, began)


def first_chunk_seconds(
    lab: Lab, path: Path, rows: int, words: Sequence[object]
) -> tuple[float, float]:
    """From a start to its first committed chunk: of a new load, which is then killed at 95 %, and
    of the next one."""
    chunk = min(RESUME_CHUNK_ROWS, max(rows // 100, 1))
    with lab.topic() as topic, contextlib.closing(ProgressWatch(lab, topic)) as watch:
        load = lab.onceload("load", topic, "--progress", "none", "--chunk-rows", chunk, *words)
        command = [str(word) for word in [*load, path]]
        with started(watch, command) as start:
            first = start.first_chunk_seconds(None)
            killed = start.killed_at(int(rows * KILL_AT))
        with started(watch, command) as start:
            return first, start.first_chunk_seconds(killed)


def first_chunks(
    lab: Lab, path: Path, rows: int, words: Sequence[object], rounds: int
) -> dict[str, Any]:
    times = [first_chunk_seconds(lab, path, rows, words) for _ in range(rounds)]
    starts, resumes = zip(*times, strict=True)
    first, next_ = median(starts), median(resumes)
    say(f"  {path.name}: starts after {first:.2f} s, goes on after {next_:.2f} s")
    return {"start_seconds": asdict(spread(starts)), "resume_seconds": asdict(spread(resumes))}


@dataclass
class Place:
    """What is loaded for one point of a series."""

    rows: int
    path: Path
    words: Sequence[object]
    partitions: int = PARTITIONS


def or_reason(x: float, measured: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A point of a series; one that cannot be measured does not end the others."""
    try:
        return {"x": x, **measured()}
    except (Failed, Unavailable) as error:
        say(f"  {x:g}: left out: {error}")
        return {"x": x, "left_out": reason(error)}


def loads_at(lab: Lab, place: Place, rounds: int) -> dict[str, Any]:
    rates, peaks = [], []
    for _ in range(rounds):
        with lab.topic(place.partitions) as topic:
            load = lab.onceload("load", topic, "--progress", "none", *place.words, place.path)
            usage = measure(load)
        rates.append(place.rows / usage.json("loading_seconds"))
        peaks.append(usage.rss_mb)
    size = bytes_of(place.path)
    say(f"  {place.path.name}: {median(rates):,.0f} rows/s, {max(peaks):.0f} MB")
    return {
        "rows": place.rows,
        "rows_per_second": asdict(spread(rates)),
        "mb_per_second": median(rates) * size / place.rows / 1e6,
        "peak_mb": max(peaks),
    }


def by_file(lab: Lab, sizes: Sequence[int], rounds: int) -> Iterator[dict[str, Any]]:
    words = ("--format", "raw", *KEY)

    def measured(rows: int) -> dict[str, Any]:
        need = int(rows * ROW_BYTES * (1 + REPLICAS * COMPRESSED)) + SPARE_BYTES
        if lab.free_bytes() < need:
            raise Unavailable(f"needs {need / 1e9:.0f} GB of disk")
        path = lab.clicks(rows)
        found = loads_at(lab, Place(rows, path, words), rounds)
        found |= first_chunks(lab, path, rows, words, rounds)
        path.unlink()
        return found

    return (or_reason(rows, partial(measured, rows)) for rows in sizes)


def bytes_of(path: Path) -> int:
    """Of a file, or of the files in a directory."""
    paths = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in paths)


def split(lab: Lab, rows: int, count: int) -> Path:
    """A directory of that many files, which have these rows between them."""
    directory = lab.work / f"split-{count}"
    directory.mkdir()
    with lab.clicks(rows).open(encoding="ascii") as whole:
        header = whole.readline()
        for number in range(count):
            share = (number + 1) * rows // count - number * rows // count
            with (directory / f"part-{number:06d}.csv").open("w", encoding="ascii") as file:
                file.write(header)
                # Not as one text: a load's peak memory is not told below that of this program.
                file.writelines(islice(whole, share))
    return directory


def by_inputs(lab: Lab, rows: int, rounds: int) -> Iterator[dict[str, Any]]:
    def measured(count: int) -> dict[str, Any]:
        path = split(lab, rows, count)
        found = loads_at(lab, Place(rows, path, KEY), rounds)
        found |= first_chunks(lab, path, rows, KEY, rounds)
        shutil.rmtree(path)
        return found

    return (or_reason(count, partial(measured, count)) for count in INPUT_COUNTS)


def by_partitions(lab: Lab, rows: int, rounds: int) -> Iterator[dict[str, Any]]:
    path = lab.clicks(rows)
    return (
        or_reason(count, partial(loads_at, lab, Place(rows, path, KEY, count), rounds))
        for count in PARTITION_COUNTS
    )


def records_file(lab: Lab, size: int, total: int) -> tuple[Path, int]:
    """A file of records of about that size: a number and words that compress as words do."""
    chance = random.Random(size)
    letters = string.ascii_lowercase
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(5000)]
    pool = " ".join(chance.choices(words, k=max(400_000, size // 3)))
    rows = min(total // size, RECORD_ROWS_MAX)
    path = lab.work / f"records-{size}.csv"
    with path.open("w", encoding="ascii") as file:
        file.write("id,text\n")
        for row in range(rows):
            start = chance.randrange(len(pool) - size)
            file.write(f"{row:09d},{pool[start : start + size - 11]}\n")
    return path, rows


def by_record(lab: Lab, total: int, rounds: int) -> Iterator[dict[str, Any]]:
    def measured(size: int) -> dict[str, Any]:
        path, rows = records_file(lab, size, total)
        found = loads_at(lab, Place(rows, path, ("--key", "id")), rounds)
        path.unlink()
        return found

    return (or_reason(size, partial(measured, size)) for size in RECORD_BYTES)


SERIES = {
    "files": "Scale: the size of the file",
    "inputs": "Scale: the number of files",
    "partitions": "Scale: the number of partitions",
    "records": "Scale: the size of the records",
}


def scale(lab: Lab, name: str, rounds: int, quick: bool) -> dict[str, Any]:
    """One of SERIES, as a section; quick: a hundredth of everything."""
    part = 100 if quick else 1
    say(SERIES[name])
    if name == "files":
        points = by_file(lab, [rows // part for rows in FILE_ROWS], rounds)
    elif name == "inputs":
        points = by_inputs(lab, INPUT_ROWS // part, rounds)
    elif name == "partitions":
        points = by_partitions(lab, PARTITION_ROWS // part, rounds)
    else:
        points = by_record(lab, RECORD_FILE_BYTES // part, rounds)
    return {"rounds": rounds, "points": list(points)}
