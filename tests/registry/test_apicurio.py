"""A real registry, and readers of others: scripts/test registry."""

from __future__ import annotations

import json
import os
import random
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apicurio import Apicurio
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from onceload_runner import DONE, USAGE, Scene, assert_fails, rows_csv
from proto_rows import message_class

KILLS = int(os.environ.get("ONCELOAD_TEST_KILLS", "20"))
SEED = int(os.environ.get("ONCELOAD_TEST_SEED", "1"))
AVRO = ("--value-format", "avro")
PROTOBUF = ("--value-format", "protobuf")


@pytest.fixture
def client(apicurio: Apicurio) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": apicurio.url})


def set_compatibility(apicurio: Apicurio, subject: str, level: str) -> None:
    body = json.dumps({"compatibility": level}).encode()
    request = urllib.request.Request(
        f"{apicurio.url}/config/{subject}", body, {"Content-Type": "application/json"}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()


def read_all(scene: Scene, client: SchemaRegistryClient) -> Iterator[tuple[Any, Any]]:
    read_key, read_value = AvroDeserializer(client), AvroDeserializer(client)
    for partition in range(scene.kafka.partitions(scene.topic)):
        for message in scene.kafka.messages(scene.topic, partition):
            headers = message.headers()
            key = SerializationContext(scene.topic, MessageField.KEY, headers)
            value = SerializationContext(scene.topic, MessageField.VALUE, headers)
            yield read_key(message.key(), key), read_value(message.value(), value)


@pytest.mark.parametrize("framing", ["prefix", "header"])
def test_confluents_reader_reads_a_load(
    scene: Scene, apicurio: Apicurio, client: SchemaRegistryClient, framing: str
) -> None:
    path = scene.write(rows_csv(500))
    # Confluent's reader refuses what is shorter than six bytes, also where a header has the id.
    words = (*AVRO, "--register", "--key", "text", "--key-format", "avro", "--type", "id=integer")
    words = (*words, "--schema-registry", apicurio.url, "--schema-framing", framing)
    result = scene.load(*words, path)
    assert result.code == DONE, result
    found = sorted((value["id"], key) for key, value in read_all(scene, client))
    assert found == [(n, f"text {n} é") for n in range(1, 501)]
    assert scene.verify("--source", path).code == DONE


def test_an_incompatible_schema_is_refused(scene: Scene, apicurio: Apicurio) -> None:
    path = scene.write(rows_csv(5))
    words = (*AVRO, "--register", "--schema-registry", apicurio.url)
    assert scene.load(*words, path).code == DONE
    set_compatibility(apicurio, f"{scene.topic}-value", "BACKWARD")
    result = scene.load(*words, "--type", "user=json", "--name", "b", "--again", "--rename",
                        "text=words", path)
    assert_fails(result, USAGE, "not compatible", "--use-latest")
    result = scene.load(*AVRO, "--schema-registry", apicurio.url, "--name", "c", "--again",
                        "--rename", "text=words", path)
    assert_fails(result, USAGE, "not registered", "--register")


# Of each format: value and key, and types that make bytes of their own.
FORMATS = {
    "avro": ("--type", "id=integer"),
    "json-schema": ("--type", "id=integer"),
    "protobuf": ("--type", "id=integer"),
}


def schema_of(registry: Apicurio, subject: str) -> dict[str, Any]:
    url = f"{registry.url}/subjects/{subject}/versions/latest"
    with urllib.request.urlopen(url, timeout=30) as answer:
        schema: dict[str, Any] = json.loads(answer.read())
    return schema


@pytest.mark.parametrize("kind", list(FORMATS))
def test_kills_and_a_registry_that_is_gone(scene: Scene, tmp_path: Path, kind: str) -> None:
    rows = 60_000
    formats = ("--value-format", kind, "--key", "user", "--key-format", kind, *FORMATS[kind])
    registry = Apicurio(tmp_path / "log")
    try:
        path = scene.write(rows_csv(rows))
        words = (*formats, "--register", "--schema-registry", registry.url, "--chunk-rows", 1000)
        scene.crash("after_claim:1", *words, path)
        found = {part: schema_of(registry, f"{scene.topic}-{part}") for part in ("value", "key")}
    finally:
        registry.stop()
    draw = random.Random(SEED)
    for kill in range(KILLS):
        run = scene.start(*words, *(("--max-rate", 20_000) if kill < KILLS - 1 else ()), path)
        run.kill_within(draw.uniform(0.2, 3.0))
    assert scene.load(*words, path, seconds=300).code == DONE
    assert scene.verify("--source", path).code == DONE

    quiet = Scene("quiet", tmp_path, scene.kafka)
    quiet.state = tmp_path / "quiet.db"
    scene.topics.append(quiet.topic)
    scene.kafka.create(quiet.topic)
    given: list[object] = [*formats]
    for part, prefix in (("value", "--"), ("key", "--key-")):
        file = tmp_path / f"{part}.schema"
        file.write_text(found[part]["schema"])
        given += [f"{prefix}schema", file, f"{prefix}schema-id", found[part]["id"]]
    assert quiet.load(*given, "--again", path).code == DONE
    total = 0
    for partition in range(scene.kafka.partitions(scene.topic)):
        records = scene.kafka.records(scene.topic, partition)
        assert records == scene.kafka.records(quiet.topic, partition)
        total += len(records)
    assert total == rows


@pytest.mark.parametrize("framing", ["prefix", "header"])
def test_confluents_reader_reads_a_load_of_protobuf(
    scene: Scene, apicurio: Apicurio, framing: str
) -> None:
    path = scene.write(rows_csv(500))
    words = (*PROTOBUF, "--register", "--key", "text", "--key-format", "protobuf", "--type",
             "id=integer", "--schema-registry", apicurio.url, "--schema-framing", framing)
    result = scene.load(*words, path)
    assert result.code == DONE, result
    read = {}
    for part in ("value", "key"):
        text = schema_of(apicurio, f"{scene.topic}-{part}")["schema"]
        name = re.findall(r"message (\w+)", text)[0]
        read[part] = ProtobufDeserializer(message_class(text, name), {})
    found = []
    for partition in range(scene.kafka.partitions(scene.topic)):
        for message in scene.kafka.messages(scene.topic, partition):
            key, value = (
                read[part](data, SerializationContext(scene.topic, field, message.headers()))
                for part, field, data in (("key", MessageField.KEY, message.key()),
                                          ("value", MessageField.VALUE, message.value()))
            )
            found.append((value.id, key.text))
    assert sorted(found) == [(n, f"text {n} é") for n in range(1, 501)]
    assert scene.verify("--source", path).code == DONE


def test_confluents_reader_reads_a_load_of_json(
    scene: Scene, apicurio: Apicurio, client: SchemaRegistryClient
) -> None:
    path = scene.write(rows_csv(500))
    words = ("--value-format", "json-schema", "--register", "--key", "id,text", "--key-format",
             "json-schema", "--type", "id=integer", "--schema-registry", apicurio.url)
    result = scene.load(*words, path)
    assert result.code == DONE, result
    read = JSONDeserializer(None, schema_registry_client=client)
    found = []
    for partition in range(scene.kafka.partitions(scene.topic)):
        for message in scene.kafka.messages(scene.topic, partition):
            key = read(message.key(), SerializationContext(scene.topic, MessageField.KEY))
            value = read(message.value(), SerializationContext(scene.topic, MessageField.VALUE))
            assert key == {"id": value["id"], "text": value["text"]}
            found.append(value["id"])
    assert sorted(found) == list(range(1, 501))
    assert scene.verify("--source", path).code == DONE


def test_a_schema_of_another_subject_is_refused(
    scene: Scene, apicurio: Apicurio, client: SchemaRegistryClient
) -> None:
    money = 'syntax = "proto3"; package shop; message Money { int64 cents = 1; }'
    client.register_schema("money", Schema(money, "PROTOBUF"))
    order = ('syntax = "proto3"; import "money.proto"; '
             "message Order { int64 id = 1; shop.Money sum = 2; }")
    refers = [SchemaReference("money.proto", "money", 1)]
    client.register_schema(f"{scene.topic}-value", Schema(order, "PROTOBUF", refers))
    path = scene.write(rows_csv(5))
    words = (*PROTOBUF, "--use-latest", "--schema-registry", apicurio.url)
    assert_fails(scene.load(*words, path), USAGE, "refers to schemas of other subjects")


@pytest.mark.parametrize("kind", ["avro", "protobuf"])
def test_a_schema_that_a_progress_record_cannot_hold_is_refused(
    scene: Scene, apicurio: Apicurio, kind: str
) -> None:
    doc = "x" * 1_100_000
    avro = {"type": "record", "name": "R", "doc": doc, "fields": [
        {"name": name, "type": "string"} for name in ("id", "user", "text")]}  # fmt: skip
    proto = (f'// {doc}\nsyntax = "proto3";\nmessage R {{ string id = 1; string user = 2; '
             "string text = 3; }")
    schema = scene.write(json.dumps(avro) if kind == "avro" else proto, "large.schema")
    path = scene.write(rows_csv(5))
    result = scene.load("--value-format", kind, "--schema", schema, "--schema-id", 7, path)
    assert_fails(result, USAGE, "do not fit a progress record", "max.message.bytes")
    assert scene.kafka.ends(scene.topic, "read_uncommitted") == [0] * scene.kafka.partitions(
        scene.topic
    )
