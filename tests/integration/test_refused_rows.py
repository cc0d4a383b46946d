"""Rows that a topic does not take, told by its settings before or by the broker's answer."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from onceload_runner import (
    DIFFERENCES,
    DISAGREEMENT,
    DONE,
    INPUT,
    USAGE,
    Scene,
    assert_fails,
)

HOUR_MS = 3_600_000
TYPED = ("--type", "due=integer", "--timestamp", "due", "--key", "user")


def with_times(rows: int, *ahead: int) -> str:
    """Rows of now; those in `ahead` are a day later."""
    now = int(time.time() * 1000)
    lines = ["user,due"]
    for n in range(1, rows + 1):
        lines.append(f"u{n % 7},{now + (24 * HOUR_MS if n in ahead else 0)}")
    return "\n".join([*lines, ""])


def test_a_time_ahead_stops_the_load_before_its_row(scene: Scene) -> None:
    path = scene.write(with_times(3_000, 2_000))
    result = scene.load(*TYPED, "--chunk-rows", 500, path)
    assert_fails(result, INPUT, "row 2000", "refused", "message.timestamp.after.max.ms")
    assert result.seconds < 60  # and not the retry budget
    assert scene.kafka.committed(scene.topic) == 1_999


@pytest.mark.parametrize("killed", [False, True])
def test_times_ahead_are_rejected_and_proven(scene: Scene, killed: bool) -> None:
    path = scene.write(with_times(3_000, 2, 1_700, 3_000))
    rule = ("--on-error", "dead-letter", "--dead-letter-topic", f"{scene.topic}.dead")
    scene.topics.append(f"{scene.topic}.dead")
    words = (*TYPED, *rule, "--chunk-rows", 500, path)
    if killed:
        scene.crash("after_commit:4", *words)
    result = scene.load("--json", *words)
    assert result.code == DIFFERENCES and result.json()["rejected"] == 3, result
    [first, *_] = scene.kafka.messages(f"{scene.topic}.dead", 0)
    headers = dict(first.headers())
    assert headers["onceload.reason"] == b"refused" and headers["onceload.column"] == b"due"
    for audit in (scene.verify(path), scene.verify("--source", path)):
        assert audit.code == DONE, audit
    assert scene.load(*words).code == DIFFERENCES  # nothing is left


def test_a_compacted_topic_takes_no_row_without_a_key(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, **{"cleanup.policy": "compact"})
    path = scene.write("user,n\nu1,1\n,2\nu3,3\n")
    assert_fails(scene.load(path), USAGE, "compacted", "--key")
    words = ("--key", "user", "--on-empty-key", "null", "--on-error", "skip", path)
    result = scene.load("--json", *words)
    assert result.code == DIFFERENCES and result.json()["rejected"] == 1, result
    assert scene.verify("--source", path).code == DONE


# By what the broker says alone: the limit has come after the load's look at the settings.
@pytest.mark.parametrize("bad", [1, 3])
def test_the_broker_names_the_rows(scene: Scene, bad: int) -> None:
    rows = 6_000
    late = set(range(4_000, 4_000 + 37 * bad, 37))
    path = scene.write(with_times(rows, *late))
    scene.kafka.set_config(scene.topic, "message.timestamp.after.max.ms", str(100 * HOUR_MS))
    words = (*TYPED, "--on-error", "skip", "--chunk-rows", 500)
    run = scene.start(*words, "--max-rate", 1_000, "--json", path)
    scene.wait_for_messages(1_000, run)
    scene.kafka.set_config(scene.topic, "message.timestamp.after.max.ms", str(HOUR_MS))
    result = run.wait()
    assert result.code == DIFFERENCES, result
    assert json.loads(result.stdout)["rejected"] == bad, result
    assert scene.kafka.committed(scene.topic) == rows - bad
    audit = scene.verify("--source", path)
    assert audit.code == DONE, audit


def test_a_time_of_sending_that_is_refused_is_a_matter_of_settings(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, **{"message.timestamp.before.max.ms": "1"})
    path: Path = scene.write("user,n\nu1,1\n")
    result = scene.load(path)
    assert_fails(result, USAGE, "time of sending", "message.timestamp.before.max.ms")
    assert result.seconds < 60  # and not the retry budget


def test_partitions_added_after_the_end_leave_the_load_finished(scene: Scene) -> None:
    path = scene.write("user,n\nu1,1\nu2,2\n")
    assert scene.load("--key", "user", path).code == DONE
    scene.kafka.add_partitions(scene.topic, 8)
    again = scene.load("--key", "user", path)
    assert again.code == DONE and "already" in again.stdout, again
    path.write_text(path.read_text() + "u3,3\n")
    assert_fails(scene.load("--key", "user", path), DISAGREEMENT, "had 5 partitions", "now 8")


# With one partition and long chunks a request is handed over behind the one that is refused.
def test_a_row_is_refused_in_a_request_that_another_one_follows(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, 1, **{"message.timestamp.after.max.ms": str(100 * HOUR_MS)})
    rows, late = 600_000, (590_000, 597_500)
    path = scene.write(with_times(rows, *late))
    words = (*TYPED, "--on-error", "skip", "--chunk-rows", 100_000, "--json")
    run = scene.start(*words, path)
    scene.wait_for_messages(100_000, run)
    scene.kafka.set_config(scene.topic, "message.timestamp.after.max.ms", str(HOUR_MS))
    result = run.wait()
    assert result.code == DIFFERENCES, result
    assert json.loads(result.stdout)["rejected"] == len(late), result
    assert scene.kafka.committed(scene.topic) == rows - len(late)
    audit = scene.verify("--source", path)
    assert audit.code == DONE, audit
