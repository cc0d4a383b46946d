#!/usr/bin/env python3
"""Independent judge of a load: is every row of a CSV file in a Kafka topic exactly once?

Shares no code with onceload: Python's csv module reads the file, confluent-kafka reads the topic
(read_committed), and murmur2 is written down here once more. The topic must hold nothing but the
load. Exit codes: 0 every row is there once, in its place; 1 differences; 2 could not check.

  check_topic.py --bootstrap 127.0.0.1:19093 --topic ecommerce.events --csv events.csv --key user_id
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
import uuid
from array import array
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from dialect_machine import Machine

MARKER_WAIT_SECONDS = 5.0  # for the markers of transactions that have just ended
TOPIC_WAIT_SECONDS = 3.0  # a broker may not have heard yet of a topic that another one has made
LEADER_WAIT_SECONDS = 15.0  # for the leaders of partitions
STALL_SECONDS = 30.0  # without any message: the topic cannot be read
EXAMPLES_PER_KIND = 5

csv.field_size_limit(1 << 30)


class CheckError(Exception):
    """The check itself could not be made."""


# --- what the file says ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Encoding:
    """How a row becomes a message: the options the load was made with."""

    key: str | None = None
    format: str = "json"
    types: dict[str, str] = field(default_factory=dict)
    dialect: dict[str, Any] = field(default_factory=dict)  # as dialect_machine.py has it


def murmur2(data: bytes) -> int:
    """org.apache.kafka.common.utils.Utils.murmur2, as an unsigned number."""
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    length = len(data)
    whole = length & ~3
    h = 0x9747B28C ^ length
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * multiplier & mask
        k = (k ^ k >> 24) * multiplier & mask
        h = (h * multiplier & mask) ^ k
    if whole < length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * multiplier & mask
    h = (h ^ h >> 13) * multiplier & mask
    return h ^ h >> 15


def partition_of(key: bytes | None, row: int, partitions: int) -> int:
    """Rows without a key are spread by row number; `row` counts from 1 in each file."""
    if key is None:
        return (row - 1) % partitions
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def number(text: str) -> tuple[str, str]:
    """A JSON number is its text: 1.0 is not 1, and neither is the string "1"."""
    return ("number", text)


def refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def decode_json(text: str) -> object:
    """JSON with objects as tuples of pairs: their order counts, and doubled names show."""
    return json.loads(
        text,
        object_pairs_hook=tuple,
        parse_int=number,
        parse_float=number,
        parse_constant=refuse_constant,
    )


def freeze(value: object) -> object:
    """The same value without lists, so that it can be hashed."""
    if isinstance(value, list):
        return ("list", *map(freeze, value))
    if isinstance(value, tuple):
        return tuple(map(freeze, value))
    return value


def fingerprint(key: bytes | None, content: object) -> int:
    try:
        return hash((key, content))
    except TypeError:
        return hash((key, freeze(content)))


def cell_value(text: str | None, kind: str) -> object:
    if text is None or kind == "string":
        return text
    if text == "":
        return None
    if kind in ("integer", "number"):
        return number(text)
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    if kind == "json":
        return decode_json(text)
    raise CheckError(f"unknown type {kind}")


class LineRecorder:
    """Hands lines to the csv module and keeps those of the record being read, for `raw`."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> LineRecorder:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.taken.append(line)
        return line

    def take_record(self) -> str:
        record = "".join(self.taken)
        self.taken.clear()
        if record.endswith("\r\n"):
            return record[:-2]
        return record[:-1] if record.endswith(("\r", "\n")) else record


def csv_records(path: str) -> Iterator[tuple[list[str], str]]:
    """Cells and text of each record, as Python's csv module has them."""
    with open(path, encoding="utf-8-sig", newline="") as text:
        recorder = LineRecorder(iter(text))
        reader = csv.reader(recorder, strict=True)
        try:
            for cells in reader:
                raw = recorder.take_record()
                if cells:
                    yield cells, raw
        except (csv.Error, UnicodeDecodeError) as error:
            raise CheckError(f"{path}, near line {reader.line_num}: {error}") from error


def dialect_records(path: str, dialect: dict[str, Any]) -> Iterator[tuple[list[str | None], str]]:
    # Not read_text(), which would make each line end a line feed.
    return Machine(Path(path).read_bytes().decode("utf-8-sig"), dialect).records()


