"""Values by a schema: their bytes, and what a registry may answer. Without brokers."""

from __future__ import annotations

import decimal
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest
from avro_rows import NULL, random_table
from fake_registry import FakeRegistry
from google.protobuf import json_format
from jsonschema import Draft7Validator
from onceload_runner import (
    BINARY,
    DIFFERENCES,
    DONE,
    KAFKA,
    ROOT,
    USAGE,
    Result,
    assert_fails,
)
from proto_rows import message_class, message_of, random_proto_table

CLICK = {
    "type": "record",
    "name": "Click",
    "namespace": "acme",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "user", "type": "string"},
        {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal",
                                            "precision": 12, "scale": 2}], "default": None},
    ],
}
CSV = "id,user,price\n7,Ada,12.34\n8,Bob,\n"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    yield registry
    registry.close()


@pytest.fixture
def click_csv(tmp_path: Path) -> Path:
    path = tmp_path / "clicks.csv"
    path.write_text(CSV)
    return path


def plan(*words: object) -> Result:
    command = [str(word) for word in (BINARY, "plan", "--json", *words)]
    env = {"HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, env=env, check=False)
    return Result(command, done.returncode, done.stdout, done.stderr, 0)


def decoded(result: Result, schema: dict[str, Any], number: int) -> list[Any]:
    """What fastavro reads of the messages, each behind the five bytes."""
    with decimal.localcontext() as context:
        context.prec = 60
        parsed = fastavro.parse_schema(json.loads(json.dumps(schema)))
        rows = []
        for message in result.json()["messages"]:
            data = bytes.fromhex(message["value_hex"])
            assert data[:5] == b"\0" + number.to_bytes(4, "big")
            stream = io.BytesIO(data[5:])
            rows.append(fastavro.schemaless_reader(stream, parsed, None))
            assert not stream.read(), "bytes are left over"
        return rows


TABLES = int(os.environ.get("ONCELOAD_TEST_TABLES", "25"))
TABLE_ROWS = int(os.environ.get("ONCELOAD_TEST_TABLE_ROWS", "100"))


def test_fastavro_reads_the_cells_of_random_tables(tmp_path: Path) -> None:
    seed = int(os.environ.get("ONCELOAD_TEST_SEED", "1"))
    for number in range(seed, seed + TABLES):
        table = random_table(number, TABLE_ROWS)
        schema, rows = tmp_path / "row.avsc", tmp_path / "rows.csv"
        schema.write_text(json.dumps(table.schema))
        rows.write_text(table.csv)
        given = ("--value-format", "avro", "--schema", schema, "--schema-id", number)
        result = plan("--null", NULL, *given, "--messages", TABLE_ROWS, rows)
        assert result.code == DONE, f"table {number}: {result}"
        assert decoded(result, table.schema, number) == table.rows, f"table {number}"


def test_googles_reader_reads_the_cells_of_random_tables(tmp_path: Path) -> None:
    """And their serializer, asked to be deterministic, writes the same bytes."""
    seed = int(os.environ.get("ONCELOAD_TEST_SEED", "1"))
    for number in range(seed, seed + TABLES):
        table = random_proto_table(number, TABLE_ROWS)
        schema, rows = tmp_path / "row.proto", tmp_path / "rows.csv"
        schema.write_text(table.schema)
        rows.write_text(table.csv)
        given = ("--value-format", "protobuf", "--schema", schema, "--schema-id", number,
                 "--schema-message", table.message)
        result = plan("--null", NULL, *given, "--messages", TABLE_ROWS, rows)
        assert result.code == DONE, f"table {number}: {result}"
        made = message_class(table.schema, table.message)
        wanted = [message_of(made, row) for row in table.rows]
        framing = b"\0" + number.to_bytes(4, "big") + (b"\0" if table.is_first else b"\2\2")
        found = [bytes.fromhex(message["value_hex"]) for message in result.json()["messages"]]
        assert found == [framing + row.SerializeToString(deterministic=True) for row in wanted]
        assert [made.FromString(data[len(framing):]) for data in found] == wanted


ITEM = 'syntax = "proto3"; message Item { int64 id = 1; google.protobuf.Timestamp at = 2; }'
TIMES = 'import "google/protobuf/timestamp.proto"; '


@pytest.mark.parametrize("kind", ["avro", "json-schema", "protobuf"])
def test_a_column_of_times_in_january_1970_is_told_of(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("at\n1569888000\n1569888001\n")
    words = ("--value-format", kind, "--type", "at=timestamp:epoch-ms", path)
    result = plan(*words)
    assert result.code == DONE, result
    (notice,) = result.json()["notices"]
    assert notice.startswith('column "at": all times so far lie in January 1970')


def test_a_cell_that_is_no_protobuf_is_a_rejected_row(tmp_path: Path) -> None:
    schema, path = tmp_path / "item.proto", tmp_path / "rows.csv"
    schema.write_text(ITEM.replace("message", TIMES + "message", 1))
    path.write_text("id,at\n1,2019-10-01T00:00:00Z\n9223372036854775808,\n,\n4,never\n5,\n")
    result = plan("--value-format", "protobuf", "--schema", schema, "--schema-id", 3, path)
    assert result.code == DIFFERENCES, result
    assert result.json()["rejected"] == 3
    first, second, third = result.json()["first_rejected"]
    assert "row 2" in first and 'column "id": "9223372036854775808" is no int64' in first
    assert 'column "id" is null' in second and "not optional" in second
    assert 'column "at": "never" is no google.protobuf.Timestamp' in third


def test_a_protobuf_schema_that_cannot_be_used_is_refused(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    schema, path = tmp_path / "item.proto", tmp_path / "rows.csv"
    path.write_text("id\n1\n")
    words = ("--value-format", "protobuf", "--schema", schema, "--schema-id", 3, path)
    schema.write_text(ITEM)
    assert_fails(plan(*words), USAGE, "no Protobuf schema", "google.protobuf.Timestamp")
    schema.write_text('syntax = "proto3"; import "money.proto"; message A { int64 id = 1; }')
    assert_fails(plan(*words), USAGE, "the schema imports money.proto", "holds all its types")
    schema.write_text("message A {\n  optional int64 = 1;\n}")
    result = plan(*words)
    assert_fails(result, USAGE, "line 2")
    assert "libprotobuf" not in result.stderr
    registry.add("shop-value", {"type": "string"})
    latest = ("--value-format", "protobuf", "--use-latest", "--schema-registry", registry.url)
    assert_fails(plan(*latest, "-t", "shop", path), USAGE, "is of type AVRO, not PROTOBUF")
    assert_fails(plan("--schema-message", "A", path), USAGE, "means nothing here", "protobuf")


def test_the_newest_schema_of_the_subject(registry: FakeRegistry, click_csv: Path) -> None:
    registry.add("shop-value", {**CLICK, "name": "Old"})
    number = registry.add("shop-value", CLICK)
    words = ("--schema-registry", registry.url, "--value-format", "avro", "--use-latest")
    result = plan(*words, "-t", "shop", click_csv)
    assert result.code == DONE, result
    assert decoded(result, CLICK, number) == [
        {"id": 7, "user": "Ada", "price": decimal.Decimal("12.34")},
        {"id": 8, "user": "Bob", "price": None},
    ]
    assert registry.asked == ["GET /subjects/shop-value/versions/latest"]


def test_columns_that_do_not_fit_are_told_before_the_first_row(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.add("shop-value", CLICK)
    path = tmp_path / "rows.csv"
    path.write_text("id,usr,price\n1,x,2\n")
    words = ("--schema-registry", registry.url, "--value-format", "avro", "--use-latest")
    result = plan(*words, "-t", "shop", "--type", "price=boolean", path)
    assert_fails(result, USAGE, 'field "user"', 'column "usr"', "did you mean user",
                 'column "price" is of type boolean', "decimal(12,2)", "--rename")
    assert plan(*words, "-t", "shop", "--rename", "usr=user", path).code == DONE


def test_a_cell_that_does_not_fit_is_a_rejected_row(tmp_path: Path) -> None:
    schema, path = tmp_path / "click.avsc", tmp_path / "rows.csv"
    schema.write_text(json.dumps(CLICK))
    path.write_text("id,user,price\n1,a,1.00\n9223372036854775808,b,\n3,c,1.005\n4,d,2\n")
    result = plan("--value-format", "avro", "--schema", schema, "--schema-id", 3, path)
    assert result.code == DIFFERENCES, result
    assert result.json()["rejected"] == 2
    first, second = result.json()["first_rejected"]
    assert "is no long" in first and "is no decimal(12,2)" in second


def test_the_schema_of_header_and_types_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,user name,at\n1,x,2019-10-01T00:00:00Z\n")
    command = [str(BINARY), "plan", "-t", "shop", "--value-format", "avro", "--print-schema",
               "--type", "id=integer", "--type", "at=timestamp", "--key", "id",
               "--key-format", "avro", str(path)]
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, check=True)
    value, key = done.stdout.splitlines()
    parsed = fastavro.parse_schema(json.loads(value))
    assert [field["name"] for field in parsed["fields"]] == ["id", "user_name", "at"]
    assert json.loads(key) == "long"


@pytest.mark.parametrize(
    ("status", "code", "parts"),
    [
        (401, USAGE, ("does not know who we are", "basic.auth.user.info")),
        (403, USAGE, ("does not allow",)),
        (404, USAGE, ("does not have what is needed", "shop-value")),
        (409, USAGE, ("not compatible", "--use-latest")),
        (422, USAGE, ("does not take the schema",)),
        (503, KAFKA, ("no schema registry answers", "HTTP 503", "as the test wants")),
    ],
)
def test_what_a_registry_refuses_is_said_within_seconds(
    registry: FakeRegistry, click_csv: Path, status: int, code: int, parts: tuple[str, ...]
) -> None:
    registry.status = status
    words = ("--schema-registry", registry.url, "--value-format", "avro", "--use-latest")
    assert_fails(plan(*words, "-t", "shop", click_csv), code, *parts)


def test_a_registry_that_is_down_or_slow_is_not_waited_for(
    registry: FakeRegistry, click_csv: Path
) -> None:
    words = ("--value-format", "avro", "--use-latest", "-t", "shop", click_csv)
    dead = FakeRegistry()
    dead.close()
    assert_fails(plan("--schema-registry", dead.url, *words), KAFKA, "no schema registry answers")
    registry.delay = 30
    assert_fails(plan("--schema-registry", registry.url, *words), KAFKA, "timed out")
    registry.delay = 0
    registry.add("shop-value", CLICK)
    both = f"{dead.url},{registry.url}/"
    assert plan("--schema-registry", both, *words).code == DONE


def test_what_is_no_registry_is_named(registry: FakeRegistry, click_csv: Path) -> None:
    words = ("--value-format", "avro", "-t", "shop", click_csv)
    assert_fails(plan("--schema-registry", "registry:8081", "--use-latest", *words), USAGE, "URL")
    registry.add("shop-value", "not even JSON")
    result = plan("--schema-registry", registry.url, "--use-latest", *words)
    assert_fails(result, USAGE, "no Avro schema", "no JSON")
    number = registry.add("shop-value", '{"type": "object"}', "JSON")
    result = plan("--schema-registry", registry.url, "--schema-id", number, *words)
    assert_fails(result, USAGE, "of type JSON, not AVRO")


def test_an_id_and_a_file_that_say_different_things(
    registry: FakeRegistry, click_csv: Path, tmp_path: Path
) -> None:
    number = registry.add("shop-value", CLICK)
    schema = tmp_path / "click.avsc"
    schema.write_text(json.dumps({**CLICK, "name": "Other"}))
    words = ("--schema-registry", registry.url, "--value-format", "avro", "--schema-id", number)
    assert_fails(plan(*words, "--schema", schema, click_csv), USAGE, f"schema {number} is not")
    schema.write_text(json.dumps({"doc": "the same", **CLICK}, indent=4))
    assert plan(*words, "--schema", schema, click_csv).code == DONE


def test_options_that_contradict_each_other(click_csv: Path) -> None:
    words = ("--schema-registry", "http://127.0.0.1:1", "--value-format", "avro", click_csv)
    for option in ("--use-latest", "--register"):
        assert_fails(plan(option, "--schema-id", 1, *words), USAGE, option, "--schema-id")
    assert_fails(plan("--use-latest", "--register", *words), USAGE, "does not go with --register")
    assert_fails(plan("--use-latest", click_csv), USAGE, "means nothing here", "--value-format")
    assert_fails(plan("--key-format", "avro", *words), USAGE, "there are none", "--key")


def test_user_and_password_of_the_url(registry: FakeRegistry, click_csv: Path) -> None:
    registry.add("shop-value", CLICK)
    url = registry.url.replace("http://", "http://me:s3cret@")
    words = ("--value-format", "avro", "--use-latest", "-t", "shop", click_csv)
    assert plan("--schema-registry", url, *words).code == DONE
    assert registry.headers[-1]["Authorization"] == "Basic bWU6czNjcmV0"
    registry.status = 401
    result = plan("--schema-registry", url, *words)
    assert_fails(result, USAGE, "does not know who we are")
    assert "s3cret" not in result.stderr


EXAMPLE = re.compile(
    r"```text\nschema (.*?)\n(?:message (\S+)\n)?id +(\d+)\nrow +(.*?)\n"
    r"(?:columns (\S+)\n)?value +(.*?)\n```",
    re.S,
)


def named(text: str, columns: str) -> tuple[str, list[str]]:
    """The format of a schema, and the columns of its rows."""
    if "syntax" in text:
        return "protobuf", columns.split(",") if columns else re.findall(r"(\w+) = \d+;", text)
    schema = json.loads(text)
    if "fields" in schema:
        return "avro", [field["name"] for field in schema["fields"]]
    return "json-schema", list(schema["properties"])


def test_the_examples_of_the_document(tmp_path: Path) -> None:
    document = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    examples = EXAMPLE.findall(document)
    assert len(examples) == document.count("```text\nschema ") == 4
    for text, message, number, row, columns, value in examples:
        kind, names = named(text, columns)
        (tmp_path / "x.schema").write_text(text)
        path = tmp_path / "rows.csv"
        path.write_text(",".join(names) + f"\n{row}\n")
        given = ("--schema", tmp_path / "x.schema", "--schema-id", number)
        if message:
            given = (*given, "--schema-message", message)
        result = plan("--value-format", kind, *given, path)
        assert result.code == DONE, result
        data = result.json()["messages"][0]["value_hex"]
        assert data == re.sub(r"[ |]", "", value)
        if kind == "avro":
            read = decoded(result, json.loads(text), int(number))[0]
        elif kind == "json-schema":
            read = json.loads(bytes.fromhex(data)[5:])
        else:
            made = message_class(text, message or re.findall(r"message (\w+)", text)[0])
            payload = bytes.fromhex(data)[7 if message else 6 :]
            read = json_format.MessageToDict(made.FromString(payload))
        assert [str(read[name]) for name in names[:2]] == row.split(",")[:2]


ORDER = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "paid": {"type": ["boolean", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["id"],
    "additionalProperties": False,
}


def test_rows_are_checked_against_a_json_schema(registry: FakeRegistry, tmp_path: Path) -> None:
    number = registry.add("shop-value", ORDER, "JSON")
    path = tmp_path / "rows.csv"
    path.write_text('id,paid,tags\n7,true,"[""a""]"\n0,,[]\n9,,[1]\nx,,[]\n')
    words = ("--value-format", "json-schema", "--schema-registry", registry.url, "-t", "shop")
    result = plan(*words, "--use-latest", path)
    assert result.code == DIFFERENCES, result
    plain = '{"id":7,"paid":true,"tags":["a"]}'
    data = b"\0" + number.to_bytes(4, "big") + plain.encode()
    assert [message["value_hex"] for message in result.json()["messages"]] == [data.hex()]
    told = result.json()["first_rejected"]
    assert "/id:" in told[0] and "/tags/0:" in told[1] and "is no integer" in told[2]
    header = plan(*words, "--use-latest", "--schema-framing", "header", path)
    assert header.json()["messages"][0]["value"] == plain
    named = plan(*words, "--use-latest", "--rename", "id=no", "--type", "tags=boolean", path)
    assert_fails(named, USAGE, 'no property for column "no"', "which is required",
                 'column "tags" is of type boolean')


def test_the_json_schema_of_header_and_types(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,at,text\n1,2019-10-01T00:00:00Z,x\n")
    words = ("-t", "shop", "--value-format", "json-schema", "--type", "id=integer", "--type",
             "at=timestamp", str(path))
    command = [str(BINARY), "plan", "--print-schema", *words]
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, check=True)
    Draft7Validator.check_schema(json.loads(done.stdout))
    (tmp_path / "x.json").write_text(done.stdout)
    result = plan(*words, "--schema", tmp_path / "x.json", "--schema-id", 1)
    assert result.code == DONE, result
    value = json.loads(bytes.fromhex(result.json()["messages"][0]["value_hex"])[5:])
    Draft7Validator(json.loads(done.stdout)).validate(value)
