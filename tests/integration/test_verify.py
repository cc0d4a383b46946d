"""verify proves a good load and names the damage of a bad one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import check_topic
import pytest
from confluent_kafka import Producer
from onceload_runner import (
    BOOTSTRAP,
    DIFFERENCES,
    DISAGREEMENT,
    DONE,
    KAFKA,
    USAGE,
    Result,
    Scene,
    assert_fails,
    rows_csv,
)

ROWS = 200
CHUNK = ("--key", "user", "--chunk-rows", 20)


@pytest.fixture
def loaded(scene: Scene) -> Path:
    path = scene.write(rows_csv(ROWS))
    result = scene.load(*CHUNK, path)
    assert result.code == DONE, result
    return path


def elsewhere(scene: Scene) -> Path:
    return scene.directory / "no-such-state.db"


@pytest.mark.parametrize("words", [(), ("--source",)], ids=["ledger", "source"])
def test_a_good_load_is_proven(scene: Scene, loaded: Path, words: tuple[str, ...]) -> None:
    result = scene.verify(*words, loaded)
    assert result.code == DONE, result
    assert str(ROWS) in result.stdout


@pytest.mark.parametrize("words", [(), ("--source",)], ids=["progress_record", "source"])
def test_another_machine_can_verify(scene: Scene, loaded: Path, words: tuple[str, ...]) -> None:
    result = scene.verify(*words, loaded, state=elsewhere(scene))
    assert result.code == DONE, result
    assert not elsewhere(scene).exists(), "verify only reads"


def test_the_load_can_be_named_instead_of_its_file(scene: Scene, loaded: Path) -> None:
    result = scene.verify("--name", f"{scene.topic}/{loaded.name}")
    assert result.code == DONE, result


def test_the_verdict_as_json(scene: Scene, loaded: Path) -> None:
    result = scene.verify("--json", loaded)
    assert result.code == DONE, result
    assert isinstance(result.json(), dict)
    assert len(result.json()["partitions"]) == 5


def test_a_load_killed_and_resumed_is_proven(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS))
    for failpoint in ("after_commit:2", "after_intend:3", "after_commit:1"):
        scene.crash(failpoint, *CHUNK, path)
    assert scene.load(*CHUNK, path).code == DONE
    for words in ((), ("--source",)):
        result = scene.verify(*words, path)
        assert result.code == DONE, result


def test_an_unfinished_load_is_not_called_whole(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS))
    scene.crash("after_commit:4", *CHUNK, path)
    result = scene.verify("--source", path)
    assert result.code == DIFFERENCES, result


def test_typed_and_raw_loads_are_compared_with_their_source(scene: Scene) -> None:
    path = scene.write("id,price,note\n" + "".join(f'{n},{n}.50,"a, b"\n' for n in range(30)))
    types = ("--type", "id=integer", "--type", "price=number")
    assert scene.load("--name", "typed-" + scene.topic, *types, path).code == DONE
    result = scene.verify("--name", "typed-" + scene.topic, "--source", path)
    assert result.code == DONE, result


# --- damage ---------------------------------------------------------------------------------------


def partition_with_rows(scene: Scene) -> int:
    ends = scene.kafka.ends(scene.topic, "read_committed")
    return ends.index(max(ends))


def assert_names(result: Result, partition: int) -> None:
    assert result.code == DIFFERENCES, result
    text = result.stdout + result.stderr
    assert re.search(rf"\b{partition}\b", text), result
    assert re.search(r"\b(chunk|row) \d+", text), f"neither chunk nor row is named: {result}"


@pytest.mark.parametrize("words", [(), ("--source",)], ids=["ledger", "source"])
@pytest.mark.parametrize("kind", ["doubled", "foreign"])
def test_a_message_between_the_runs_is_found(
    scene: Scene, kind: str, words: tuple[str, ...]
) -> None:
    path = scene.write(rows_csv(ROWS))
    scene.crash("after_commit:4", *CHUNK, path)
    partition = partition_with_rows(scene)
    key, value = scene.kafka.records(scene.topic, partition)[3]
    message = (partition, key, value) if kind == "doubled" else (partition, b"x", b'{"id":"9"}')
    scene.kafka.produce(scene.topic, [message])
    result = scene.load(*CHUNK, path)
    assert result.code == DONE, result
    assert_names(scene.verify(*words, path), partition)
    assert_names(scene.verify(*words, path, state=elsewhere(scene)), partition)


def test_records_that_were_deleted_are_found(scene: Scene, loaded: Path) -> None:
    partition = partition_with_rows(scene)
    scene.kafka.delete_records(scene.topic, partition, 3)
    assert_names(scene.verify(loaded), partition)
    assert_names(scene.verify("--source", loaded), partition)


def test_a_source_that_was_edited_is_found(scene: Scene, loaded: Path) -> None:
    """The topic is what was loaded; the file no longer is."""
    assert scene.verify(loaded).code == DONE
    loaded.write_bytes(loaded.read_bytes().replace(b"text 77 ", b"TEXT 77 "))
    result = scene.verify("--source", loaded)
    assert result.code == DIFFERENCES, result


def test_rows_that_were_there_before_are_not_counted(scene: Scene) -> None:
    """A topic may hold other people's rows; the load's own are told apart by their place."""
    scene.kafka.produce(scene.topic, [(p, b"older", b"{}") for p in range(5)])
    path = scene.write(rows_csv(ROWS))
    assert scene.load(*CHUNK, path).code == DONE
    result = scene.verify(path)
    assert result.code == DONE, result


# --- damage that Kafka's own tools cannot do: a forged copy ---------------------------------------

Message = tuple[int, bytes | None, bytes]  # partition, key, value


def lose(rows: list[list[Message]], at: int) -> None:
    del rows[at][5]


def double(rows: list[list[Message]], at: int) -> None:
    rows[at].insert(9, rows[at][5])


def swap(rows: list[list[Message]], at: int) -> None:
    rows[at][5], rows[at][6] = rows[at][6], rows[at][5]


def change_a_byte(rows: list[list[Message]], at: int) -> None:
    partition, key, value = rows[at][5]
    rows[at][5] = (partition, key, value.replace(b"text", b"tExt"))


def move(rows: list[list[Message]], at: int) -> None:
    _, key, value = rows[at].pop(5)
    other = (at + 1) % len(rows)
    rows[other].append((other, key, value))


def add_anothers(rows: list[list[Message]], at: int) -> None:
    rows[at].insert(5, (at, b"somebody", b'{"id":"1"}'))


def leave_alone(rows: list[list[Message]], at: int) -> None:
    pass


def forge(scene: Scene, path: Path, damage: Callable[[list[list[Message]], int], None]) -> int:
    """Makes the scene's topic a copy of a load in one chunk, with damage, and a progress record
    that says it is the load. Returns the damaged partition."""
    original, copy = scene.topic, f"{scene.topic}.copy"
    progress = f"{copy}.progress"
    scene.topics += [copy, progress]
    assert scene.load("--key", "user", path).code == DONE
    at = partition_with_rows(scene)
    rows = [[(p, *row) for row in scene.kafka.records(original, p)] for p in range(5)]
    damage(rows, at)
    scene.kafka.create(copy)
    scene.kafka.create(progress, 16)
    scene.kafka.produce(copy, [row for partition in rows for row in partition])
    name = f"{original}/{path.name}".encode()
    home = check_topic.partition_of(name, 1, 16)
    newest = [v for k, v in scene.kafka.records("onceload.progress", home) if k == name][-1]
    record = json.loads(newest)
    record["topic"] = {"name": copy, "id": scene.kafka.topic_id(copy)}
    scene.kafka.produce(progress, [(home, name, json.dumps(record).encode())])
    scene.topic = copy
    return at


def verify_forged(scene: Scene, path: Path, *words: str) -> Result:
    progress = ("--progress-topic", f"{scene.topic}.progress")
    name = ("--name", f"{scene.topic.removesuffix('.copy')}/{path.name}")
    return scene.verify(*name, *progress, *words, path, state=elsewhere(scene))


@pytest.mark.parametrize("words", [(), ("--source",)], ids=["progress_record", "source"])
@pytest.mark.parametrize("damage", [lose, double, swap, change_a_byte, move, add_anothers])
def test_each_damage_is_found(
    scene: Scene, damage: Callable[[list[list[Message]], int], None], words: tuple[str, ...]
) -> None:
    path = scene.write(rows_csv(ROWS))
    partition = forge(scene, path, damage)
    result = verify_forged(scene, path, *words)
    if words:
        assert_names(result, partition)
        return
    # Without file or ledger there are no rows to name; the partition is.
    assert result.code == DIFFERENCES, result
    assert re.search(rf"^ +{partition} .*(differ|wrong|DIFF)", result.stdout, re.M), result


def test_a_forged_copy_without_damage_is_proven(scene: Scene) -> None:
    """Else the test above would show nothing."""
    path = scene.write(rows_csv(ROWS))
    forge(scene, path, leave_alone)
    for words in ((), ("--source",)):
        result = verify_forged(scene, path, *words)
        assert result.code == DONE, result


# --- cannot tell ----------------------------------------------------------------------------------


def test_unreachable_brokers(scene: Scene, loaded: Path) -> None:
    command = scene.command("verify", "--retry-budget", 3, loaded)
    command[command.index("-b") + 1] = "127.0.0.1:1"
    assert_fails(scene.start_command(command).wait(90), KAFKA, "127.0.0.1:1")


def test_a_strangers_open_transaction_is_named(scene: Scene) -> None:
    """It holds back what a reader is given; the load is not held back, nor are its rows missing."""
    stranger = Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": f"x-{scene.topic}"})
    stranger.init_transactions(30)
    stranger.begin_transaction()
    stranger.produce(scene.topic, b"{}", partition=2)
    stranger.flush(30)
    path = scene.write(rows_csv(ROWS))
    result = scene.load(*CHUNK, path)
    assert result.code == DONE, result
    for words in ((), ("--source",)):
        refused = scene.verify("--retry-budget", 5, *words, path)
        assert_fails(refused, KAFKA, "partition 2", scene.topic, "offset 0 of", "not this load's")
    stranger.abort_transaction(30)
    for words in ((), ("--source",)):
        assert scene.verify(*words, path).code == DONE


def test_nothing_is_known_of_that_name(scene: Scene, clicks: Callable[[int], Path]) -> None:
    result = scene.verify("--name", "never-loaded")
    assert result.code in (USAGE, DISAGREEMENT), result
    assert_fails(result, result.code, "never-loaded")
