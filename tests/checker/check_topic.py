#!/usr/bin/env python3
"""Independent judge of a load: is every row of a CSV file in a Kafka topic exactly once?

Shares no code with onceload: Python's csv module reads the file, confluent-kafka reads the topic
(read_committed), and murmur2 is written down here once more. The topic must hold nothing but the
load. What is judged of each record: key, value, partition, order, headers (none, unless --headers
says that the load made them) and time (--timestamp: that of the row). With --dead-letters each row
must be in that topic once, or in the other. Exit codes: 0 every row is there once, in its place;
1 differences; 2 could not check.

  check_topic.py --bootstrap 127.0.0.1:19093 --topic ecommerce.events --csv events.csv --key user_id
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from comparison import LOAD_BEGUN, NO_TIME, Report, Sequence, compare
from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from dead_letters import FIRST_FORMAT, SECOND_FORMAT, UUID, DeadLetters
from source_rows import CheckError, source_rows

MARKER_WAIT_SECONDS = 5.0  # for the markers of transactions that have just ended
TOPIC_WAIT_SECONDS = 3.0  # a broker may not have heard yet of a topic that another one has made
LEADER_WAIT_SECONDS = 15.0  # for the leaders of partitions
STALL_SECONDS = 30.0  # without any message: the topic cannot be read
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NULL = ("null value",)  # the content of a message without value; JSON's null is None


# --- what the file says ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Encoding:
    """How a row becomes a message: the options the load was made with."""

    key: str | None = None
    format: str = "json"
    types: dict[str, str] = field(default_factory=dict)
    dialect: dict[str, Any] = field(default_factory=dict)  # as dialect_machine.py has it
    headers: bool = False
    timestamp: str | None = None  # column
    timestamp_format: str = "epoch-ms"  # or epoch-s, iso, or a pattern as strptime has it; UTC
    spread: str = "load"  # rows without a key go by their number in the load, or in the "file"
    dead_letters: str | None = None  # topic
    name: str | None = None  # the load's: key of its dead letters; None: the topic has no others
    dead_letters_format: int = SECOND_FORMAT


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
    """Rows without a key are spread by row number, from 1; see Encoding.spread."""
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


INTEGER = r"-?(?:0|[1-9][0-9]*)"
NUMERALS = {
    "integer": re.compile(INTEGER),
    "number": re.compile(INTEGER + r"(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"),
}


def cell_value(text: str | None, kind: str) -> object:
    if text is None or kind == "string":
        return text
    if text == "":
        return None
    if kind in ("integer", "number"):
        if not NUMERALS[kind].fullmatch(text):
            raise ValueError(f"{text!r} is no {kind}")
        return number(text)
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    if kind == "json":
        return decode_json(text)
    if kind == "decimal":
        return text
    if kind == "timestamp":  # without pattern, zone and output of its own
        return number(str(time_of(text, "iso")))
    raise CheckError(f"unknown type {kind}")


def time_of(cell: str | None, format_: str) -> int:
    """Milliseconds since 1970. Fractions of one are cut off."""
    if not cell:
        return LOAD_BEGUN
    if format_ == "epoch-ms":
        return int(cell)
    if format_ == "epoch-s":
        return int(Decimal(cell) * 1000)
    if format_ == "iso":
        when = datetime.fromisoformat(cell)
    else:
        when = datetime.strptime(cell, format_)
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return (when - EPOCH) // timedelta(milliseconds=1)


class SourceFile:
    """Reads a file's rows as messages. `rows` counts them, and those that are dead letters."""

    def __init__(self, path: str, encoding: Encoding, load: bytes, number: int = 0) -> None:
        self.path = path
        self.encoding = encoding
        self.load = load
        self.number = number  # among the load's files
        self.rows = 0

    def fail(self, row: int, begin: int, fault: str, letters: DeadLetters | None) -> None:
        if letters is None:
            raise CheckError(f"{self.path}, row {row}, byte {begin}: {fault}")
        letters.missing(self.path, row, begin, fault)

    def column(self, names: list[str], name: str | None) -> int | None:
        if name is None:
            return None
        if name not in names:
            raise CheckError(f"{self.path} has no column {name}")
        return names.index(name)

    def messages(
        self, letters: DeadLetters | None = None
    ) -> Iterator[tuple[bytes | None, object, tuple | None, int]]:
        """Key, content, headers if there are to be any, and time of each, in file order."""
        encoding = self.encoding
        dead = letters.lengths(self.number, self.path) if letters else {}
        records = source_rows(self.path, encoding.dialect, dead)
        names = encoding.dialect.get("columns")
        if names is None and ((header := next(records, None)) is None or not header.cells):
            raise CheckError(f"{self.path} has no header" + (f": {header.fault}" if header else ""))
        names = names or header.cells
        for name in encoding.types:
            self.column(names, name)
        key_column = self.column(names, encoding.key)
        time_column = self.column(names, encoding.timestamp)
        kinds = [encoding.types.get(name, "string") for name in names]
        all_strings = set(kinds) <= {"string"}
        place = (("onceload.load", self.load), ("onceload.file", Path(self.path).name.encode()))
        columns, plain_columns = len(names), None if encoding.dialect else len(names)
        time_ = LOAD_BEGUN
        for begin, cells, raw, fault in records:
            self.rows = row = self.rows + 1
            if dead and begin in dead:
                letters.judge(self.number, row, begin, raw, fault, plain_columns)
                continue
            if fault or len(cells) != columns:
                self.fail(row, begin, fault or f"{len(cells)} fields", letters)
                continue
            try:
                if time_column is not None:
                    time_ = time_of(cells[time_column], encoding.timestamp_format)
                if encoding.format == "raw":
                    content = raw
                elif all_strings:
                    content = tuple(zip(names, cells, strict=True))
                else:
                    content = tuple(zip(names, map(cell_value, cells, kinds), strict=True))
            except (ValueError, KeyError, ArithmeticError) as error:
                self.fail(row, begin, f"a cell does not fit: {error}", letters)
                continue
            key = None if key_column is None else (cells[key_column] or "").encode()
            headers = None
            if encoding.headers:
                at = (("onceload.row", b"%d" % row), ("onceload.byte", b"%d" % begin))
                headers = place + at
            yield key, content, headers, time_


