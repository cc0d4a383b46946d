"""Loads by schemas of a registry: frozen with the claim, so that nobody needs it afterwards."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fake_registry import FakeRegistry
from onceload_runner import DONE, KAFKA, USAGE, Scene, assert_fails, rows_csv

ROWS = 3000
AVRO = ("--value-format", "avro")
SMALL = ("--chunk-rows", 500)


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    yield registry
    registry.close()


def messages(scene: Scene) -> list[list[tuple[bytes | None, bytes | None]]]:
    return [scene.kafka.records(scene.topic, p) for p in range(scene.kafka.partitions(scene.topic))]


def decoded(registry: FakeRegistry, data: bytes) -> Any:
    known = registry.schemas[int.from_bytes(data[1:5], "big")]
    schema = fastavro.parse_schema(json.loads(known["schema"]))
    return fastavro.schemaless_reader(io.BytesIO(data[5:]), schema, None)


def test_a_load_is_read_back_and_proven_without_the_registry(
    scene: Scene, registry: FakeRegistry
) -> None:
    path = scene.write(rows_csv(ROWS))
    words = (*AVRO, "--type", "id=integer", "--key", "id", "--key-format", "avro", "--register")
    result = scene.load("--schema-registry", registry.url, *words, path)
    assert result.code == DONE, result
    assert set(registry.subjects) == {f"{scene.topic}-value", f"{scene.topic}-key"}
    found = sorted(
        (decoded(registry, key), decoded(registry, value))
        for partition in messages(scene)
        for key, value in partition
        if key and value
    )
    assert found == [
        (n, {"id": n, "user": f"user-{n % 7}", "text": f"text {n} é"}) for n in range(1, ROWS + 1)
    ]
    registry.close()
    for audit in (("--source", path), ()):
        result = scene.verify("--name", f"{scene.topic}/rows.csv", *audit)
        assert result.code == DONE, result


@pytest.mark.parametrize("ledger", ["kept", "lost"])
@pytest.mark.parametrize("failpoint", ["after_claim:1", "in_commit:2"])
def test_a_killed_load_goes_on_without_the_registry(
    scene: Scene, registry: FakeRegistry, failpoint: str, ledger: str, tmp_path: Path
) -> None:
    path = scene.write(rows_csv(ROWS))
    words = (*AVRO, "--key", "user", "--register", "--schema-registry", registry.url, *SMALL)
    scene.crash(failpoint, *words, path)
    registry.close()
    if ledger == "lost":
        scene.state.unlink()
    assert scene.load(*words, path).code == DONE
    assert scene.verify("--source", path).code == DONE
    quiet = Scene("quiet", tmp_path, scene.kafka)
    quiet.state = tmp_path / "quiet.db"
    scene.topics.append(quiet.topic)
    scene.kafka.create(quiet.topic)
    schema = tmp_path / "frozen.avsc"
    schema.write_text(registry.schemas[1]["schema"])
    given = (*AVRO, "--key", "user", "--schema", schema, "--schema-id", 1)
    assert quiet.load(*given, "--again", path).code == DONE
    assert messages(quiet) == messages(scene)


def test_a_registry_with_another_text_under_the_id_is_refused(
    scene: Scene, registry: FakeRegistry
) -> None:
    path = scene.write(rows_csv(ROWS))
    words = (*AVRO, "--schema-registry", registry.url, *SMALL, path)
    scene.crash("in_commit:2", "--register", *words)
    registry.schemas[1]["schema"] = '"string"'
    assert_fails(scene.load(*words), USAGE, "another text under the id")
    assert_fails(scene.load("--schema-id", 2, *words), USAGE, "by another schema than 2")
    result = scene.load("--schema-framing", "header", *words[:2], *words[4:])
    assert_fails(result, USAGE, "may not change during a load")
    # Where it is not given it is not asked.
    assert scene.load(*words[:2], *words[4:]).code == DONE
    assert scene.verify("--source", path).code == DONE


@pytest.mark.parametrize("status", [403, 422, 503])
def test_nothing_is_sent_where_the_registry_refuses(
    scene: Scene, registry: FakeRegistry, status: int
) -> None:
    path = scene.write(rows_csv(10))
    registry.status = status
    result = scene.load(*AVRO, "--register", "--schema-registry", registry.url, path)
    assert_fails(result, KAFKA if status == 503 else USAGE, "schema registry")
    assert sum(scene.kafka.ends(scene.topic)) == 0


def test_the_header_tells_the_schema(scene: Scene, registry: FakeRegistry) -> None:
    registry.guids = True
    path = scene.write(rows_csv(10))
    words = ("--schema-framing", "header", "--register", "--headers", "--key", "user")
    result = scene.load(*AVRO, *words, "--schema-registry", registry.url, path)
    assert result.code == DONE, result
    guid = bytes.fromhex(registry.schemas[1]["guid"].replace("-", ""))
    schema = fastavro.parse_schema(json.loads(registry.schemas[1]["schema"]))
    users = set()
    for partition in range(scene.kafka.partitions(scene.topic)):
        for message in scene.kafka.messages(scene.topic, partition):
            headers = dict(message.headers())
            assert headers["__value_schema_id"] == b"\1" + guid
            assert "onceload.row" in headers and "__key_schema_id" not in headers
            value = message.value()
            assert value is not None
            users.add(fastavro.schemaless_reader(io.BytesIO(value), schema, None)["user"])
    assert users == {f"user-{n}" for n in range(7)}
    assert scene.verify("--source", path).code == DONE


def test_the_registry_of_the_properties_file(scene: Scene, registry: FakeRegistry) -> None:
    path = scene.write(rows_csv(10))
    properties = scene.write(
        f"schema.registry.url={registry.url}\nbasic.auth.credentials.source=USER_INFO\n"
        "basic.auth.user.info=me:s3cret\n",
        "client.properties",
    )
    result = scene.load(*AVRO, "--register", "--command-config", properties, path)
    assert result.code == DONE, result
    assert registry.headers[-1]["Authorization"] == "Basic bWU6czNjcmV0"
    assert "passed over" not in result.stderr
    result = scene.load("--command-config", properties, "--name", f"{scene.topic}/json",
                        "--again", path)
    assert "passed over: schema.registry.url" in result.stderr


def certificates(home: Path) -> None:
    """ca.pem, and server.pem and client.pem with their keys, all of its making."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
    by = ("-CA", "ca.pem", "-CAkey", "ca.key")

    def make(name: str, *words: str) -> None:
        command = ["openssl", "req", "-x509", *curve, "-keyout", f"{name}.key", "-out",
                   f"{name}.crt", *words]
        subprocess.run(command, cwd=home, check=True, capture_output=True)
        both = (home / f"{name}.key").read_text() + (home / f"{name}.crt").read_text()
        (home / f"{name}.pem").write_text(both)

    make("ca", "-subj", "/CN=registry-ca")
    make("server", "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", *by)
    make("client", "-subj", "/CN=loader", *by)


def test_a_registry_with_its_own_ca_that_knows_us_by_certificate_and_token(
    scene: Scene, tmp_path: Path
) -> None:
    certificates(tmp_path)
    registry = FakeRegistry(tls=tmp_path)
    path = scene.write(rows_csv(10))
    words = (*AVRO, "--register", "--schema-registry", registry.url)
    try:
        result = scene.load(*words, path)
        assert_fails(result, USAGE, "cannot be asked", "certificate", "schema.registry.ssl")
        properties = scene.write(
            f"schema.registry.ssl.truststore.location={tmp_path}/ca.crt\n"
            f"schema.registry.ssl.keystore.location={tmp_path}/client.pem\n"
            "bearer.auth.credentials.source=STATIC_TOKEN\nbearer.auth.token=t0ken\n"
            "bearer.auth.logical.cluster=lsrc-1\n",
            "client.properties",
        )
        result = scene.load(*words, "--command-config", properties, path)
        assert result.code == DONE, result
        assert registry.headers[-1]["Authorization"] == "Bearer t0ken"
        assert registry.headers[-1]["target-sr-cluster"] == "lsrc-1"
    finally:
        registry.close()