def read_messages(path: str, encoding: Encoding) -> Iterator[tuple[bytes | None, object]]:
    """Key and content of each row's message, in file order."""
    dialect = encoding.dialect
    records = dialect_records(path, dialect) if dialect else csv_records(path)
    names = dialect.get("columns") or next(records, (None, ""))[0]
    if names is None:
        raise CheckError(f"{path} has no header")
    for name in [*encoding.types, *([encoding.key] if encoding.key else [])]:
        if name not in names:
            raise CheckError(f"{path} has no column {name}")
    key_column = names.index(encoding.key) if encoding.key else None
    kinds = [encoding.types.get(name, "string") for name in names]
    all_strings = set(kinds) <= {"string"}
    for row, (cells, raw) in enumerate(records, start=1):
        if len(cells) != len(names):
            raise CheckError(f"{path}, row {row}: {len(cells)} fields")
        key = None if key_column is None else (cells[key_column] or "").encode()
        if encoding.format == "raw":
            yield key, raw.encode()
        elif all_strings:
            yield key, tuple(zip(names, cells, strict=True))
        else:
            yield key, tuple(zip(names, map(cell_value, cells, kinds), strict=True))


class Sequence:
    """Messages of one partition in order: fingerprints, places (row or offset), keys' hashes."""

    def __init__(self) -> None:
        self.prints = array("q")
        self.places = array("q")
        self.keys = array("q")

    def add(self, print_: int, place: int, key: bytes | None) -> None:
        self.prints.append(print_)
        self.places.append(place)
        self.keys.append(hash(key))

    def __len__(self) -> int:
        return len(self.prints)


def expected_sequences(paths: list[str], encoding: Encoding, partitions: int) -> list[Sequence]:
    """What each partition must hold. Rows are numbered from 1 over all files."""
    sequences = [Sequence() for _ in range(partitions)]
    known: dict[bytes, int] = {}  # murmur2 in Python is slow and keys repeat
    total = 0
    for path in paths:
        for row, (key, content) in enumerate(read_messages(path, encoding), start=1):
            if key is None:
                partition = partition_of(None, row, partitions)
            elif (cached := known.get(key)) is not None:
                partition = cached
            else:
                if len(known) > 1 << 18:
                    known.clear()
                partition = known[key] = partition_of(key, row, partitions)
            total += 1
            sequences[partition].add(fingerprint(key, content), total, key)
    return sequences


# --- what the topic says --------------------------------------------------------------------------


def make_consumer(bootstrap: str, isolation: str, config: dict[str, str]) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"check-topic-{uuid.uuid4()}",  # required by the library, never used
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "check.crcs": True,
            "queued.max.messages.kbytes": 32768,
            **config,
        }
    )


def partition_count(consumer: Consumer, topic: str) -> int:
    deadline = time.monotonic() + TOPIC_WAIT_SECONDS
    while (metadata := consumer.list_topics(topic, timeout=15).topics[topic]).error is not None:
        if time.monotonic() > deadline:
            raise CheckError(f"topic {topic}: {metadata.error.str()}")
        time.sleep(0.1)
    return len(metadata.partitions)


def end_offsets(consumer: Consumer, topic: str, partitions: int) -> list[int]:
    """As the consumer's isolation level has it: high watermark, or last stable offset."""
    deadline = time.monotonic() + LEADER_WAIT_SECONDS
    ends: list[int] = []
    while len(ends) < partitions:
        try:
            place = TopicPartition(topic, len(ends))
            ends.append(consumer.get_watermark_offsets(place, timeout=15)[1])
        except KafkaException:  # a leader that has just been elected may not know it yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    return ends


def stable_ends(
    committed: Consumer, uncommitted: Consumer, topic: str, partitions: int
) -> tuple[list[int], list[int]]:
    """Last stable offsets, and the partitions in which a transaction stays open."""
    deadline = time.monotonic() + MARKER_WAIT_SECONDS
    while True:
        high = end_offsets(uncommitted, topic, partitions)
        stable = end_offsets(committed, topic, partitions)
        held = [p for p in range(partitions) if stable[p] < high[p]]
        if not held or time.monotonic() > deadline:
            return stable, held
        time.sleep(0.1)


def content_of(value: bytes | None, format_: str) -> object:
    """The message as the file's side has it; anything that cannot be a row stays bytes or None."""
    if format_ == "raw" or value is None:
        return value
    try:
        return decode_json(value.decode())
    except ValueError:
        return value


