"""Brokers die, freeze, run full, or are changed by their administrator."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from acls import LOAD, PROGRESS, SASL_OFFSET, TARGET, Acls
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource
from onceload_runner import (
    BOOTSTRAP,
    BROKERS,
    CLUSTER_DIR,
    DISAGREEMENT,
    DONE,
    KAFKA,
    USAGE,
    Running,
    cluster,
    cluster_is_up,
    wait_until,
)

from crash.case import Act, Case, Unavailable
from crash.stage import Stage

ALL = tuple(str(broker) for broker in BROKERS)
TRANSACTION_PARTITIONS = 5  # of __transaction_state, see scripts/cluster
SHORT_TRANSACTIONS = ("-X", "transaction.timeout.ms=6000", "--chunk-ms", 2000)
OUTAGE_SECONDS = 180.0
SPARE_KILOBYTES = 64 << 10  # a small log directory has so much room left

Choice = Callable[[Stage], tuple[str, ...]]


# --- which broker ---------------------------------------------------------------------------------


def these(*brokers: str) -> Choice:
    return lambda stage: brokers


def leader(stage: Stage, topic: str, partition: int) -> str:
    return str(stage.kafka.admin.list_topics(timeout=30).topics[topic].partitions[partition].leader)


def coordinator(stage: Stage) -> tuple[str, ...]:
    """Of the first of the load's transactional ids: Java's hash of it chooses the partition."""
    hash_ = 0
    for character in f"onceload-{stage.topic}/{stage.path.name}-a":
        hash_ = (31 * hash_ + ord(character)) & 0xFFFFFFFF
    partition = (hash_ & 0x7FFFFFFF) % TRANSACTION_PARTITIONS
    return (leader(stage, "__transaction_state", partition),)


def row_leader(stage: Stage) -> tuple[str, ...]:
    return (leader(stage, stage.topic, 2),)


# --- what happens to it, while a load is under way ------------------------------------------------


def under_way(fault: Callable[[Stage, Running], None], *words: object, rows: int = 20_000) -> Act:
    def act(stage: Stage) -> None:
        run = stage.slow(*words, rows=rows)
        fault(stage, run)
        stage.mark()
        stage.met(run.wait(OUTAGE_SECONDS))

    return act


def killed(choose: Choice) -> Act:
    def fault(stage: Stage, run: Running) -> None:
        brokers = choose(stage)
        cluster("kill", *brokers)
        cluster("start", *brokers)

    return under_way(fault)


def frozen(choose: Choice, seconds: float, *words: object) -> Act:
    def fault(stage: Stage, run: Running) -> None:
        brokers = choose(stage)
        cluster("pause", *brokers)
        time.sleep(seconds)  # the length of the outage is the fault
        cluster("resume", *brokers)

    return under_way(fault, *words)


def restarted_in_turn(stage: Stage, run: Running) -> None:
    for broker in ALL:
        cluster("stop", broker)
        cluster("up")


def down_past_the_budget(stage: Stage) -> None:
    run = stage.slow("--retry-budget", 10)
    cluster("kill", "2", "3")
    stage.met(run.wait(60))
    cluster("up")


# --- a log directory that fails -------------------------------------------------------------------


def attempt(*command: object) -> None:
    words = [str(word) for word in command]
    if subprocess.run(words, capture_output=True, check=False).returncode != 0:
        raise Unavailable(f"`{words[0]}` of a file system fails here (it needs root)")


def memory_disk(small: Path, kilobytes: int) -> None:
    attempt("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "crash", small)


def image_disk(small: Path, kilobytes: int) -> None:
    """On a file: an ext4 that becomes read-only at its first error, as most are set to."""
    image = small.with_suffix(".image")
    with image.open("wb") as file:
        file.truncate(kilobytes << 10)
    attempt("mkfs.ext4", "-q", "-F", image)
    attempt("mount", "-o", "loop,errors=remount-ro", image, small)
    image.unlink()  # the mount keeps it
    (small / "lost+found").rmdir()  # a broker refuses what is no partition


def fill(small: Path) -> None:
    with contextlib.suppress(OSError), (small / "fill").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 12))


def fail(small: Path) -> None:
    """The kernel is told of an error; only ever of a loop device, which is ours."""
    mounts = Path("/proc/mounts").read_text().splitlines()
    [line] = [line for line in mounts if f" {small} " in line]
    device = Path(line.split()[0])
    assert device.name.startswith("loop"), line
    Path(f"/sys/fs/ext4/{device.name}/trigger_fs_error").write_text("crash")
    with contextlib.suppress(OSError):
        (small / "probe").touch()
        raise AssertionError("it can still be written")


def log_directory_fails(
    make: Callable[[Path, int], None], spoil: Callable[[Path], None], rows: int
) -> Act:
    """Broker 3's is moved to a small file system, and that one fails during the load."""

    def act(stage: Stage) -> None:
        data = CLUSTER_DIR / "broker3/data"
        small = data.with_name("small")
        cluster("stop", "3")
        try:
            small.mkdir(exist_ok=True)
            used = subprocess.run(["du", "-sk", data], text=True, capture_output=True, check=True)
            make(small, int(used.stdout.split()[0]) + SPARE_KILOBYTES)
            attempt("cp", "-a", "--sparse=always", f"{data}/.", small)
            attempt("mount", "--bind", small, data)
            cluster("up")
            run = stage.slow(rows=rows)
            spoil(small)
            stage.mark()
            stage.met(run.wait(OUTAGE_SECONDS))
            assert not cluster_is_up(), "broker 3 has not noticed"
        finally:
            cluster("kill", "3")
            for path in (data, small):
                subprocess.run(["umount", "--lazy", str(path)], capture_output=True, check=False)

    return act