def expected_sequences(
    paths: list[str],
    encoding: Encoding,
    partitions: int,
    load: bytes = b"",
    letters: DeadLetters | None = None,
) -> list[Sequence]:
    """What each partition must hold. Rows are numbered from 1 over all files. `load`: its id."""
    sequences = [Sequence(encoding.headers) for _ in range(partitions)]
    known: dict[bytes, int] = {}  # murmur2 in Python is slow and keys repeat
    before = 0
    for number, path in enumerate(paths):
        file = SourceFile(path, encoding, load, number)
        for key, content, headers, time_ in file.messages(letters):
            total = before + file.rows
            if key is None:
                row = file.rows if encoding.spread == "file" else total
                partition = partition_of(None, row, partitions)
            elif (cached := known.get(key)) is not None:
                partition = cached
            else:
                if len(known) > 1 << 18:
                    known.clear()
                partition = known[key] = partition_of(key, total, partitions)
            sequences[partition].add(fingerprint(key, content), total, key, headers)
            if encoding.timestamp:
                sequences[partition].times.append(time_)
        before += file.rows
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
    """The message as the file's side has it; anything that cannot be a row stays bytes or NULL."""
    if value is None:
        return NULL
    if format_ == "raw":
        return value
    try:
        return decode_json(value.decode())
    except ValueError:
        return value


def committed_messages(consumer: Consumer, topic: str, ends: list[int]) -> Iterator[Message]:
    """All below `ends`, each partition's in order."""
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
            yield message
            if offset + 1 == ends[partition]:
                waiting.discard(partition)
    consumer.unassign()


def found_sequences(
    consumer: Consumer,
    topic: str,
    ends: list[int],
    format_: str,
    headers: bool = False,
    times: bool = False,
) -> list[Sequence]:
    """Every committed message below `ends`, per partition. `headers`, `times`: are to be judged."""
    sequences = [Sequence(headers) for _ in ends]
    for message in committed_messages(consumer, topic, ends):
        key, value, offset = message.key(), message.value(), message.offset()
        sequence, own = sequences[message.partition()], message.headers()
        if value is None:
            sequence.nulls.append(offset)
        if not headers and own:
            sequence.odd_headers.append(offset)
        elif headers:
            sequence.loads[next((v for n, v in own or () if n == "onceload.load"), None)] += 1
        print_ = fingerprint(key, content_of(value, format_))
        sequence.add(print_, offset, key, tuple(own or ()) if headers else None)
        kind, time_ = message.timestamp()
        if times:
            sequence.times.append(time_ if kind == TIMESTAMP_CREATE_TIME else NO_TIME)
        elif kind == TIMESTAMP_NOT_AVAILABLE or time_ <= 0:
            sequence.odd_times.append(offset)
    return sequences