def found_sequences(
    consumer: Consumer, topic: str, ends: list[int], format_: str
) -> list[Sequence]:
    """Every committed message below `ends`, per partition."""
    sequences = [Sequence() for _ in ends]
    waiting = {p for p, end in enumerate(ends) if end > 0}
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in waiting])
    last_progress = time.monotonic()
    while waiting:
        messages = consumer.consume(num_messages=10000, timeout=1.0)
        if messages:
            last_progress = time.monotonic()
        elif time.monotonic() - last_progress > STALL_SECONDS:
            raise CheckError(f"no message for {STALL_SECONDS:.0f} s; partitions {sorted(waiting)}")
        for message in messages:
            partition, offset = message.partition(), message.offset()
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise CheckError(f"partition {partition}: {error.str()}")
                if offset >= ends[partition]:
                    waiting.discard(partition)
                continue
            if offset >= ends[partition]:
                waiting.discard(partition)
                continue
            key = message.key()
            content = content_of(message.value(), format_)
            sequences[partition].add(fingerprint(key, content), offset, key)
            if offset + 1 == ends[partition]:
                waiting.discard(partition)
    consumer.unassign()
    return sequences


# --- the comparison -------------------------------------------------------------------------------


@dataclass
class Report:
    """What differs. A row is counted under one heading only, except for its order."""

    topic: str
    rows: int = 0  # in the file
    messages: int = 0  # committed in the topic
    lost: int = 0
    doubled: int = 0
    misplaced: int = 0  # in a partition that is not its own
    changed: int = 0  # right key and partition, other content
    foreign: int = 0  # no row of the file
    out_of_order: int = 0  # least number of rows to move to get each partition into file order
    key_out_of_order: int = 0  # rows that come after a later row of their key
    open_transactions: list[int] = field(default_factory=list)  # partitions held by one
    expected: list[int] = field(default_factory=list)  # per partition
    found: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0

    KINDS = (
        "lost doubled misplaced changed foreign out_of_order key_out_of_order open_transactions"
    ).split()

    @property
    def ok(self) -> bool:
        return not any(getattr(self, kind) for kind in self.KINDS)

    def table(self) -> str:
        lines = [f"{'partition':>9} {'expected':>10} {'found':>10}"]
        for p, (expected, found) in enumerate(zip(self.expected, self.found, strict=True)):
            lines.append(f"{p:>9} {expected:>10} {found:>10}")
        lines.append(f"{'all':>9} {self.rows:>10} {self.messages:>10}")
        lines += [f"{kind:>17}: {getattr(self, kind) or 0}" for kind in self.KINDS]
        lines += [f"  {example}" for example in self.examples]
        verdict = "every row exactly once, in order" if self.ok else "DIFFERENCES"
        lines.append(f"{self.topic}: {verdict} ({self.seconds:.1f} s)")
        return "\n".join(lines)


class Comparison:
    """Matches messages with rows; used only when the plain comparison has failed."""

    def __init__(self, report: Report, expected: list[Sequence], found: list[Sequence]) -> None:
        self.report = report
        self.expected = expected
        self.found = found
        self.matched: list[list[tuple[int, int, int]]] = []  # (row, offset, key) by partition
        self.shown: dict[str, int] = defaultdict(int)

    def example(self, kind: str, text: str) -> None:
        self.shown[kind] += 1
        if self.shown[kind] <= EXAMPLES_PER_KIND:
            self.report.examples.append(f"{kind}: {text}")

    def run(self) -> None:
        lost, left_over = self.match_in_partitions()
        lost, foreign = self.match_elsewhere(lost, left_over)
        self.match_changed(lost, foreign)
        self.judge_order()

    def match_in_partitions(self) -> tuple[list[tuple], list[tuple]]:
        """The n-th message of some content is the n-th row of that content, in each partition."""
        lost: list[tuple] = []  # (print, row, partition, key)
        left_over: list[tuple] = []  # (print, offset, partition, key)
        for partition, (want, have) in enumerate(zip(self.expected, self.found, strict=True)):
            rows: dict[int, deque[int]] = defaultdict(deque)
            for print_, row in zip(want.prints, want.places, strict=True):
                rows[print_].append(row)
            matched = []
            for print_, offset, key in zip(have.prints, have.places, have.keys, strict=True):
                if rows.get(print_):
                    matched.append((rows[print_].popleft(), offset, key))
                else:
                    left_over.append((print_, offset, partition, key))
            self.matched.append(matched)
            unseen = {row for queue in rows.values() for row in queue}
            for print_, row, key in zip(want.prints, want.places, want.keys, strict=True):
                if row in unseen:
                    lost.append((print_, row, partition, key))
        return lost, left_over

    def match_elsewhere(self, lost: list[tuple], left_over: list[tuple]) -> tuple[list, list]:
        """A lost row that turns up in another partition is misplaced; one too many is doubled."""
        missing: dict[int, deque[tuple]] = defaultdict(deque)
        for entry in lost:
            missing[entry[0]].append(entry)
        known = {print_ for sequence in self.expected for print_ in sequence.prints}
        foreign = []
        for entry in left_over:
            print_, offset, partition, _ = entry
            place = f"partition {partition}, offset {offset}"
            if missing.get(print_):
                _, row, right, _ = missing[print_].popleft()
                self.report.misplaced += 1
                self.example("misplaced", f"row {row} of partition {right} is in {place}")
            elif print_ in known:
                self.report.doubled += 1
                self.example("doubled", place)
            else:
                foreign.append(entry)
        return [entry for queue in missing.values() for entry in queue], foreign

    def match_changed(self, lost: list[tuple], foreign: list[tuple]) -> None:
        """A lost row and a foreign message of the same key in the same partition are one change."""
        missing: dict[tuple[int, int], deque[tuple]] = defaultdict(deque)
        for entry in sorted(lost, key=lambda entry: entry[1]):
            missing[entry[2:]].append(entry)
        for entry in foreign:
            place = f"partition {entry[2]}, offset {entry[1]}"
            if missing.get(entry[2:]):
                _, row, _, _ = missing[entry[2:]].popleft()
                self.report.changed += 1
                self.example("changed", f"row {row}, {place}")
            else:
                self.report.foreign += 1
                self.example("foreign", place)
        for queue in missing.values():
            for _, row, partition, _ in queue:
                self.report.lost += 1
                self.example("lost", f"row {row} of partition {partition}")

    def judge_order(self) -> None:
        no_key = hash(None)
        for partition, matched in enumerate(self.matched):
            rising: list[int] = []  # last elements of the longest rising runs
            newest: dict[int, int] = {}
            for row, offset, key in matched:
                at = bisect_right(rising, row)
                if at < len(rising):
                    rising[at] = row
                    self.example("out of order", f"row {row}, partition {partition} at {offset}")
                else:
                    rising.append(row)
                if key == no_key:
                    continue
                if row < newest.get(key, 0):
                    self.report.key_out_of_order += 1
                else:
                    newest[key] = row
            self.report.out_of_order += len(matched) - len(rising)