# --- topics ---------------------------------------------------------------------------------------


def set_topic(stage: Stage, topic: str, name: str, value: str | None) -> None:
    operation = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    entry = ConfigEntry(name, value or "", incremental_operation=operation)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    stage.kafka.admin.incremental_alter_configs([resource])[resource].result(30)


def reassigned(stage: Stage, run: Running) -> None:
    """Each partition gets its replicas in another order, so another leader, and loses one."""
    moves = [
        {"topic": stage.topic, "partition": p, "replicas": [1 + (p + 1) % 3, 1 + p % 3]}
        for p in range(5)
    ]
    plan = stage.directory / "plan.json"
    plan.write_text(json.dumps({"version": 1, "partitions": moves}))
    tool = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
    where = ("--bootstrap-server", BOOTSTRAP, "--reassignment-json-file", str(plan))
    cluster("shell", tool, *where, "--execute")
    elect = ("--election-type", "preferred", "--all-topic-partitions")
    cluster("shell", "org.apache.kafka.tools.LeaderElectionCommand", *where[:2], *elect)


def after_a_death(fault: Callable[[Stage], None], *words: object) -> Act:
    """Between two runs; the next one is the plain command, and has to refuse or to go on."""

    def act(stage: Stage) -> None:
        stage.words = (*stage.words, *words_of(words, stage))
        stage.die("after_commit:4")
        stage.die("after_commit:1")  # confirms the one before
        fault(stage)

    return act


def words_of(words: tuple[object, ...], stage: Stage) -> list[object]:
    return [progress_topic(stage) if word is progress_topic else word for word in words]


def progress_topic(stage: Stage) -> str:
    name = f"{stage.topic}.progress"
    if name not in stage.topics:
        stage.topics.append(name)
    return name


OWN_PROGRESS = ("--progress-topic", progress_topic)


def topic_deleted(stage: Stage) -> None:
    stage.watcher.stop()
    stage.kafka.delete(stage.topic)


def topic_recreated(stage: Stage) -> None:
    topic_deleted(stage)
    stage.kafka.create(stage.topic)
    stage.watcher.seen = [[] for _ in stage.watcher.seen]  # of a topic that is no more
    stage.watcher.reached = [1 << 60] * len(stage.watcher.seen)


def partitions_added(stage: Stage) -> None:
    stage.kafka.add_partitions(stage.topic, 7)


def progress_deleted(stage: Stage) -> None:
    name = progress_topic(stage)
    partitions = stage.kafka.partitions(name)
    stage.kafka.delete(name)
    stage.kafka.create(name, partitions)


def messages_limited(stage: Stage) -> None:
    set_topic(stage, stage.topic, "max.message.bytes", "600")
    wait_until(
        lambda: stage.kafka.config(stage.topic)["max.message.bytes"] == "600", "the limit is known"
    )
    stage.met(stage.begin().wait())
    set_topic(stage, stage.topic, "max.message.bytes", None)


def messages_limited_under_way(stage: Stage) -> None:
    run = stage.slow("--retry-budget", 5)
    set_topic(stage, stage.topic, "max.message.bytes", "600")
    stage.met(run.wait(60))
    set_topic(stage, stage.topic, "max.message.bytes", None)


def topic_deleted_under_way(stage: Stage) -> None:
    run = stage.slow("--retry-budget", 8)
    topic_deleted(stage)
    stage.met(run.wait(60))


def partitions_added_under_way(stage: Stage) -> None:
    """The load may end with the partitions it began with, or be refused at its next recovery."""
    run = stage.slow()
    partitions_added(stage)
    result = run.wait(60)
    stage.met(result)
    if result.code == DONE:  # then there is nothing left to be refused
        stage.after = DONE


def right_taken_away(stage: Stage) -> None:
    """And given back after the run that was refused: it is what a user would do."""
    acls = Acls(stage)
    acls.grant(LOAD)
    stage.port_offset = SASL_OFFSET
    stage.verify_words = ("--progress-topic", acls.names[PROGRESS])
    stage.words = (*stage.words, *stage.verify_words, "--command-config", acls.client)
    run = stage.slow()
    taken = [(TARGET, "Write")]
    acls.revoke(taken)
    stage.met(run.wait(60))
    acls.grant(taken)


