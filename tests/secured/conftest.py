"""A cluster with every kind of security, and what its clients need: see scripts/cluster."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from onceload_runner import CLUSTER_DIR, Kafka, Scene, cluster
from token_server import TokenServer

TLS = CLUSTER_DIR / "tls"
TOKEN = CLUSTER_DIR / "token"


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    os.environ["ONCELOAD_CLUSTER_SECURED"] = "1"
    if not (TOKEN / "jwks.json").exists():
        cluster("down")
    cluster("up")
    kafka = Kafka()
    yield kafka
    kafka.close()


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, kafka: Kafka) -> Iterator[Scene]:
    scene = Scene(request.node.name, tmp_path, kafka)
    kafka.create(scene.topic)
    yield scene
    scene.end()


@pytest.fixture(scope="session")
def tokens(kafka: Kafka) -> Iterator[TokenServer]:
    server = TokenServer(TOKEN / "token.key", client="loader-client", secret="M4RK-client-secret")
    yield server
    server.close()


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture(scope="session")
def client_certificate(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with client.key, client.crt and both in client.p12, password M4RK-store."""
    home = tmp_path_factory.mktemp("client")
    key, crt = home / "client.key", home / "client.crt"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30)
    by = ("-CA", TLS / "ca.pem", "-CAkey", TLS / "ca.key")
    openssl("req", "-x509", *curve, "-subj", "/CN=loader", *by, "-keyout", key, "-out", crt)
    (home / "client.pem").write_text(key.read_text() + crt.read_text())
    store = ("-out", home / "client.p12", "-passout", "pass:M4RK-store")
    openssl("pkcs12", "-export", "-in", crt, "-inkey", key, *store)
    return home
