"""What a start refuses with exit code 7 is explained, and mended as a person decides."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import check_topic
import pytest
from onceload_runner import (
    BINARY,
    BOOTSTRAP,
    DISAGREEMENT,
    DONE,
    HELD,
    USAGE,
    Result,
    Scene,
    assert_fails,
    rows_csv,
)

ROWS = 200
CHUNK = ("--key", "user", "--chunk-rows", 20)
HALF = 4
HALF_ROWS = 20 * HALF


def name_of(scene: Scene) -> str:
    return f"{scene.topic}/rows.csv"


def mend(scene: Scene, verb: str, *words: object, state: Path | None = None) -> Result:
    command = [BINARY, verb, "-b", BOOTSTRAP, "--state", state or scene.state, *words]
    return scene.start_command([str(word) for word in command]).wait()


def die_mending(scene: Scene, failpoint: str, verb: str, *words: object) -> None:
    command = [BINARY, verb, "-b", BOOTSTRAP, "--state", scene.state, name_of(scene), *words]
    died = scene.start_command([str(word) for word in command], f"{failpoint}:1").wait()
    assert died.code == -9, died


def repair(scene: Scene, *words: object, state: Path | None = None) -> Result:
    return mend(scene, "repair", name_of(scene), *words, state=state)


def half_loaded(scene: Scene, *words: object) -> Path:
    path = scene.write(rows_csv(ROWS))
    scene.crash(f"after_commit:{HALF}", *CHUNK, *words, path)
    return path


def assert_refused(scene: Scene, path: Path, *words: object) -> None:
    """By a start, which names the command that tells the choices."""
    result = scene.load(*CHUNK, *words, path)
    assert_fails(result, DISAGREEMENT, f"onceload repair {name_of(scene)}")


def assert_finishes(scene: Scene, path: Path, *words: object) -> None:
    result = scene.load(*CHUNK, *words, path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
    result = scene.verify("--source", *words, path)
    assert result.code == DONE, result


def write_ledger(scene: Scene, statement: str) -> None:
    with closing(sqlite3.connect(scene.state)) as ledger, ledger:
        assert ledger.execute(statement).rowcount > 0


def backups(scene: Scene) -> list[Path]:
    return [p for p in scene.directory.glob("state.db.backup-*") if p.suffix not in (".wal",)]


def assert_backup_has(scene: Scene, chunks: int) -> None:
    (backup,) = backups(scene)
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = "SELECT max(number) FROM chunks WHERE state = 'committed'"
        assert copy.execute(found).fetchone() == (chunks,)


def empty(scene: Scene) -> None:
    for partition, end in enumerate(scene.kafka.ends(scene.topic)):
        scene.kafka.delete_records(scene.topic, partition, end)


def test_a_topic_that_was_made_anew(scene: Scene) -> None:
    path = half_loaded(scene)
    scene.kafka.delete(scene.topic)
    scene.kafka.create(scene.topic)
    assert_refused(scene, path)

    told = repair(scene)
    assert told.code == DISAGREEMENT, told
    for part in ("deleted and created again", "chunk", "--forget:", "nothing was changed"):
        assert part in told.stdout, told
    facts = repair(scene, "--json").json()
    possible = {choice["flag"]: choice["possible"] for choice in facts["choices"]}
    assert possible == {"--adopt-kafka": False, "--restart-from-zero": True, "--forget": True}
    assert repair(scene, "--restart-from-zero").code == DISAGREEMENT  # dry
    assert_refused(scene, path)
    assert_fails(repair(scene, "--adopt-kafka", "--yes"), USAGE, "not possible")
    assert not backups(scene)

    done = repair(scene, "--restart-from-zero", "--yes")
    assert done.code == DONE, done
    assert_backup_has(scene, HALF - 1)  # the fourth was in doubt
    assert_finishes(scene, path)


def test_a_topic_that_is_gone(scene: Scene) -> None:
    path = half_loaded(scene)
    scene.kafka.delete(scene.topic)
    result = scene.load(*CHUNK, "--create-topic", path)
    assert_fails(result, DISAGREEMENT, "onceload repair")
    assert "which does not exist" in repair(scene).stdout
    assert repair(scene, "--restart-from-zero", "--yes").code == DONE
    result = scene.load(*CHUNK, "--create-topic", "--partitions", 5, path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")


def test_a_progress_topic_that_is_lost(scene: Scene) -> None:
    progress = f"{scene.topic}.progress"
    scene.topics.append(progress)
    path = half_loaded(scene, "--progress-topic", progress)
    scene.kafka.delete(progress)
    assert_refused(scene, path, "--progress-topic", progress)

    told = repair(scene, "--progress-topic", progress, "--json").json()
    assert told["kafka"] is None
    assert told["topic"]["records"] == HALF_ROWS == told["topic"]["uncounted"]
    text = repair(scene, "--progress-topic", progress).stdout
    assert f"{HALF_ROWS} records of this load lie in topic" in text
    empty(scene)
    assert "No record is in its way" in repair(scene, "--progress-topic", progress).stdout
    done = repair(scene, "--progress-topic", progress, "--restart-from-zero", "--yes")
    assert done.code == DONE, done
    assert_finishes(scene, path, "--progress-topic", progress)


def test_a_ledger_that_is_ahead(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS))
    scene.crash("after_intend:5", *CHUNK, path)
    # As if brokers had taken the commit, and lost it in an unclean election.
    write_ledger(scene, "UPDATE chunks SET state = 'committed', settled_ms = 1 "
                        "WHERE state = 'intended'")
    assert_refused(scene, path)
    told = repair(scene)
    assert "the state file takes over what Kafka has: chunk 4, 80 rows" in told.stdout, told
    done = repair(scene, "--adopt-kafka", "--yes")
    assert done.code == DONE, done
    assert_backup_has(scene, 5)
    assert_finishes(scene, path)


def test_two_outcomes_of_one_chunk(scene: Scene) -> None:
    path = half_loaded(scene)
    assert scene.crash("after_intend:1", *CHUNK, path)  # promotes the fourth chunk
    write_ledger(scene, "DELETE FROM chunk_partitions WHERE chunk IN "
                        "(SELECT id FROM chunks WHERE state = 'intended')")
    write_ledger(scene, "DELETE FROM chunks WHERE state = 'intended'")
    write_ledger(scene, "UPDATE chunk_partitions SET digest = '00000000000000ff'")
    assert_refused(scene, path)
    assert repair(scene, "--adopt-kafka", "--yes").code == DONE
    assert_finishes(scene, path)


def test_two_loads_of_one_name(scene: Scene) -> None:
    path = half_loaded(scene)
    elsewhere = scene.directory / "elsewhere.db"
    gone = mend(scene, "forget", name_of(scene), "--yes", state=elsewhere)
    assert gone.code == DONE, gone
    empty(scene)
    scene.crash("after_commit:2", *CHUNK, path, state=elsewhere)
    assert_refused(scene, path)
    told = repair(scene).stdout
    assert "two loads of one name" in told
    done = repair(scene, "--adopt-kafka", "--yes")
    assert done.code == DONE, done
    assert_finishes(scene, path)


STEPS = ("after_backup", "after_erase", "after_rewrite")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("choice", ["--restart-from-zero", "--forget"])
def test_a_death_between_the_steps(scene: Scene, choice: str, step: str) -> None:
    """The same call goes on, as long as a start would still refuse."""
    path = half_loaded(scene)
    scene.kafka.delete(scene.topic)
    scene.kafka.create(scene.topic)
    die_mending(scene, step, "repair", choice, "--yes")
    if step != "after_rewrite":
        assert_refused(scene, path)
        done = repair(scene, choice, "--yes")
        assert done.code == DONE, done
    assert len(backups(scene)) == (1 if step == "after_rewrite" else 2)
    assert_finishes(scene, path)


@pytest.mark.parametrize("step", STEPS)
def test_a_death_while_kafkas_record_is_adopted(scene: Scene, step: str) -> None:
    path = scene.write(rows_csv(ROWS))
    scene.crash("after_intend:5", *CHUNK, path)
    write_ledger(scene, "UPDATE chunks SET state = 'committed', settled_ms = 1 "
                        "WHERE state = 'intended'")
    die_mending(scene, step, "repair", "--adopt-kafka", "--yes")
    if step != "after_rewrite":
        assert_refused(scene, path)
        assert repair(scene, "--adopt-kafka", "--yes").code == DONE
    assert_finishes(scene, path)


@pytest.mark.parametrize("step", STEPS)
def test_a_death_while_a_load_is_forgotten(scene: Scene, step: str) -> None:
    path = scene.write(rows_csv(ROWS))
    assert scene.load(*CHUNK, path).code == DONE
    die_mending(scene, step, "forget", "--yes")
    if step != "after_rewrite":
        assert mend(scene, "forget", name_of(scene), "--yes").code == DONE
    empty(scene)
    assert_finishes(scene, path)


@pytest.mark.parametrize("choice", ["--restart-from-zero", "--forget"])
def test_a_record_that_is_none(scene: Scene, choice: str) -> None:
    path = half_loaded(scene)
    key = name_of(scene).encode()
    home = check_topic.partition_of(key, 1, 16)
    scene.kafka.produce("onceload.progress", [(home, key, b'{"format":99}')])
    assert scene.load(*CHUNK, path).code == DISAGREEMENT
    told = repair(scene)
    assert told.code == DISAGREEMENT and "a record that is none" in told.stdout, told
    assert_fails(repair(scene, "--adopt-kafka", "--yes"), USAGE, "Kafka's record is none")
    empty(scene)
    done = repair(scene, choice, "--yes")
    assert done.code == DONE, done
    assert_finishes(scene, path)


def test_a_load_that_is_well_is_not_repaired(scene: Scene) -> None:
    path = half_loaded(scene)
    told = repair(scene)
    assert told.code == DONE and "nothing to repair" in told.stdout, told
    assert_fails(repair(scene, "--restart-from-zero", "--yes"), USAGE, "nothing to repair")
    assert_fails(repair(scene, "--yes"), USAGE, "--yes means nothing")
    assert_fails(repair(scene, "--forget", "--adopt-kafka"), USAGE, "in one way")
    assert_fails(mend(scene, "repair", "no-such-load"), USAGE, "nothing is known")
    assert_finishes(scene, path)


@pytest.mark.parametrize("files", [1, 70])
def test_a_forgotten_load(scene: Scene, files: int) -> None:
    """With 70 files its list is in pieces, which must go as well."""
    name = f"{scene.topic}-load"
    paths = [scene.write(rows_csv(3, first=10 * n), f"rows-{n:02}.csv") for n in range(files)]
    words = ("--name", name, "--key", "user", *paths)
    assert scene.load(*words).code == DONE
    dry = mend(scene, "forget", name)
    assert dry.code == DONE and "nothing was changed" in dry.stdout, dry
    assert scene.verify("--name", name).code == DONE

    done = mend(scene, "forget", name, "--yes", "--json")
    assert done.code == DONE, done
    assert done.json()["tombstones"] == (1 if files == 1 else 3)
    newest: dict[bytes, bytes | None] = {}
    for partition in range(16):
        newest |= dict(scene.kafka.records("onceload.progress", partition))
    left = [key for key, value in newest.items() if key.startswith(name.encode()) and value]
    assert not left
    assert_fails(scene.verify("--name", name), USAGE, "nothing is known of load")
    assert_fails(scene.status("--name", name), USAGE, "no load of this name")
    assert scene.load(*words).code == DONE  # from the begin, as a new load
    assert scene.kafka.committed(scene.topic) == 2 * 3 * files


def test_forgetting_a_load_that_runs_elsewhere(scene: Scene) -> None:
    """Either the loader keeps it or the tombstone does, and the loader says what it has lost."""
    path = scene.write(rows_csv(20_000))
    run = scene.start("--key", "user", "--chunk-rows", 500, "--max-rate", 2000, path)
    scene.wait_for_messages(2000, run)
    held = mend(scene, "forget", name_of(scene), "--yes")
    assert_fails(held, HELD, "another")  # on this machine its lock tells
    gone = mend(scene, "forget", name_of(scene), "--yes", state=scene.directory / "other.db")
    ended = run.wait()
    if gone.code == DONE:
        assert_fails(ended, DISAGREEMENT, "lost the load's progress", "onceload repair")
    else:
        assert_fails(gone, HELD, "nothing was erased")
        assert ended.code == DONE, ended
        scene.assert_exactly_once(path, "user")
