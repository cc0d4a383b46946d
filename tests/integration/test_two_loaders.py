"""Two loaders of one name: one goes on, the other leaves with exit 6, and no row is doubled."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path

from onceload_runner import DONE, HELD, Scene, assert_fails

SLOW = ("--key", "user_id", "--chunk-rows", 100)  # a transaction for every 100 rows
ROWS = 20_000


def test_the_second_loader_of_a_state_file_is_refused(
    scene: Scene, clicks: Callable[[int], Path]
) -> None:
    path = clicks(ROWS)
    first = scene.start(*SLOW, path)
    scene.wait_for_messages(2000, first)
    first.signal(signal.SIGSTOP)  # it cannot finish before the second one has looked
    second = scene.load(*SLOW, path)
    assert_fails(second, HELD, str(first.pid), socket.gethostname())
    first.signal(signal.SIGCONT)
    result = first.wait()
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user_id")


def test_the_lock_dies_with_its_holder(scene: Scene, clicks: Callable[[int], Path]) -> None:
    path = clicks(ROWS)
    first = scene.start(*SLOW, path)
    scene.wait_for_messages(2000, first)
    first.signal(signal.SIGKILL)
    first.wait()
    result = scene.load("--key", "user_id", path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user_id")


def test_other_names_and_one_state_file_do_not_disturb_each_other(
    scene: Scene, clicks: Callable[[int], Path]
) -> None:
    """Both write to one ledger at the same time; each to a topic of its own."""
    path = clicks(20_000)
    other = Scene("other", scene.directory / "other", scene.kafka)
    other.directory.mkdir()
    other.state = scene.state
    other.kafka.create(other.topic)
    try:
        runs = [scene.start(*SLOW, path), other.start(*SLOW, path)]
        for run in runs:
            result = run.wait()
            assert result.code == DONE, result
        scene.assert_exactly_once(path, "user_id")
        other.assert_exactly_once(path, "user_id")
    finally:
        other.end()


def test_with_another_state_file_the_newer_loader_wins(
    scene: Scene, clicks: Callable[[int], Path]
) -> None:
    path = clicks(100_000)  # so long that the first cannot finish
    first = scene.start(*SLOW, path)
    scene.wait_for_messages(2000, first)
    second = scene.load("--key", "user_id", path, state=scene.directory / "other.db")
    assert second.code == DONE, second
    assert_fails(first.wait(30), HELD)
    scene.assert_exactly_once(path, "user_id")


def test_a_loader_that_wakes_up_after_its_successor_changes_nothing(
    scene: Scene, clicks: Callable[[int], Path]
) -> None:
    path = clicks(ROWS)
    first = scene.start(*SLOW, "-X", "transaction.timeout.ms=10000", path)
    scene.wait_for_messages(2000, first)
    first.signal(signal.SIGSTOP)
    second = scene.load("--key", "user_id", path, state=scene.directory / "other.db")
    assert second.code == DONE, second
    ends = scene.kafka.ends(scene.topic)
    first.signal(signal.SIGCONT)
    assert_fails(first.wait(60), HELD)
    assert scene.kafka.ends(scene.topic) == ends
    scene.assert_exactly_once(path, "user_id")
    again = scene.load("--key", "user_id", path)  # the state file of the one that slept
    assert again.code == DONE, again
    assert scene.kafka.ends(scene.topic) == ends


def test_three_loaders_at_once_double_nothing(scene: Scene, clicks: Callable[[int], Path]) -> None:
    """They fence each other in any order; whoever is left goes on, at the latest the next run."""
    path = clicks(ROWS)
    runs = [scene.start(*SLOW, path, state=scene.directory / f"{n}.db") for n in range(3)]
    results = [run.wait() for run in runs]
    assert {result.code for result in results} <= {DONE, HELD}, results
    last = scene.load("--key", "user_id", path)
    assert last.code == DONE, last
    scene.assert_exactly_once(path, "user_id")
