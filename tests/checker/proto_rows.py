"""Random Protobuf schemas, and rows of CSV that fit them, with the messages a reader must see."""

from __future__ import annotations

import csv
import importlib.resources
import io
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avro_rows import NULL, boolean, double, integer, single, text
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from grpc_tools import protoc

Place = tuple[str, ...]
Cell = tuple[str, Any]  # its text, and the value; None: none
Maker = Callable[[random.Random], Cell]


def unsigned(bits: int) -> Maker:
    def make(rnd: random.Random) -> Cell:
        number = rnd.choice([0, 1, 2**bits - 1, rnd.randrange(2 ** rnd.randrange(1, bits + 1))])
        return str(number), number

    return make


def own(rnd: random.Random) -> Cell:
    cell = text(rnd)
    return cell, cell


def octets(rnd: random.Random) -> Cell:
    cell = text(rnd)
    return cell, cell.encode()


def instant(rnd: random.Random) -> Cell:
    """Seconds and nanoseconds of google.protobuf.Timestamp."""
    second = rnd.choice([0, -1, -62_135_596_800, 253_402_300_799, rnd.randrange(-(10**9), 10**10)])
    nanos = rnd.choice([0, 1, 999_999_999, rnd.randrange(10**9)])
    days, rest = divmod(second, 86_400)
    year, month, day = civil(days)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    cell = f"{year:04}-{month:02}-{day:02}T{clock}.{nanos:09}" + rnd.choice(["", "Z"])
    return cell, (second, nanos)


def civil(days: int) -> tuple[int, int, int]:
    """The date of so many days after 1970-01-01, also before the year 1 (Hinnant)."""
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096)
    year_of_era //= 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day


SCALARS: dict[str, Maker] = {
    "int32": integer(32),
    "sint32": integer(32),
    "sfixed32": integer(32),
    "int64": integer(64),
    "sint64": integer(64),
    "sfixed64": integer(64),
    "uint32": unsigned(32),
    "fixed32": unsigned(32),
    "uint64": unsigned(64),
    "fixed64": unsigned(64),
    "bool": boolean,
    "float": single,
    "double": double,
    "string": own,
    "bytes": octets,
}
WRAPPERS = {
    "Int32Value": "int32",
    "Int64Value": "int64",
    "UInt32Value": "uint32",
    "UInt64Value": "uint64",
    "BoolValue": "bool",
    "FloatValue": "float",
    "DoubleValue": "double",
    "StringValue": "string",
    "BytesValue": "bytes",
}
GOOGLE = "google.protobuf."


@dataclass
class Column:
    path: Place
    type: str
    make: Maker
    may_be_null: bool
    oneof: str | None = None

    def value_of_x(self) -> object:
        return b"x" if self.type in ("bytes", "BytesValue") else "x"


@dataclass
class ProtoTable:
    schema: str
    message: str  # full name of the rows' message
    is_first: bool
    csv: str
    rows: list[dict[Place, Any]]  # fields that are there, by their paths


class Drawing:
    def __init__(self, rnd: random.Random) -> None:
        self.rnd = rnd
        self.columns: list[Column] = []

    def numbers(self, count: int) -> list[int]:
        known = [n for n in (*range(1, 40), 127, 2047, 2048, 18_999, 20_000, 536_870_911)]
        return self.rnd.sample(known, count)

    def message(self, name: str, path: Place, indent: str) -> str:
        rnd = self.rnd
        lines = [f"{indent}message {name} {{"]
        count = rnd.randrange(1, 9)
        numbers = self.numbers(count + 3)
        for i in range(count):
            lines += self.field(f"f{i}_x", numbers.pop(), path, indent + "  ")
        if rnd.random() < 0.3:
            lines.append(f"{indent}  oneof choice_{len(path)} {{")
            for i in range(2):
                kind = rnd.choice(list(SCALARS))
                lines.append(f"{indent}    {kind} o{i} = {numbers.pop()};")
                here = ".".join((*path, "choice"))
                self.columns.append(Column((*path, f"o{i}"), kind, SCALARS[kind], True, here))
            lines.append(f"{indent}  }}")
        return "\n".join((*lines, f"{indent}}}"))

    def field(self, name: str, number: int, path: Place, indent: str) -> list[str]:
        rnd, here = self.rnd, (*path, name)
        chance = rnd.random()
        if chance < 0.15 and len(path) < 2:
            inner = name.upper()
            return [self.message(inner, here, indent), f"{indent}{inner} {name} = {number};"]
        if chance < 0.25:
            self.columns.append(Column(here, "Timestamp", instant, True))
            return [f"{indent}{GOOGLE}Timestamp {name} = {number};"]
        if chance < 0.35:
            wrapper = rnd.choice(list(WRAPPERS))
            kind = WRAPPERS[wrapper]
            self.columns.append(Column(here, wrapper, SCALARS[kind], True))
            return [f"{indent}{GOOGLE}{wrapper} {name} = {number};"]
        if chance < 0.4:
            return [f"{indent}repeated int32 {name} = {number};"]  # which no column fills
        optional = rnd.random() < 0.4
        word = "optional " if optional else ""
        if chance < 0.5:
            symbols = [f"{name.upper()}_S{i}" for i in range(rnd.randrange(1, 5))]
            values = {symbol: i * 1000 - (1 if i == 2 else 0) for i, symbol in enumerate(symbols)}

            def symbol(rnd: random.Random) -> Cell:
                chosen = rnd.choice(symbols)
                return chosen, values[chosen]

            self.columns.append(Column(here, "enum", symbol, optional))
            kind = f"E_{name}"
            inside = " ".join(f"{key} = {value};" for key, value in values.items())
            defined = f"{indent}enum {kind} {{ {inside} }}"
            return [defined, f"{indent}{word}{kind} {name} = {number};"]
        kind = rnd.choice(list(SCALARS))
        self.columns.append(Column(here, kind, SCALARS[kind], optional))
        return [f"{indent}{word}{kind} {name} = {number};"]


