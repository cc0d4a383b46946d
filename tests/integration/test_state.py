"""State, Kafka and file may each be lost, old or changed: go on exactly once, or refuse by name."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from onceload_runner import (
    DISAGREEMENT,
    DONE,
    INPUT,
    USAGE,
    Scene,
    assert_fails,
    rows_csv,
    wait_until,
)

ROWS = 200
CHUNK = ("--key", "user", "--chunk-rows", 20)
HALF = 4  # chunks of ten
HALF_ROWS = 20 * HALF


def half_loaded(scene: Scene, *words: object) -> Path:
    """Killed just after the fourth of ten chunks has been committed."""
    path = scene.write(rows_csv(ROWS))
    scene.crash(f"after_commit:{HALF}", *CHUNK, *words, path)
    return path


def assert_nothing_was_added(scene: Scene) -> None:
    # A commit returns before its markers are in all partitions.
    wait_until(lambda: scene.kafka.committed(scene.topic) >= HALF_ROWS, "half is there")
    assert scene.kafka.committed(scene.topic) == HALF_ROWS


def state_files(scene: Scene) -> list[Path]:
    """The database and what SQLite keeps beside it; not the lock."""
    return [Path(f"{scene.state}{end}") for end in ("", "-wal", "-shm")]


def remove_state(scene: Scene) -> None:
    for path in state_files(scene):
        path.unlink(missing_ok=True)


def assert_finishes(scene: Scene, path: Path, *words: object, **options) -> None:
    result = scene.load(*CHUNK, *words, path, **options)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")


# --- the state is lost, old, or somewhere else ----------------------------------------------------


def test_the_state_file_is_deleted(scene: Scene) -> None:
    path = half_loaded(scene)
    remove_state(scene)
    assert_finishes(scene, path)


def test_the_state_file_of_a_finished_load_is_deleted(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS))
    assert_finishes(scene, path)
    before = scene.kafka.ends(scene.topic)
    remove_state(scene)
    assert_finishes(scene, path)
    assert scene.kafka.ends(scene.topic) == before


@pytest.mark.parametrize("failpoint", ["after_commit:2", "after_intend:2", "after_intend:3"])
def test_the_state_file_is_restored_from_an_older_copy(scene: Scene, failpoint: str) -> None:
    path = scene.write(rows_csv(ROWS))
    scene.crash(failpoint, *CHUNK, path)
    backup = scene.directory / "backup"
    backup.mkdir()
    for file in state_files(scene):
        if file.exists():
            shutil.copy2(file, backup)
    scene.crash("after_commit:4", *CHUNK, path)
    remove_state(scene)
    for file in backup.iterdir():
        shutil.copy2(file, scene.directory)
    assert_finishes(scene, path)


def test_the_write_ahead_log_is_lost(scene: Scene) -> None:
    path = half_loaded(scene)
    for file in state_files(scene)[1:]:
        file.unlink(missing_ok=True)
    assert_finishes(scene, path)


def test_another_machine_goes_on(scene: Scene) -> None:
    path = half_loaded(scene)
    assert_finishes(scene, path, state=scene.directory / "elsewhere/state.db")


def test_two_machines_take_turns(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS))
    other = scene.directory / "other.db"
    for chunk, state in enumerate((scene.state, other) * 3):
        point = "after_commit:1" if chunk % 3 else "after_intend:1"
        scene.crash(point, *CHUNK, path, state=state)
    assert_finishes(scene, path, state=other)
    assert_finishes(scene, path)  # finished, says the first one too


# --- Kafka is not what it was ---------------------------------------------------------------------


def test_the_topic_is_deleted(scene: Scene) -> None:
    path = half_loaded(scene)
    scene.kafka.delete(scene.topic)
    result = scene.load(*CHUNK, path)
    assert_fails(result, DISAGREEMENT, scene.topic)
    assert not scene.kafka.exists(scene.topic)


def test_the_topic_is_deleted_and_may_be_created(scene: Scene) -> None:
    """--create-topic is part of "always the same command": it must not hide the loss."""
    path = half_loaded(scene)
    scene.kafka.delete(scene.topic)
    result = scene.load(*CHUNK, "--create-topic", "--partitions", 5, path)
    assert_fails(result, DISAGREEMENT, scene.topic)


def test_the_topic_is_created_anew(scene: Scene) -> None:
    path = half_loaded(scene)
    scene.kafka.delete(scene.topic)
    scene.kafka.create(scene.topic)
    assert_fails(scene.load(*CHUNK, path), DISAGREEMENT, scene.topic)
    assert scene.kafka.committed(scene.topic) == 0


def test_the_topic_of_a_finished_load_is_created_anew(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS))
    assert_finishes(scene, path)
    scene.kafka.delete(scene.topic)
    scene.kafka.create(scene.topic)
    assert_fails(scene.load(*CHUNK, path), DISAGREEMENT, scene.topic)


def test_partitions_are_added(scene: Scene) -> None:
    path = half_loaded(scene)
    scene.kafka.add_partitions(scene.topic, 7)
    assert_fails(scene.load(*CHUNK, path), DISAGREEMENT, scene.topic, "5", "7", "partitions")
    assert_nothing_was_added(scene)


def test_the_progress_topic_is_deleted(scene: Scene) -> None:
    """The state is then ahead of Kafka: whether its rows are there is for a person to find out."""
    progress = f"{scene.topic}.progress"
    scene.topics.append(progress)
    words = (*CHUNK, "--progress-topic", progress, scene.write(rows_csv(ROWS)))
    scene.crash("after_commit:4", *words)
    scene.crash("after_commit:1", *words)  # confirms chunk 4 in the state
    partitions = scene.kafka.partitions(progress)
    scene.kafka.delete(progress)
    scene.kafka.create(progress, partitions)
    rows = 5 * 20
    wait_until(lambda: scene.kafka.committed(scene.topic) == rows, "five chunks are there")
    assert_fails(scene.load(*words), DISAGREEMENT, "progress topic", "chunk 4")
    assert scene.kafka.committed(scene.topic) == rows


def test_the_state_belongs_to_another_cluster(scene: Scene) -> None:
    """The same name on another cluster: the state's file says it was loaded elsewhere."""
    progress = f"{scene.topic}.progress"
    scene.topics.append(progress)
    words = (*CHUNK, "--progress-topic", progress, scene.write(rows_csv(ROWS)))
    scene.crash("after_commit:4", *words)
    replace_in_state(scene.state, scene.kafka.admin.list_topics().cluster_id, "another-cluster")
    scene.kafka.delete(progress)  # Kafka knows nothing of the load
    result = scene.load(*words)
    assert_fails(result, DISAGREEMENT, "cluster", "another-cluster")


