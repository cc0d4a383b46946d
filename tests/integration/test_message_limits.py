"""Each topic takes messages up to a size of its own; a request is never too large for its topic."""

from __future__ import annotations

from pathlib import Path

import pytest
from onceload_runner import DIFFERENCES, DONE, USAGE, Scene, assert_fails, rows_csv


# What is compressed says little of how large a request is.
PLAIN = ("-X", "compression.type=none")


def topic(scene: Scene, name: str, partitions: int, **settings: str) -> str:
    made = f"{scene.topic}.{name}"
    scene.kafka.create(made, partitions, **settings)
    scene.topics.append(made)
    return made


def with_bad_rows(rows: int) -> tuple[str, int]:
    """Every 100th row has a field too many, and one row in ten is long."""
    lines = ["id,user,text"]
    for n in range(1, rows + 1):
        lines.append(f"{n},user-{n % 7},{'x' * (300 if n % 10 == 0 else 20)}")
        if n % 100 == 0:
            lines.append(f"bad,{n},{'y' * 3000},too many")
    return "\n".join([*lines, ""]), rows // 100


@pytest.mark.parametrize("limit", [1_000, 10_000, 100_000])
@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_a_target_takes_less_than_the_dead_letter_topic(
    bare_scene: Scene, limit: int, bad: bool
) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, **{"max.message.bytes": str(limit)})
    dead = topic(scene, "dead", 1)
    rows = {1_000: 500, 10_000: 3_000, 100_000: 40_000}[limit]
    content, rejected = with_bad_rows(rows) if bad else (rows_csv(rows), 0)
    path = scene.write(content)
    rule = ("--on-error", "dead-letter", "--dead-letter-topic", dead)
    words = (*PLAIN, "--key", "user", *rule, path)
    result = scene.load("--json", *words)
    assert result.code == (DIFFERENCES if bad else DONE), result
    assert result.json()["dead_letters"] == rejected
    assert scene.kafka.committed(scene.topic) == content.count("\n") - 1 - rejected
    assert scene.kafka.committed(dead) == rejected
    audit = scene.verify(path)
    assert audit.code == DONE, audit


def test_a_dead_letter_topic_takes_less_than_the_target(scene: Scene) -> None:
    dead = topic(scene, "dead", 1, **{"max.message.bytes": "10000"})
    content, rejected = with_bad_rows(3_000)
    path = scene.write(content)
    rule = ("--on-error", "dead-letter", "--dead-letter-topic", dead)
    words = (*PLAIN, "--key", "user", *rule, path)
    result = scene.load(*words)
    assert result.code == DIFFERENCES, result
    assert scene.kafka.committed(dead) == rejected


def test_a_dead_letter_topic_that_takes_too_little_is_refused(scene: Scene) -> None:
    dead = topic(scene, "dead", 1, **{"max.message.bytes": "2500"})
    path = scene.write(rows_csv(5))
    result = scene.load("--on-error", "dead-letter", "--dead-letter-topic", dead, path)
    assert_fails(result, USAGE, dead, "2500", "kafka-configs.sh")


@pytest.mark.parametrize("limit", [0, 1, 100])
def test_a_target_that_takes_no_row_says_so(bare_scene: Scene, limit: int) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, **{"max.message.bytes": str(limit)})
    path = scene.write(rows_csv(5))
    result = scene.load(path)
    assert result.code != DONE and len(result.errors) == 1, result
    assert "max.message.bytes" in result.errors[0], result
    skipped = scene.load("--on-error", "skip", "--json", path)
    assert skipped.code == DIFFERENCES and skipped.json()["rejected"] == 5, skipped


def many_files(scene: Scene, count: int) -> Path:
    directory = scene.directory / "files"
    directory.mkdir()
    for n in range(count):
        (directory / f"{n:04}.csv").write_text(f"id,user,text\n{n},user-{n % 7},text\n")
    return directory


def test_a_small_target_does_not_limit_the_progress_record(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, **{"max.message.bytes": "16384"})
    result = scene.load(*PLAIN, "--name", scene.topic, many_files(scene, 64))
    assert result.code == DONE, result
    assert scene.kafka.committed(scene.topic) == 64


def test_a_small_progress_topic_takes_a_long_list_in_pieces(scene: Scene) -> None:
    progress = topic(
        scene, "progress", 16, **{"max.message.bytes": "40000", "cleanup.policy": "compact"}
    )
    words = (*PLAIN, "--name", scene.topic, "--progress-topic", progress, many_files(scene, 400))
    scene.crash("after_commit:1", *words, "--chunk-rows", 100)
    result = scene.load(*words)
    assert result.code == DONE, result
    assert scene.kafka.committed(scene.topic) == 400


def test_a_progress_topic_that_takes_too_little_is_refused_before_a_row(scene: Scene) -> None:
    progress = topic(
        scene, "progress", 16, **{"max.message.bytes": "10000", "cleanup.policy": "compact"}
    )
    words = (*PLAIN, "--name", scene.topic, "--progress-topic", progress, many_files(scene, 64))
    result = scene.load(*words)
    assert_fails(result, USAGE, progress, "max.message.bytes of 10000", "kafka-configs.sh")
    assert sum(scene.kafka.ends(scene.topic)) == 0
