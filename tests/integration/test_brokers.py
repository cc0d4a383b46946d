"""Brokers come and go under a load: it waits, says so once, and goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from onceload_runner import BROKERS, DONE, KAFKA, Kafka, Running, Scene, cluster

KEY = ("--key", "user_id", "--progress", "none")
SLOW = (*KEY, "--chunk-rows", 100)
ROWS = 40_000
SECONDS = 150.0


@pytest.fixture(autouse=True)
def whole_cluster(kafka: Kafka) -> Iterator[None]:
    """Each test gets, and leaves, three brokers that are in sync."""
    yield
    cluster("up")


@pytest.fixture
def run(scene: Scene, clicks: Callable[[int], Path]) -> Running:
    """A slow load with most of its rows still to come."""
    running = scene.start(*SLOW, clicks(ROWS))
    scene.wait_for_messages(ROWS // 10, running)
    return running


def assert_finishes(scene: Scene, run: Running, path: Path) -> None:
    result = run.wait(SECONDS)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user_id")


def lines_with(text: str, stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if text in line]


def test_one_broker_is_killed_and_comes_back(
    scene: Scene, run: Running, clicks: Callable[[int], Path]
) -> None:
    cluster("kill", "2")
    cluster("start", "2")
    assert_finishes(scene, run, clicks(ROWS))


@pytest.mark.slow
def test_each_broker_is_restarted_in_turn(
    scene: Scene, run: Running, clicks: Callable[[int], Path]
) -> None:
    for broker in BROKERS:
        if not run.alive():
            break
        cluster("stop", str(broker))
        cluster("up")  # waits until it is in sync again
    assert_finishes(scene, run, clicks(ROWS))


@pytest.mark.slow
def test_two_brokers_down_make_the_load_wait(
    scene: Scene, run: Running, clicks: Callable[[int], Path]
) -> None:
    """With one of three replicas nothing can be acknowledged."""
    cluster("kill", "2", "3")
    deadline = time.monotonic() + 60
    while not lines_with("waiting for", run.stderr()):
        assert run.alive() and time.monotonic() < deadline, run.stderr()
        time.sleep(0.1)
    lines_before = len(run.stderr().splitlines())
    time.sleep(5)  # an outage that lasts; what is tested is that it stays quiet
    assert run.alive(), run.stderr()
    during = run.stderr().splitlines()[lines_before:]
    assert len(during) <= 3, "\n".join(during)
    cluster("up")
    result = run.wait(SECONDS)
    assert result.code == DONE, result
    waits = lines_with("waiting for", result.stderr)
    assert 1 <= len(waits) <= 3, result
    assert len(lines_with("answers again", result.stderr)) == len(waits), result
    assert len(result.stderr.splitlines()) <= 30, result
    scene.assert_exactly_once(clicks(ROWS), "user_id")


@pytest.mark.slow
def test_an_outage_longer_than_the_budget_ends_the_load(
    scene: Scene, clicks: Callable[[int], Path]
) -> None:
    path = clicks(ROWS)
    run = scene.start(*SLOW, "--retry-budget", 5, path)
    scene.wait_for_messages(ROWS // 10, run)
    cluster("kill", "2", "3")
    started = time.monotonic()
    result = run.wait(60)
    assert result.code == KAFKA and len(result.errors) == 1, result
    assert time.monotonic() - started < 45, result
    assert "onceload load" in result.stderr, "the command that goes on"
    cluster("up")
    assert_finishes(scene, scene.start(*KEY, path), path)


def test_all_brokers_freeze_for_five_seconds(
    scene: Scene, run: Running, clicks: Callable[[int], Path]
) -> None:
    numbers = [str(broker) for broker in BROKERS]
    cluster("pause", *numbers)
    time.sleep(5)
    cluster("resume", *numbers)
    assert_finishes(scene, run, clicks(ROWS))