def ids_expired(stage: Stage) -> None:
    """Brokers that forget a transactional id after seconds; then they are as before."""
    os.environ["ONCELOAD_CLUSTER_OVERRIDES"] = (
        "--override transactional.id.expiration.ms=2000"
        " --override transaction.remove.expired.transaction.cleanup.interval.ms=500"
    )
    try:
        cluster("down")
        cluster("up")
        stage.die("after_commit:4")
        wait_until(lambda: f"onceload-{stage.topic}" not in transactional_ids(), "it is expired")
        stage.met(stage.begin().wait())
    finally:
        del os.environ["ONCELOAD_CLUSTER_OVERRIDES"]
        cluster("down")


def transactional_ids() -> str:
    tool = "org.apache.kafka.tools.TransactionsCommand"
    return cluster("shell", tool, "--bootstrap-server", BOOTSTRAP, "list")


def case(name: str, fault: str, act: Act, *met: int, **more) -> Case:
    return Case(name, "broker", fault, act, met or (DONE,), **more)


def outage(name: str, fault: str, act: Act, *met: int) -> Case:
    """Of brokers, which all cases share."""
    return case(name, fault, act, *met, alone=True)


OUTAGES = [
    *(outage(f"broker.kill.{n}", f"SIGKILL of broker {n}", killed(these(n))) for n in ALL),
    outage("broker.kill.coordinator", "SIGKILL of the coordinator", killed(coordinator)),
    outage("broker.kill.leader", "SIGKILL of a partition's leader", killed(row_leader)),
    outage("broker.kill.two", "SIGKILL of two of three", killed(these("2", "3"))),
    outage("broker.kill.all", "SIGKILL of all three", killed(these(*ALL))),
    outage("broker.rolling", "clean restart of each in turn", under_way(restarted_in_turn)),
    outage("broker.budget", "two down past --retry-budget", down_past_the_budget, KAFKA),
    outage("broker.freeze.5", "SIGSTOP of one for 5 s", frozen(row_leader, 5)),
    outage("broker.freeze.45", "SIGSTOP of one for 45 s", frozen(row_leader, 45)),
    outage("broker.freeze.coordinator", "SIGSTOP of the coordinator, 5 s", frozen(coordinator, 5)),
    outage(
        "broker.freeze.time_out",
        "SIGSTOP of one past the transaction time-out",
        frozen(row_leader, 17, *SHORT_TRANSACTIONS),
    ),
    outage("broker.freeze.two", "SIGSTOP of two for 5 s", frozen(these("1", "2"), 5)),
    outage(
        "broker.freeze.two_time_out",
        "SIGSTOP of two past the transaction time-out",
        frozen(these("1", "3"), 17, *SHORT_TRANSACTIONS),
    ),
    outage("broker.freeze.all", "SIGSTOP of all for 5 s", frozen(these(*ALL), 5)),
    outage(
        "broker.disk_full",
        "a broker's log directory runs full",
        log_directory_fails(memory_disk, fill, 50_000),
    ),
    outage(
        "broker.disk_read_only",
        "a broker's log directory becomes read-only",
        log_directory_fails(image_disk, fail, 50_000),
    ),
]

CHANGES = [
    outage("topic.reassigned", "replicas and leaders move", under_way(reassigned, rows=60_000)),
    case(
        "topic.deleted",
        "the topic is deleted after a death",
        after_a_death(topic_deleted),
        after=DISAGREEMENT,
    ),
    case(
        "topic.deleted.loading",
        "the topic is deleted during the load",
        topic_deleted_under_way,
        *(DISAGREEMENT, KAFKA),
        after=DISAGREEMENT,
    ),
    case(
        "topic.recreated",
        "the topic is created anew",
        after_a_death(topic_recreated),
        after=DISAGREEMENT,
    ),
    case(
        "topic.partitions",
        "partitions are added after a death",
        after_a_death(partitions_added),
        after=DISAGREEMENT,
    ),
    case(
        "topic.partitions.loading",
        "partitions are added during the load",
        partitions_added_under_way,
        *(DONE, DISAGREEMENT),
        after=DISAGREEMENT,
    ),
    case(
        "topic.max_message",
        "max.message.bytes is lowered after a death",
        after_a_death(messages_limited),
    ),
    case(
        "topic.max_message.loading",
        "max.message.bytes is lowered during the load",
        messages_limited_under_way,
        *(DONE, USAGE, KAFKA),  # or each row in a request of its own
    ),
    case(
        "progress.deleted",
        "the progress topic is deleted",
        after_a_death(progress_deleted, *OWN_PROGRESS),
        after=DISAGREEMENT,
    ),
    case("acl.loading", "the right to write is taken away", right_taken_away, USAGE),
    outage("id.expired", "the transactional ids have expired", ids_expired),
]

CASES = [*OUTAGES, *CHANGES]
