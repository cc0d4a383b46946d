"""A real registry, and readers of others: scripts/test registry."""

from __future__ import annotations

import decimal
import json
import os
import random
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apicurio import Apicurio
from avro_rows import NULL, random_table
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from onceload_runner import BINARY, DONE, USAGE, Scene, assert_fails, rows_csv

TABLES = int(os.environ.get("ONCELOAD_TEST_TABLES", "200"))
TABLE_ROWS = int(os.environ.get("ONCELOAD_TEST_TABLE_ROWS", "1000"))
KILLS = int(os.environ.get("ONCELOAD_TEST_KILLS", "20"))
SEED = int(os.environ.get("ONCELOAD_TEST_SEED", "1"))
AVRO = ("--value-format", "avro")


@pytest.fixture
def client(apicurio: Apicurio) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": apicurio.url})


def set_compatibility(apicurio: Apicurio, subject: str, level: str) -> None:
    body = json.dumps({"compatibility": level}).encode()
    request = urllib.request.Request(
        f"{apicurio.url}/config/{subject}", body, {"Content-Type": "application/json"}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()


def test_confluents_reader_reads_the_cells_of_random_tables(
    apicurio: Apicurio, client: SchemaRegistryClient, tmp_path: Path
) -> None:
    decimal.getcontext().prec = 60
    for number in range(SEED, SEED + TABLES):
        table = random_table(number, TABLE_ROWS)
        topic = f"random-{number}"
        client.register_schema(f"{topic}-value", Schema(json.dumps(table.schema), "AVRO"))
        path = tmp_path / "rows.csv"
        path.write_text(table.csv)
        words = ("--null", NULL, *AVRO, "--use-latest", "--schema-registry", apicurio.url, "-t",
                 topic, "--messages", TABLE_ROWS, "--json", path)
        command = [str(word) for word in (BINARY, "plan", *words)]
        done = subprocess.run(command, text=True, capture_output=True, timeout=120, check=False)
        assert done.returncode == DONE, f"table {number}: {done.stdout[:500]}{done.stderr}"
        read = AvroDeserializer(client)
        context = SerializationContext(topic, MessageField.VALUE)
        found = [
            read(bytes.fromhex(message["value_hex"]), context)
            for message in json.loads(done.stdout)["messages"]
        ]
        assert found == table.rows, f"table {number}"


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


def test_kills_and_a_registry_that_is_gone(
    scene: Scene, tmp_path: Path, client: SchemaRegistryClient
) -> None:
    rows = 60_000
    registry = Apicurio(tmp_path / "log")
    try:
        path = scene.write(rows_csv(rows))
        words = (*AVRO, "--register", "--key", "user", "--key-format", "avro", "--type",
                 "id=integer", "--schema-registry", registry.url, "--chunk-rows", 1000)
        scene.crash("after_claim:1", *words, path)
        url = f"{registry.url}/subjects/{scene.topic}"
        texts = {}
        for part in ("value", "key"):
            with urllib.request.urlopen(f"{url}-{part}/versions/latest", timeout=30) as answer:
                texts[part] = json.loads(answer.read())
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
    given: list[object] = [*AVRO, "--key", "user", "--key-format", "avro", "--type", "id=integer"]
    for part, prefix in (("value", "--"), ("key", "--key-")):
        file = tmp_path / f"{part}.avsc"
        file.write_text(texts[part]["schema"])
        given += [f"{prefix}schema", file, f"{prefix}schema-id", texts[part]["id"]]
    assert quiet.load(*given, "--again", path).code == DONE
    for partition in range(scene.kafka.partitions(scene.topic)):
        assert scene.kafka.records(scene.topic, partition) == scene.kafka.records(
            quiet.topic, partition
        )
