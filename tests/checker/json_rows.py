"""Random JSON Schemas, and rows of CSV that fit them, with the values a reader must see."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from avro_rows import NULL, Cell, boolean, double, integer, put, text


def own(rnd: random.Random) -> Cell:
    cell = text(rnd)
    return cell, cell


def listed(rnd: random.Random) -> Cell:
    value = [rnd.choice([None, 1, -2.5, "é\n", {"a": []}]) for _ in range(rnd.randrange(4))]
    return json.dumps(value), value


def thing(rnd: random.Random) -> Cell:
    value = {text(rnd): rnd.randrange(9) for _ in range(rnd.randrange(3))}
    return json.dumps(value, ensure_ascii=False), value


@dataclass
class JsonTable:
    schema: dict[str, Any]
    csv: str
    rows: list[dict[str, Any]]


def kind_of(rnd: random.Random) -> tuple[dict[str, Any], Callable[[random.Random], Cell]]:
    symbols = [f"s {i}" for i in range(rnd.randrange(1, 9))]

    def symbol(rnd: random.Random) -> Cell:
        chosen = rnd.choice(symbols)
        return chosen, chosen

    return rnd.choice([
        ({"type": "integer"}, integer(64)),
        ({"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}, integer(32)),
        ({"type": "number"}, double),
        ({"type": "boolean"}, boolean),
        ({"type": "string"}, own),
        ({"type": "string", "maxLength": 12}, own),
        ({"type": "string", "enum": symbols}, symbol),
        ({"type": "array", "maxItems": 3}, listed),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, thing),
    ])  # fmt: skip


def random_json_table(seed: int, rows: int) -> JsonTable:
    rnd = random.Random(seed)
    makers: dict[tuple[str, ...], Callable[[random.Random], Cell]] = {}

    def whole(path: tuple[str, ...]) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for i in range(rnd.randrange(1, 8)):
            name = rnd.choice(["p{}", "a b {}", "é{}", 'q"{}']).format(i)
            if len(path) < 2 and rnd.random() < 0.15:
                properties[name] = whole((*path, name))
                continue
            schema, make = kind_of(rnd)
            if rnd.random() < 0.4 and "enum" not in schema:
                schema = {**schema, "type": [schema["type"], "null"]}
                makers[(*path, name)] = nullable(make)
            else:
                makers[(*path, name)] = make
            properties[name] = schema
        return {"type": "object", "properties": properties, "required": list(properties),
                "additionalProperties": False}  # fmt: skip

    draft = rnd.choice(["http://json-schema.org/draft-07/schema#",
                        "https://json-schema.org/draft/2020-12/schema"])  # fmt: skip
    schema = {"$schema": draft, "title": "Row", **whole(())}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([".".join(path) for path in makers] + ["last"])
    schema["properties"]["last"] = {"type": "string"}
    expected = []
    for _ in range(rows):
        row: dict[str, Any] = {}
        cells = []
        for path, make in makers.items():
            cell, value = make(rnd)
            cells.append(cell)
            put(row, path, value)
        row["last"] = "x"
        writer.writerow([*cells, "x"])
        expected.append(row)
    return JsonTable(schema, out.getvalue(), expected)


def nullable(make: Callable[[random.Random], Cell]) -> Callable[[random.Random], Cell]:
    return lambda rnd: (NULL, None) if rnd.random() < 0.2 else make(rnd)
