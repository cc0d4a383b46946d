"""The dead letters of a load against the files its rows come from, for the checker.

Each must be the bytes of a row, at the place that its headers name; a row has one at most; they are
in the order of the input. That no row lacks one is judged by who reads the files: a row that cannot
be read and has none is told to `missing`.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message
from source_rows import RECORD_END, Lengths

FIRST_FORMAT, SECOND_FORMAT = 1, 2
PARTITION = 0
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBER = re.compile(rb"0|[1-9][0-9]*")
PLACE = ("load", "file", "row", "byte")
NAMES = {
    FIRST_FORMAT: [*PLACE, "reason", "detail", "column"],
    SECOND_FORMAT: [*PLACE, "bytes", "lines", "reason", "detail", "column", "rest"],
}
OPTIONAL = {"column", "rest"}
NUMBERS = {"row", "byte", "bytes", "lines"}
# Reasons that lie in the row's own text, where it is RFC 4180.
OF_THE_TEXT = {b"ragged", b"nul-byte", b"invalid-utf8", b"text-after-quote", b"open-quote"}


@dataclass
class Letter:
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]  # without "onceload."
    place: str  # in the topic
    faults: list[str] = field(default_factory=list)
    seen: bool = False  # its row has been found

    @classmethod
    def of(cls, message: Message, format_: int) -> Letter:
        """What can be said of it without its row is said here."""
        headers = [(name, value) for name, value in message.headers() or []]
        letter = cls(
            message.key(),
            message.value() or b"",
            {name.removeprefix("onceload."): value or b"" for name, value in headers},
            f"partition {message.partition()}, offset {message.offset()}",
        )
        letter.check_headers([name for name, _ in headers], format_)
        if message.value() is None:
            letter.faults.append("its value is null")
        if message.partition() != PARTITION:
            letter.faults.append(f"not in partition {PARTITION}")
        kind, time = message.timestamp()
        if kind == TIMESTAMP_NOT_AVAILABLE or time <= 0:
            letter.faults.append("it has no time")
        return letter

    def check_headers(self, names: list[str], format_: int) -> None:
        wanted = [
            f"onceload.{name}"
            for name in NAMES[format_]
            if name not in OPTIONAL or name in self.headers
        ]
        if names != wanted:
            self.faults.append(f"its headers are {names}, not {wanted}")
        for name in NUMBERS & self.headers.keys():
            if not NUMBER.fullmatch(self.headers[name]):
                self.faults.append(f"onceload.{name} is {self.headers[name]!r}, no number")
        if not UUID.fullmatch(self.headers.get("load", b"")):
            self.faults.append("onceload.load is no UUID")

    def number(self, name: str) -> int | None:
        text = self.headers.get(name, b"")
        return int(text) if NUMBER.fullmatch(text) else None

    def compare(self, row: int, begin: int, text: bytes) -> None:
        """With its row, whose own bytes are `text`."""
        if self.number("row") != row:
            self.faults.append(f"onceload.row is {self.number('row')}")
        if not text.startswith(self.value):
            self.faults.append("its value is not the row's bytes")
        elif len(self.value) < len(text):
            self.compare_rest(begin, len(text))
        elif "rest" in self.headers:
            self.faults.append("onceload.rest, though it is whole")
        if "lines" in self.headers:
            ends = len(RECORD_END.findall(text))
            # An open quote holds the file's last line end; no line is behind that.
            possible = {1 + ends, ends} if text.endswith((b"\r", b"\n")) else {1 + ends}
            if self.number("lines") not in possible:
                self.faults.append(f"onceload.lines is {self.number('lines')}, not {1 + ends}")

    def compare_rest(self, begin: int, length: int) -> None:
        if "bytes" not in self.headers:  # the first format does not tell of what it has cut
            if self.headers.get("reason") != b"too-long":
                self.faults.append(f"cut after {len(self.value)} of {length} bytes")
            return
        file = self.headers.get("file", b"").decode(errors="replace")
        wanted = f"bytes {begin + len(self.value)} to {begin + length} of {file}"
        rest = self.headers.get("rest")
        if rest is None:
            self.faults.append(f"cut after {len(self.value)} of {length} bytes, no onceload.rest")
        elif rest != wanted.encode():
            self.faults.append(f"onceload.rest is {rest!r}, not {wanted!r}")


def can_be_read(text: bytes, columns: int) -> bool:
    """Is it one row of that many columns in RFC 4180?"""
    try:
        rows = list(csv.reader(text.decode().splitlines(keepends=True), strict=True))
    except (csv.Error, UnicodeDecodeError):
        return False
    return b"\0" not in text and len(rows) == 1 and len(rows[0]) == columns


class DeadLetters:
    """Those of one load, in the order of the topic."""

    def __init__(
        self,
        messages: list[Message],
        name: str | None,
        format_: int,
        paths: list[str],
        differ: Callable[[str], None],
    ) -> None:
        """`name`: the load's; None: all in the topic are of one load. `paths`: its input.
        `differ(text)` is called for each difference.
        """
        own = [m for m in messages if name is None or m.key() == name.encode()]
        self.letters = [Letter.of(message, format_) for message in own]
        self.differ = differ
        self.files = [Path(path).name.encode() for path in paths]
        self.waiting: dict[bytes, dict[int, deque[Letter]]] = {}  # by file and byte
        for letter in self.letters:
            if (begin := letter.number("byte")) is not None:
                of_file = self.waiting.setdefault(letter.headers.get("file", b""), {})
                of_file.setdefault(begin, deque()).append(letter)
        self.taken: list[tuple[Letter, tuple[int, int]]] = []  # with (file, row)
        self.missed = 0
        keys = Counter(letter.key for letter in self.letters)
        for letter in self.letters:
            if len(keys) > 1 and letter.key != keys.most_common(1)[0][0]:
                letter.faults.append(f"its key is {letter.key!r}")

    def loads(self) -> Counter[bytes]:
        return Counter(letter.headers.get("load", b"") for letter in self.letters)

    def lengths(self, file: int, path: str) -> Lengths:
        """Where rows of this file should begin that are dead letters, and how long they are."""
        places = self.waiting.get(self.files[file], {})
        found = {begin: queue[0].number("bytes") for begin, queue in places.items() if queue}
        if self.files.count(self.files[file]) == 1:
            return found
        with open(path, "rb") as text:  # its name does not say which file it is; its bytes do

            def is_here(begin: int) -> bool:
                text.seek(begin)
                value = places[begin][0].value
                return text.read(len(value)) == value

            return {begin: length for begin, length in found.items() if is_here(begin)}

    def judge(
        self, file: int, row: int, begin: int, text: bytes, fault: str, columns: int | None
    ) -> None:
        """The row at `begin` is a dead letter. `columns`: None if it is not RFC 4180."""
        letter = self.waiting[self.files[file]][begin].popleft()
        letter.seen = True
        letter.compare(row, begin, text)
        if fault and letter.number("bytes") is not None:
            letter.faults.append(f"onceload.bytes is {letter.number('bytes')}: {fault}")
        if columns and letter.headers.get("reason") in OF_THE_TEXT and can_be_read(text, columns):
            letter.faults.append(f"not {letter.headers['reason'].decode()}: it can be read")
        self.taken.append((letter, (file, row)))

    def missing(self, path: str, row: int, begin: int, fault: str) -> None:
        self.missed += 1
        self.differ(f"missing: {path}, row {row}, byte {begin}: {fault}")

    def finish(self, load: bytes) -> None:
        """After all files. `load`: the load's id."""
        where = {id(letter): place for letter, place in self.taken}
        seen = {(letter.headers["file"], letter.headers["byte"]) for letter, _ in self.taken}
        newest = (-1, 0)
        for letter in self.letters:
            headers = letter.headers
            if not letter.seen:
                again = (headers.get("file"), headers.get("byte")) in seen
                letter.faults.append("doubled" if again else "no row begins where it says")
            elif where[id(letter)] < newest:
                letter.faults.append("behind one of a later row")
            else:
                newest = where[id(letter)]
            if headers.get("load") != load:
                letter.faults.append("onceload.load is another load's")
            if letter.faults:
                file, row = headers.get("file", b"?"), headers.get("row", b"?")
                of = f"{file.decode(errors='replace')} row {row.decode(errors='replace')}"
                self.differ(f"{letter.place} ({of}): {'; '.join(letter.faults)}")
