"""Random schemas and rows, and the readers that others have: what they see are the cells.

ONCELOAD_TEST_TABLES=200 ONCELOAD_TEST_TABLE_ROWS=1000 is the whole of it; by default a sample.
"""

from __future__ import annotations

import decimal
import json
import os
import subprocess
from pathlib import Path

import pytest
from apicurio import Apicurio
from avro_rows import NULL, random_table
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from json_rows import random_json_table
from onceload_runner import BINARY, DONE
from proto_rows import message_class, message_of, random_proto_table

TABLES = int(os.environ.get("ONCELOAD_TEST_TABLES", "30"))
TABLE_ROWS = int(os.environ.get("ONCELOAD_TEST_TABLE_ROWS", "200"))
SEED = int(os.environ.get("ONCELOAD_TEST_SEED", "1"))
NUMBERS = range(SEED, SEED + TABLES)


@pytest.fixture
def client(apicurio: Apicurio) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": apicurio.url})


def messages_of(csv: str, folder: Path, *words: object) -> list[bytes]:
    """The values that a plan makes of the rows."""
    path = folder / "rows.csv"
    path.write_text(csv)
    given = ("plan", "--json", "--null", NULL, "--messages", TABLE_ROWS, *words, path)
    command = [str(word) for word in (BINARY, *given)]
    done = subprocess.run(command, text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == DONE, f"{words}: {done.stdout[:500]}{done.stderr}"
    return [bytes.fromhex(message["value_hex"]) for message in json.loads(done.stdout)["messages"]]


def test_avro(apicurio: Apicurio, client: SchemaRegistryClient, tmp_path: Path) -> None:
    decimal.getcontext().prec = 60
    for number in NUMBERS:
        table, topic = random_table(number, TABLE_ROWS), f"avro-{number}"
        client.register_schema(f"{topic}-value", Schema(json.dumps(table.schema), "AVRO"))
        words = ("--value-format", "avro", "--use-latest", "--schema-registry", apicurio.url)
        read, context = AvroDeserializer(client), SerializationContext(topic, MessageField.VALUE)
        found = [read(data, context) for data in messages_of(table.csv, tmp_path, *words,
                                                             "-t", topic)]  # fmt: skip
        assert found == table.rows, f"table {number}"


def test_json_schema(apicurio: Apicurio, client: SchemaRegistryClient, tmp_path: Path) -> None:
    """This reader holds each value against the schema itself."""
    for number in NUMBERS:
        table, topic = random_json_table(number, TABLE_ROWS), f"json-{number}"
        client.register_schema(f"{topic}-value", Schema(json.dumps(table.schema), "JSON"))
        words = ("--value-format", "json-schema", "--use-latest", "--schema-registry",
                 apicurio.url, "--nested")
        read = JSONDeserializer(None, schema_registry_client=client)
        context = SerializationContext(topic, MessageField.VALUE)
        found = [read(data, context) for data in messages_of(table.csv, tmp_path, *words,
                                                             "-t", topic)]  # fmt: skip
        assert found == table.rows, f"table {number}"


def test_protobuf(apicurio: Apicurio, client: SchemaRegistryClient, tmp_path: Path) -> None:
    """The reader's classes are made by Google's compiler. Their own serializer writes the same."""
    for number in NUMBERS:
        table, topic = random_proto_table(number, TABLE_ROWS), f"proto-{number}"
        client.register_schema(f"{topic}-value", Schema(table.schema, "PROTOBUF"))
        words = ("--value-format", "protobuf", "--use-latest", "--schema-registry", apicurio.url,
                 "--schema-message", table.message)
        made = message_class(table.schema, table.message)
        read, context = ProtobufDeserializer(made, {}), SerializationContext(
            topic, MessageField.VALUE
        )
        data = messages_of(table.csv, tmp_path, *words, "-t", topic)
        wanted = [message_of(made, row) for row in table.rows]
        assert [read(message, context) for message in data] == wanted, f"table {number}"
        framing = 6 if table.is_first else 7
        assert [message[framing:] for message in data] == [
            message.SerializeToString(deterministic=True) for message in wanted
        ]
