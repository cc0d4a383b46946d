"""Fixtures: the cluster, and for each test a scene of its own on it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from onceload_runner import BINARY, GEN_CLICKS, Kafka, Scene, cluster, cluster_is_up


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    if not cluster_is_up():
        cluster("up")
    kafka = Kafka()
    yield kafka
    kafka.close()


@pytest.fixture(scope="session")
def binary() -> Path:
    if not BINARY.exists():
        pytest.fail(f"{BINARY} is not built")
    return BINARY


@pytest.fixture
def bare_scene(
    request: pytest.FixtureRequest, tmp_path: Path, kafka: Kafka, binary: Path
) -> Iterator[Scene]:
    """A scene whose topic does not exist yet."""
    scene = Scene(request.node.name, tmp_path, kafka)
    yield scene
    scene.end()


@pytest.fixture
def scene(bare_scene: Scene) -> Scene:
    bare_scene.kafka.create(bare_scene.topic)
    return bare_scene


@pytest.fixture(scope="session")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Click events, generated once per number of rows. Not to be changed by tests: copy them."""
    directory = tmp_path_factory.mktemp("clicks")

    def make(rows: int) -> Path:
        path = directory / f"clicks-{rows}.csv"
        if not path.exists():
            assert GEN_CLICKS.exists(), f"{GEN_CLICKS} is not built"
            subprocess.run([GEN_CLICKS, str(rows), "--seed", "7", "-o", path], check=True)
        return path

    return make