def json_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


IS_TEXT = {"string", "bytes", "StringValue", "BytesValue"}


def row_of(rnd: random.Random, columns: list[Column]) -> tuple[list[str], dict[Place, Any]]:
    chosen = {column.oneof: rnd.choice([0, 1, 2]) for column in columns if column.oneof}
    cells, row = [], {}
    for column in columns:
        null = column.may_be_null and rnd.random() < 0.2
        if column.oneof:
            null = chosen[column.oneof] != int(column.path[-1][1:])
        cell, value = column.make(rnd)
        if column.oneof and not null and cell == "":
            cell, value = "x", column.value_of_x()
        if null:
            cell = NULL if column.type in IS_TEXT and not column.oneof else rnd.choice(["", NULL])
        else:
            row[column.path] = value
        cells.append(cell)
    return cells, row


def random_proto_table(seed: int, rows: int) -> ProtoTable:
    rnd = random.Random(seed)
    drawing = Drawing(rnd)
    body = drawing.message("Row", (), "")
    if not drawing.columns:
        return random_proto_table(seed + 100_000, rows)
    package = rnd.choice(["", "random.n1"])
    is_first = rnd.random() < 0.6
    others = "message Other { int32 a = 1; }\n"
    head = 'syntax = "proto3";\n' + (f"package {package};\n" if package else "")
    head += 'import "google/protobuf/timestamp.proto";\nimport "google/protobuf/wrappers.proto";\n'
    schema = head + (body + "\n" + others if is_first else others + body + "\n")
    columns = list(drawing.columns)
    rnd.shuffle(columns)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = []
    for column in columns:
        use_json = rnd.random() < 0.3
        names.append(".".join(map(json_name, column.path) if use_json else column.path))
    writer.writerow([*names])
    expected = []
    for _ in range(rows):
        cells, row = row_of(rnd, columns)
        if cells == [""]:  # would be a line without a row
            only = columns[0]
            cells, row = [NULL], {}
            if not only.may_be_null:
                cells, row = ["x"], {only.path: only.value_of_x()}
        writer.writerow(cells)
        expected.append(row)
    full = f"{package}.Row" if package else "Row"
    return ProtoTable(schema, full, is_first, out.getvalue(), expected)


def message_class(schema: str, name: str) -> type[Message]:
    """Compiled by Google's compiler, read by their library."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "schema.proto").write_text(schema)
        known = importlib.resources.files("grpc_tools") / "_proto"
        words = ["protoc", f"-I{folder}", f"-I{known}", f"--descriptor_set_out={folder}/out",
                 "--include_imports", "schema.proto"]
        assert protoc.main(words) == 0, schema
        files = descriptor_pb2.FileDescriptorSet.FromString((Path(folder) / "out").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def message_of(made: type[Message], row: dict[Place, Any]) -> Message:
    """As a program that writes messages would build it: a part is there if a cell of it is."""
    message = made()
    there = {path[:n] for path, value in row.items() if value not in ("", b"")
             for n in range(len(path))}  # fmt: skip
    for path, value in row.items():
        if path[:-1] not in there and len(path) > 1:
            continue
        part = message
        for step in path[:-1]:
            part = getattr(part, step)
            part.SetInParent()
        name = path[-1]
        kind = part.DESCRIPTOR.fields_by_name[name].message_type
        if kind is None:
            setattr(part, name, value)
            continue
        inner = getattr(part, name)
        inner.SetInParent()
        if kind.name == "Timestamp":
            inner.seconds, inner.nanos = value
        else:
            inner.value = value
    return message