def found_letters(
    bootstrap: str, encoding: Encoding, paths: list[str], config: dict[str, str], report: Report
) -> DeadLetters:
    messages: list[Message] = []
    committed = make_consumer(bootstrap, "read_committed", config)
    uncommitted = make_consumer(bootstrap, "read_uncommitted", config)
    try:
        topic = encoding.dead_letters
        count = partition_count(committed, topic)
        ends, held = stable_ends(committed, uncommitted, topic, count)
        messages += committed_messages(committed, topic, ends)
    finally:
        committed.close()
        uncommitted.close()
    letters = DeadLetters(
        messages,
        encoding.name,
        encoding.dead_letters_format,
        paths,
        lambda text: report.note("dead_letter", text),
    )
    for partition in held:
        report.note("dead_letter", f"partition {partition}: an open transaction")
    return letters


# --- the comparison -------------------------------------------------------------------------------


def load_id(found: list[Sequence], letters: DeadLetters | None, report: Report) -> bytes:
    """That of the most records: all must have it, and it must be a UUID."""
    loads = sum((sequence.loads for sequence in found), letters.loads() if letters else Counter())
    load = max((name for name in loads if name), key=lambda name: loads[name], default=b"")
    if load and not UUID.fullmatch(load):
        report.note("header", f"onceload.load is {load!r}, no UUID")
    return load


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
    paths = [str(path) for path in (csv_paths if isinstance(csv_paths, list) else [csv_paths])]
    report = Report(topic)
    letters = None
    committed = make_consumer(bootstrap, "read_committed", config or {})
    uncommitted = make_consumer(bootstrap, "read_uncommitted", config or {})
    try:
        count = partition_count(committed, topic)
        spread = partitions or count
        if spread > count:
            raise CheckError(f"topic {topic} has {count} partitions, not {spread}")
        ends, held = stable_ends(committed, uncommitted, topic, count)
        times = encoding.timestamp is not None
        found = found_sequences(committed, topic, ends, encoding.format, encoding.headers, times)
        if encoding.dead_letters:
            letters = found_letters(bootstrap, encoding, paths, config or {}, report)
        load = load_id(found, letters, report)
        expected = expected_sequences(paths, encoding, spread, load, letters)
        expected += [Sequence(encoding.headers) for _ in range(count - spread)]
    except (KafkaException, OSError) as error:
        raise CheckError(str(error)) from error
    finally:
        committed.close()
        uncommitted.close()

    report.open_transactions = held
    report.expected = [len(sequence) for sequence in expected]
    report.found = [len(sequence) for sequence in found]
    report.rows, report.messages = sum(report.expected), sum(report.found)
    compare(report, expected, found, times)
    if letters:
        letters.finish(load)
        report.letters = len(letters.letters)
    for partition in held:
        report.examples.append(f"open transaction: partition {partition} after {ends[partition]}")
    report.seconds = round(time.monotonic() - started, 3)
    return report


SPREAD_HELP = "rows without a key go by their number in the load (default), or in their file"


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
    parser.add_argument("--spread", choices=("load", "file"), default="load", help=SPREAD_HELP)
    parser.add_argument("--partitions", type=int, metavar="N")
    parser.add_argument("--format", choices=("json", "raw"), default="json")
    parser.add_argument("--type", type=named_value, action="append", default=[])
    parser.add_argument(
        "--dialect", type=json.loads, default={}, metavar="JSON", help="see dialect_machine.py"
    )
    parser.add_argument("--headers", action="store_true", help="the load was made with them")
    parser.add_argument("--timestamp", metavar="COLUMN", help="that gives each record its time")
    parser.add_argument(
        "--timestamp-format",
        default="epoch-ms",
        metavar="FORMAT",
        help="epoch-ms (default), epoch-s, iso, or a pattern as Python's strptime has it; UTC",
    )
    parser.add_argument("--dead-letters", metavar="TOPIC")
    parser.add_argument("--name", help="the load's; without it, all dead letters must be of one")
    parser.add_argument(
        "--dead-letters-format",
        type=int,
        choices=(FIRST_FORMAT, SECOND_FORMAT),
        default=SECOND_FORMAT,
        help="1: of older loads, without onceload.bytes, .lines and .rest",
    )
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    options = parser.parse_args(arguments)
    encoding = Encoding(
        options.key,
        options.format,
        dict(options.type),
        options.dialect,
        headers=options.headers,
        timestamp=options.timestamp,
        timestamp_format=options.timestamp_format,
        spread=options.spread,
        dead_letters=options.dead_letters,
        name=options.name,
        dead_letters_format=options.dead_letters_format,
    )
    try:
        report = check(options.bootstrap, options.topic, options.csv, encoding, options.partitions)
    except CheckError as error:
        print(f"check_topic: {error}", file=sys.stderr)
        return 2
    out(json.dumps({"ok": report.ok, **asdict(report)}) if options.json else report.table())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