def replace_in_state(state: Path, old: str, new: str) -> None:
    """Wherever the ledger has it: in a column of its own or inside a document."""
    database = sqlite3.connect(state)
    try:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        changed = 0
        for (table,) in tables:
            for column in database.execute(f'PRAGMA table_info("{table}")').fetchall():
                name = column[1]
                changed += database.execute(
                    f'UPDATE "{table}" SET "{name}" = replace("{name}", ?1, ?2)'
                    f' WHERE typeof("{name}") = \'text\' AND instr("{name}", ?1) > 0',
                    (old, new),
                ).rowcount
        database.commit()
        assert changed, f"{old} is nowhere in {state}"
    finally:
        database.close()


# --- the options or the file are not what they were -----------------------------------------------


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--key", "id"), "key"),
        (("--key", "user", "--format", "raw"), "format"),
        (("--key", "user", "--type", "id=integer"), "type"),
        ((), "key"),
    ],
    ids=["other_key", "other_format", "other_type", "no_key"],
)
def test_options_that_shape_messages_may_not_change(
    scene: Scene, words: tuple[str, ...], part: str
) -> None:
    path = half_loaded(scene)
    result = scene.load(*words, path)
    assert result.code in (USAGE, DISAGREEMENT), result
    assert_fails(result, result.code, part)
    assert_nothing_was_added(scene)
    assert_finishes(scene, path)


def test_options_that_do_not_shape_messages_may_change(scene: Scene) -> None:
    path = half_loaded(scene)
    words = ("--chunk-rows", 7, "--retry-budget", 60, "-X", "compression.type=zstd")
    result = scene.load("--key", "user", *words, path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")


def test_another_topic_under_the_same_name(scene: Scene) -> None:
    name = ("--name", scene.topic)
    path = half_loaded(scene, *name)
    other = f"{scene.topic}.other"
    scene.topics.append(other)
    scene.kafka.create(other)
    command = scene.command("load", *CHUNK, *name, path)
    command[command.index("-t") + 1] = other
    result = scene.start_command(command).wait()
    assert result.code in (USAGE, DISAGREEMENT), result
    assert_fails(result, result.code, scene.topic, other)
    assert scene.kafka.ends(other) == [0] * 5


def test_the_file_is_truncated_before_the_checkpoint(scene: Scene) -> None:
    path = half_loaded(scene)
    os.truncate(path, 100)
    assert_refuses_file(scene, path)


def test_the_file_is_edited_before_the_checkpoint(scene: Scene) -> None:
    path = half_loaded(scene)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"text 3 ", b"text E "))  # of the same size
    assert_refuses_file(scene, path)


def test_the_header_is_edited(scene: Scene) -> None:
    path = half_loaded(scene)
    path.write_bytes(path.read_bytes().replace(b"text\n", b"TEXT\n", 1))
    assert_refuses_file(scene, path)


def test_another_file_takes_the_place(scene: Scene) -> None:
    path = half_loaded(scene)
    path.write_text(rows_csv(ROWS, first=1001))
    assert_refuses_file(scene, path)


def assert_refuses_file(scene: Scene, path: Path) -> None:
    result = scene.load(*CHUNK, path)
    assert result.code in (INPUT, DISAGREEMENT), result
    assert_fails(result, result.code, path.name)
    assert_nothing_was_added(scene)


def test_the_file_is_edited_after_the_checkpoint(scene: Scene) -> None:
    path = half_loaded(scene)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"text 150 ", b"TEXT 150 "))
    assert_finishes(scene, path)


def test_the_file_grows_after_a_kill(scene: Scene) -> None:
    path = half_loaded(scene)
    path.write_text(rows_csv(ROWS + 50))
    assert_finishes(scene, path)


def test_the_file_is_touched(scene: Scene) -> None:
    path = half_loaded(scene)
    os.utime(path, (1, 1))
    assert_finishes(scene, path)


def test_the_file_is_copied_elsewhere(scene: Scene) -> None:
    name = ("--name", scene.topic)
    path = half_loaded(scene, *name)
    copy = scene.directory / "copy/other-name.csv"
    copy.parent.mkdir()
    shutil.copyfile(path, copy)
    path.unlink()
    remove_state(scene)
    assert_finishes(scene, copy, *name)