def check(
    bootstrap: str,
    topic: str,
    csv_paths: str | Path | list[str] | list[Path],
    encoding: Encoding | None = None,
    partitions: int | None = None,
    config: dict[str, str] | None = None,
) -> Report:
    """Compares. `partitions`: over how many the rows were spread, if not all of the topic's."""
    started = time.monotonic()
    encoding = encoding or Encoding()
    paths = csv_paths if isinstance(csv_paths, list) else [csv_paths]
    committed = make_consumer(bootstrap, "read_committed", config or {})
    uncommitted = make_consumer(bootstrap, "read_uncommitted", config or {})
    try:
        count = partition_count(committed, topic)
        spread = partitions or count
        if spread > count:
            raise CheckError(f"topic {topic} has {count} partitions, not {spread}")
        expected = expected_sequences([str(path) for path in paths], encoding, spread)
        expected += [Sequence() for _ in range(count - spread)]
        ends, held = stable_ends(committed, uncommitted, topic, count)
        found = found_sequences(committed, topic, ends, encoding.format)
    except (KafkaException, OSError) as error:
        raise CheckError(str(error)) from error
    finally:
        committed.close()
        uncommitted.close()

    report = Report(topic, open_transactions=held)
    report.expected = [len(sequence) for sequence in expected]
    report.found = [len(sequence) for sequence in found]
    report.rows, report.messages = sum(report.expected), sum(report.found)
    if any(want.prints != have.prints for want, have in zip(expected, found, strict=True)):
        Comparison(report, expected, found).run()
    for partition in held:
        report.examples.append(f"open transaction: partition {partition} after {ends[partition]}")
    report.seconds = round(time.monotonic() - started, 3)
    return report


def named_value(text: str) -> tuple[str, str]:
    name, separator, value = text.rpartition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main(arguments: list[str] | None = None, out: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", required=True, metavar="HOST:PORT,...")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--csv", required=True, action="append", metavar="FILE")
    parser.add_argument("--key", metavar="COLUMN")
    parser.add_argument("--partitions", type=int, metavar="N")
    parser.add_argument("--format", choices=("json", "raw"), default="json")
    parser.add_argument("--type", type=named_value, action="append", default=[])
    parser.add_argument(
        "--dialect", type=json.loads, default={}, metavar="JSON", help="see dialect_machine.py"
    )
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    options = parser.parse_args(arguments)
    encoding = Encoding(options.key, options.format, dict(options.type), options.dialect)
    try:
        report = check(options.bootstrap, options.topic, options.csv, encoding, options.partitions)
    except CheckError as error:
        print(f"check_topic: {error}", file=sys.stderr)
        return 2
    out(json.dumps({"ok": report.ok, **asdict(report)}) if options.json else report.table())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
