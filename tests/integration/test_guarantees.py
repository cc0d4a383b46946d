"""Settings of Kafka that weaken the promise are told, or refused; and --max-rate is kept."""

from __future__ import annotations

import pytest
from confluent_kafka.admin import NewTopic
from onceload_runner import DONE, USAGE, Scene, assert_fails, rows_csv, wait_until


def one_replica(scene: Scene) -> None:
    config = {"min.insync.replicas": "1"}
    new = NewTopic(scene.topic, 2, replication_factor=1, config=config)
    scene.kafka.admin.create_topics([new], operation_timeout=30)[scene.topic].result(60)
    wait_until(lambda: scene.kafka.partitions(scene.topic) == 2, "the topic exists")


def own_progress(scene: Scene) -> tuple[str, str]:
    """A progress topic of the test's own, which onceload has to make."""
    scene.topics.append(f"{scene.topic}.progress")
    return "--progress-topic", scene.topics[-1]


def good_progress(scene: Scene) -> tuple[str, str]:
    words = own_progress(scene)
    scene.kafka.create(words[1], 16, **{"cleanup.policy": "compact"})
    return words


def test_one_replica_is_warned_of(bare_scene: Scene) -> None:
    one_replica(bare_scene)
    path = bare_scene.write(rows_csv(20))
    result = bare_scene.load(*own_progress(bare_scene), path)
    assert result.code == DONE, result
    told = f"topic {bare_scene.topic} has replication.factor=1: the loss of one disk"
    assert told in result.stderr, result
    assert "unclean" not in result.stderr, result


def test_the_progress_topic_is_not_made_as_weak_as_the_target(bare_scene: Scene) -> None:
    """Loads of other topics will share it."""
    one_replica(bare_scene)
    words = own_progress(bare_scene)
    result = bare_scene.load(*words, bare_scene.write(rows_csv(20)))
    assert result.code == DONE, result
    topic = bare_scene.kafka.admin.list_topics(timeout=30).topics[words[1]]
    assert {len(partition.replicas) for partition in topic.partitions.values()} == {3}
    config = bare_scene.kafka.config(words[1])
    assert (config["min.insync.replicas"], config["cleanup.policy"]) == ("2", "compact")


def test_a_topic_that_is_made_is_a_good_one(bare_scene: Scene) -> None:
    """What onceload makes, it does not warn of."""
    path = bare_scene.write(rows_csv(20))
    words = ("--create-topic", "--topic-config", "retention.ms=-1")
    result = bare_scene.load(*words, *good_progress(bare_scene), path)
    assert result.code == DONE, result
    assert f"topic {bare_scene.topic} has" not in result.stderr, result
    config = bare_scene.kafka.config(bare_scene.topic)
    assert (config["min.insync.replicas"], config["retention.ms"]) == ("2", "-1")


def test_settings_of_a_topic_that_is_made_win(bare_scene: Scene) -> None:
    path = bare_scene.write(rows_csv(20))
    words = ("--create-topic", "--topic-config", "min.insync.replicas=1")
    result = bare_scene.load(*words, *good_progress(bare_scene), path)
    assert result.code == DONE, result
    assert bare_scene.kafka.config(bare_scene.topic)["min.insync.replicas"] == "1"


def test_a_setting_that_does_not_exist_is_refused(bare_scene: Scene) -> None:
    path = bare_scene.write(rows_csv(20))
    words = ("--create-topic", "--topic-config", "no.such=1")
    result = bare_scene.load(*words, *good_progress(bare_scene), path)
    assert_fails(result, USAGE, bare_scene.topic, "no.such")


def test_strict_refuses_one_replica(bare_scene: Scene) -> None:
    one_replica(bare_scene)
    path = bare_scene.write(rows_csv(20))
    result = bare_scene.load("--strict", *own_progress(bare_scene), path)
    fact = f"topic {bare_scene.topic} has replication.factor=1"
    assert_fails(result, USAGE, fact, "--strict")
    assert f"topic {bare_scene.topics[-1]} has" not in result.errors[0], result
    assert bare_scene.kafka.committed(bare_scene.topic) == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("min.insync.replicas", "1"),
        ("unclean.leader.election.enable", "true"),
        ("cleanup.policy", "compact"),
        ("retention.ms", "60000"),
        ("retention.bytes", "10"),
    ],
)
def test_strict_refuses_a_weak_setting(bare_scene: Scene, setting: str, value: str) -> None:
    bare_scene.kafka.create(bare_scene.topic, **{setting: value})
    path = bare_scene.write(rows_csv(20))
    result = bare_scene.load("--strict", *good_progress(bare_scene), path)
    assert_fails(result, USAGE, f"topic {bare_scene.topic} has {setting}={value}")
    # Nothing else is found fault with.
    assert result.errors[0].count(" has ") == 1, result


def test_an_unclean_election_is_warned_of_and_the_load_goes_on(bare_scene: Scene) -> None:
    bare_scene.kafka.create(bare_scene.topic, **{"unclean.leader.election.enable": "true"})
    path = bare_scene.write(rows_csv(20))
    result = bare_scene.load("--key", "user", path)
    assert result.code == DONE, result
    assert "unclean.leader.election.enable=true: a replica that lacks" in result.stderr, result
    bare_scene.assert_exactly_once(path, "user")


def test_rows_with_times_of_their_own_need_retention_without_end(scene: Scene) -> None:
    week = "604800000"
    path = scene.write("id,at\n1,1700000000000\n")
    words = ("--strict", *good_progress(scene), "--timestamp", "at", path)
    assert scene.load(*words).code == DONE  # the cluster's default is -1
    scene.topics.append(f"{scene.topic}.week")
    scene.kafka.create(scene.topics[-1], **{"retention.ms": week})
    command = scene.command("load", *words)
    command[command.index("-t") + 1] = scene.topics[-1]
    result = scene.start_command(command).wait()
    assert_fails(result, USAGE, f"retention.ms={week} with --timestamp")


def test_strict_is_silent_about_good_settings(scene: Scene) -> None:
    path = scene.write(rows_csv(20))
    words = ("--strict", *good_progress(scene), "--on-error", "dead-letter", "--key", "user")
    result = scene.load(*words, path)
    scene.topics.append(f"{scene.topic}.dead-letters")
    assert result.code == DONE, result
    assert "warning:" not in result.stderr, result
    scene.assert_exactly_once(path, "user")


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [("500", 4), ("20kB", 3.8)],  # of 2000 rows, and of their more than 76,000 bytes of JSON
)
def test_a_rate_is_kept(scene: Scene, rate: str, seconds: float) -> None:
    path = scene.write(rows_csv(2000))
    result = scene.load("--max-rate", rate, "--chunk-ms", 1000, "--key", "user", "--json", path)
    assert result.code == DONE, result
    assert result.json()["loading_seconds"] >= 0.9 * seconds, result
    assert result.json()["chunk"] >= 3, result  # the age of a chunk is kept too
    scene.assert_exactly_once(path, "user")


@pytest.mark.parametrize(
    "words", [("--max-rate", "fast"), ("--max-rate", "0"), ("--max-rate", "9", "--atomic")]
)
def test_a_rate_that_is_none_is_refused(scene: Scene, words: tuple[str, ...]) -> None:
    assert_fails(scene.load(*words, scene.write(rows_csv(2))), USAGE, "--max-rate")
