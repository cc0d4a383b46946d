"""The rows of a CSV file and where each begins, for the checker: Python's csv module reads RFC
4180, dialect_machine.py the rest. Shares no code with onceload.

Rows that cannot be loaded are told, not thrown, so that reading goes on behind them; those that are
dead letters are passed over by the length that the letter gives.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from dialect_machine import Machine, Unreadable, after_line

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
RECORD_END = re.compile(rb"\r\n|\r|\n")
NUL_BYTE = "a NUL byte"
NO_RECORD_END = "no record end is right behind it"

Lengths = dict[int, int | None]  # by the byte at which a row begins

csv.field_size_limit(1 << 30)


class CheckError(Exception):
    """The check itself could not be made."""


class SourceRow(NamedTuple):
    begin: int  # byte of the file
    cells: list[str | None] | None  # None: passed over, or not to be read
    text: bytes  # its own, without its record end
    fault: str = ""


def record_end_at(text: bytes, at: int) -> bool:
    """Is a whole record end there? What lies between the two bytes of one is none."""
    split = text[at - 1 : at + 1] == b"\r\n"
    return not split and RECORD_END.match(text, at) is not None


def without_record_end(record: bytes) -> bytes:
    if record.endswith(b"\r\n"):
        return record[:-2]
    return record[:-1] if record.endswith((b"\r", b"\n")) else record


class LineRecorder:
    """Hands lines to the csv module, and keeps their bytes and places."""

    def __init__(self, file: BufferedReader) -> None:
        self.at = 0  # byte of the next line
        if file.peek(len(BYTE_ORDER_MARK)).startswith(BYTE_ORDER_MARK):
            self.at = len(file.read(len(BYTE_ORDER_MARK)))
        self.size = os.fstat(file.fileno()).st_size
        self.lines = self.split(file)
        self.taken: list[bytes] = []

    @staticmethod
    def split(file: BufferedReader) -> Iterator[bytes]:
        for line in file:
            if b"\r" in line:
                yield from line.splitlines(keepends=True)  # a carriage return alone ends one, too
            else:
                yield line

    def __iter__(self) -> LineRecorder:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.at += len(line)
        self.taken.append(line)
        return line.decode()

    def take_record(self) -> bytes:
        record = b"".join(self.taken)
        self.taken.clear()
        return without_record_end(record)

    def pass_over(self, length: int) -> tuple[bytes, str]:
        """So many bytes, and what is wrong if they do not end where their last line does."""
        text = b""
        while len(text) < length and (line := next(self.lines, None)) is not None:
            text += line
        self.at += len(text)
        ended = record_end_at(text, length) if length != len(text) else self.at == self.size
        return text[:length], "" if ended else NO_RECORD_END


def plain_rows(path: str, lengths: Lengths) -> Iterator[SourceRow]:
    """RFC 4180, as Python's csv module has it. A row that it cannot read ends with its line."""
    with open(path, "rb") as file:
        recorder = LineRecorder(file)
        reader = csv.reader(recorder, strict=True)
        while True:
            begin, cells, fault = recorder.at, None, ""
            if lengths and (length := lengths.get(begin)) is not None:
                yield SourceRow(begin, None, *recorder.pass_over(length))
                continue
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                fault = str(error)
            text = recorder.take_record()
            if b"\0" in text:
                fault = NUL_BYTE
            if cells or fault:
                yield SourceRow(begin, cells, text, fault)


class Places:
    """Characters of a text to bytes of its file, in rising order."""

    def __init__(self, text: str, first: int) -> None:
        self.text = text
        self.char, self.byte = 0, first

    def byte_of(self, char: int) -> int:
        self.byte += len(to_bytes(self.text[self.char : char]))
        self.char = char
        return self.byte


def to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """Bytes that are no UTF-8 are kept as surrogates, which no UTF-8 makes."""
    return data.decode("utf-8", "surrogateescape")


def dialect_rows(path: str, dialect: dict[str, Any], lengths: Lengths) -> Iterator[SourceRow]:
    data = Path(path).read_bytes()  # not read_text(), which would make each line end a line feed
    first = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
    text = to_text(data[first:])
    chars = {len(to_text(data[first:byte])): n for byte, n in lengths.items() if n is not None}
    places = Places(text, first)
    machine = Machine(text, dialect)
    machine.stops = set(chars)
    while machine.at < len(text):
        try:
            for cells, content in machine.records():
                begin, raw = places.byte_of(machine.begin), to_bytes(content)
                fault = "" if to_text(raw) == raw.decode("utf-8", "replace") else "not UTF-8"
                yield SourceRow(begin, cells, raw, NUL_BYTE if b"\0" in raw else fault)
        except Unreadable as error:
            end = after_line(text, machine.at)
            raw = without_record_end(to_bytes(text[machine.begin : end]))
            yield SourceRow(places.byte_of(machine.begin), None, raw, str(error))
            machine.at = end
            continue
        if machine.at in chars:  # it has stopped there
            begin = places.byte_of(machine.at)
            end = begin + chars[machine.at]
            raw = data[begin:end]
            ended = end == len(data) or record_end_at(data, end)
            yield SourceRow(begin, None, raw, "" if ended else NO_RECORD_END)
            machine.at = after_line(text, machine.at + len(to_text(raw)))


def source_rows(
    path: str, dialect: dict[str, Any], lengths: Lengths | None = None
) -> Iterator[SourceRow]:
    """Every record of the file, the header first if it has one; without empty lines and comments.

    `lengths`: rows to be passed over: where each begins, and how long its own text is; None: as
    long as it reads.
    """
    lengths = lengths or {}
    return dialect_rows(path, dialect, lengths) if dialect else plain_rows(path, lengths)
