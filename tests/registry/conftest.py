"""The cluster, a scene for each test, and a registry for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from apicurio import Apicurio
from onceload_runner import BINARY, Kafka, Scene, cluster, cluster_is_up


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    if not cluster_is_up():
        cluster("up")
    kafka = Kafka()
    yield kafka
    kafka.close()


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, kafka: Kafka) -> Iterator[Scene]:
    assert BINARY.exists(), f"{BINARY} is not built"
    scene = Scene(request.node.name, tmp_path, kafka)
    kafka.create(scene.topic)
    yield scene
    scene.end()


@pytest.fixture(scope="session")
def apicurio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    registry = Apicurio(tmp_path_factory.mktemp("apicurio") / "log")
    yield registry
    registry.stop()
