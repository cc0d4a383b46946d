"""Random Avro schemas, and rows of CSV that fit them, with the values a reader must see."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Cell = tuple[str, Any]  # its text, and the value
UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1)


def text(rnd: random.Random) -> str:
    alphabet = 'abc XYZ09,;"\'\n\té北🛒\\{}'
    return "".join(rnd.choice(alphabet) for _ in range(rnd.randrange(12)))


def integer(bits: int) -> Callable[[random.Random], Cell]:
    def make(rnd: random.Random) -> Cell:
        number = rnd.choice([0, 1, -1, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1])
        if rnd.random() < 0.8:
            number = rnd.randrange(-(2 ** rnd.randrange(1, bits)), 2 ** rnd.randrange(1, bits))
        return str(number), number

    return make


def double(rnd: random.Random) -> Cell:
    number = rnd.choice([0.0, 1e308, 5e-324, rnd.gauss(0, 1e6), rnd.random()])
    return repr(number), number


def single(rnd: random.Random) -> Cell:
    number = struct.unpack("<f", struct.pack("<f", rnd.gauss(0, 1000)))[0]
    return repr(number), number


def boolean(rnd: random.Random) -> Cell:
    truth = rnd.random() < 0.5
    return rnd.choice(["true", "TRUE", "1"] if truth else ["false", "False", "0"]), truth


def date(rnd: random.Random) -> Cell:
    day = dt.date(1, 1, 1) + dt.timedelta(days=rnd.randrange(3_652_058))
    return day.isoformat(), day


def time_of_day(micros: bool) -> Callable[[random.Random], Cell]:
    def make(rnd: random.Random) -> Cell:
        fraction = rnd.randrange(10**6) if micros else 1000 * rnd.randrange(1000)
        time = dt.time(rnd.randrange(24), rnd.randrange(60), rnd.randrange(60), fraction)
        return time.isoformat(), time

    return make


def instant(micros: bool, local: bool) -> Callable[[random.Random], Cell]:
    def make(rnd: random.Random) -> Cell:
        unit = 1 if micros else 1000
        micro = unit * rnd.randrange(-(2 * 10**15) // unit, 4 * 10**15 // unit)
        time = EPOCH + dt.timedelta(microseconds=micro)
        shown = time.isoformat(timespec="microseconds")
        if local:
            return shown, time
        return shown + rnd.choice(["", "Z"]), time.replace(tzinfo=UTC)

    return make


def decimal(precision: int, scale: int) -> Callable[[random.Random], Cell]:
    def make(rnd: random.Random) -> Cell:
        digits = rnd.randrange(1, precision + 1)
        number = Decimal(rnd.randrange(-(10**digits) + 1, 10**digits)).scaleb(-scale)
        return f"{number:f}", number

    return make


def guid(rnd: random.Random) -> Cell:
    value = uuid.UUID(int=rnd.getrandbits(128))
    return str(value), value


@dataclass
class Kinds:
    """Types by number, with names of their own."""

    rnd: random.Random
    named: int = 0

    def name(self) -> str:
        self.named += 1
        return f"T{self.named}"

    def any(self) -> tuple[Any, Callable[[random.Random], Cell]]:
        rnd = self.rnd
        precision = rnd.randrange(1, 40)
        scale = rnd.randrange(0, precision + 1)

        def logical(of: str, name: str, **more: Any) -> dict[str, Any]:
            return {"type": of, "logicalType": name, **more}

        def fixed(size: int, **more: Any) -> dict[str, Any]:
            return {"type": "fixed", "name": self.name(), "size": size, **more}

        symbols = [f"S{i}" for i in range(rnd.randrange(1, 80))]
        size = rnd.randrange(1, 9)
        amount = {"precision": precision, "scale": scale}

        def symbol(rnd: random.Random) -> Cell:
            chosen = rnd.choice(symbols)
            return chosen, chosen

        def octets(rnd: random.Random) -> Cell:
            cell = "".join(rnd.choice("abc;9 ") for _ in range(size))
            return cell, cell.encode()

        def own(rnd: random.Random) -> Cell:
            cell = text(rnd)
            return cell, cell

        choices: list[Callable[[], tuple[Any, Callable[[random.Random], Cell]]]] = [
            lambda: ("int", integer(32)),
            lambda: ("long", integer(64)),
            lambda: ("float", single),
            lambda: ("double", double),
            lambda: ("boolean", boolean),
            lambda: ("string", own),
            lambda: ("bytes", octets),
            lambda: (fixed(size), octets),
            lambda: ({"type": "enum", "name": self.name(), "symbols": symbols}, symbol),
            lambda: (logical("bytes", "decimal", **amount), decimal(precision, scale)),
            lambda: (fixed(17, logicalType="decimal", **amount), decimal(precision, scale)),
            lambda: (logical("int", "date"), date),
            lambda: (logical("int", "time-millis"), time_of_day(False)),
            lambda: (logical("long", "time-micros"), time_of_day(True)),
            lambda: (logical("long", "timestamp-millis"), instant(False, False)),
            lambda: (logical("long", "timestamp-micros"), instant(True, False)),
            lambda: (logical("long", "local-timestamp-millis"), instant(False, True)),
            lambda: (logical("long", "local-timestamp-micros"), instant(True, True)),
            lambda: (logical("string", "uuid"), guid),
        ]
        return rnd.choice(choices)()


@dataclass
class Table:
    schema: dict[str, Any]
    csv: str
    rows: list[dict[str, Any]]  # as a reader sees them
    columns: list[str] = field(default_factory=list)


NULL = "NULL"


def nullable(rnd: random.Random, make: Callable[[random.Random], Cell]) -> Callable[..., Cell]:
    return lambda r: (NULL, None) if r.random() < 0.2 else make(r)


def random_table(seed: int, rows: int) -> Table:
    rnd = random.Random(seed)
    kinds = Kinds(rnd)
    makers: dict[str, tuple[tuple[str, ...], Callable[[random.Random], Cell]]] = {}
    constants: dict[tuple[str, ...], Any] = {}

    def field_of(name: str, path: tuple[str, ...], depth: int) -> dict[str, Any]:
        here = (*path, name)
        if depth < 2 and rnd.random() < 0.15:
            inner = [field_of(f"m{i}", here, depth + 1) for i in range(rnd.randrange(1, 4))]
            return {"name": name, "type": {"type": "record", "name": kinds.name(), "fields": inner}}
        if rnd.random() < 0.1:
            constants[here] = 7
            return {"name": name, "type": ["int", "null"], "default": 7}
        type_, make = kinds.any()
        entry = {"name": name, "type": type_}
        if rnd.random() < 0.4:
            make = nullable(rnd, make)
            entry["type"] = rnd.choice([["null", type_], [type_, "null"]])
        column = ".".join(here)
        if rnd.random() < 0.2:
            entry["aliases"] = ["other_" + name]
            column = ".".join((*path, "other_" + name))
        makers[column] = (here, make)
        return entry

    fields = [field_of(f"f{i}", (), 0) for i in range(rnd.randrange(1, 12))]
    makers["last"] = (("last",), lambda r: ("x", "x"))
    fields.append({"name": "last", "type": "string"})
    schema = {"type": "record", "name": "Row", "namespace": "random.n1", "fields": fields}
    columns = list(makers)
    rnd.shuffle(columns)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    expected = []
    for _ in range(rows):
        row: dict[str, Any] = {}
        cells = []
        for path, value in constants.items():
            put(row, path, value)
        for column in columns:
            path, make = makers[column]
            cell, value = make(rnd)
            cells.append(cell)
            put(row, path, value)
        writer.writerow(cells)
        expected.append(row)
    return Table(schema, out.getvalue(), expected, columns)


def put(row: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        row = row.setdefault(name, {})
    row[path[-1]] = value
