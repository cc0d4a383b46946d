"""Runs onceload as a user does: a command line, an environment, an exit code, two streams."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import check_topic
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
)

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("ONCELOAD_BINARY", ROOT / "build/release/onceload"))
GEN_CLICKS = Path(os.environ.get("ONCELOAD_GEN_CLICKS", ROOT / "build/release/bench/gen_clicks"))
CLUSTER = ROOT / "scripts/cluster"
CLUSTER_DIR = Path(os.environ.get("ONCELOAD_CLUSTER_DIR", ROOT / ".cluster"))
BROKERS = (1, 2, 3)


def addresses(offset: int = 0) -> str:
    """Where the cluster listens: scripts/cluster has the same rules."""
    settings = CLUSTER_DIR / "settings"
    recorded = re.search(r"port_base=(\d+)", settings.read_text()) if settings.exists() else None
    default = recorded[1] if recorded else "19093"
    first = int(os.environ.get("ONCELOAD_CLUSTER_PORT_BASE", default)) + offset
    return ",".join(f"127.0.0.1:{first + n}" for n in range(len(BROKERS)))


BOOTSTRAP = addresses()

# Exit codes: the contract with the shell, written down here once more.
DONE, DIFFERENCES, USAGE, INPUT, STOPPED, KAFKA, HELD, DISAGREEMENT = range(8)

# The load of a small file takes a second; this is for a machine that is busy otherwise.
PATIENCE = 90.0


def wait_until(fact: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


@dataclass
class Result:
    """A run that has ended. Its representation is what a failed assertion shows."""

    command: list[str]
    code: int  # negative: killed by that signal
    stdout: str
    stderr: str
    seconds: float

    def __repr__(self) -> str:
        return (
            f"$ {shlex.join(self.command)}\n-> {self.code} after {self.seconds:.1f} s\n"
            f"--- stdout\n{self.stdout[-3000:]}\n--- stderr\n{self.stderr[-3000:]}"
        )

    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def errors(self) -> list[str]:
        return [line for line in self.stderr.splitlines() if line.startswith("onceload: error:")]


class Running:
    """A run under way. Its streams go to files, so it never waits for a reader."""

    def __init__(self, command: Sequence[str], env: dict[str, str], log: Path) -> None:
        self.command = list(command)
        self.out, self.err = log.with_suffix(".out"), log.with_suffix(".err")
        self.started = time.monotonic()
        self.peak_kilobytes = 0
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill_within(self, seconds: float) -> None:
        """SIGKILL after so long, unless it has ended before."""
        end = time.monotonic() + seconds
        while self.alive() and time.monotonic() < end:
            time.sleep(0.002)
        if self.alive():
            self.signal(signal.SIGKILL)

    def stderr(self) -> str:
        return self.err.read_text(errors="replace")

    def note_memory(self) -> None:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return
        if peak := re.search(r"VmHWM:\s*(\d+) kB", status):
            self.peak_kilobytes = max(self.peak_kilobytes, int(peak[1]))

    def wait(self, seconds: float = PATIENCE) -> Result:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            late = f"still running after {seconds:.0f} s: {self.result(-9)}"
            raise AssertionError(late) from None
        return self.result(code)

    def result(self, code: int) -> Result:
        out = self.out.read_text(errors="replace")
        return Result(self.command, code, out, self.stderr(), time.monotonic() - self.started)

    def end(self) -> None:
        if self.alive():
            self.process.kill()
            self.process.wait()


class Kafka:
    """The test cluster as its administrator sees it."""

    def __init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
        self.deletions: list[Future[None]] = []
        # One for all tests: getting a producer id takes half a second.
        self.producer = Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": True})

    def create(self, topic: str, partitions: int = 5, **settings: str) -> None:
        config = {"min.insync.replicas": "2", **settings}
        new = NewTopic(topic, partitions, replication_factor=3, config=config)
        self.admin.create_topics([new], operation_timeout=30)[topic].result(60)
        wait_until(lambda: self.partitions(topic) == partitions, f"topic {topic} exists")

    def delete(self, *topics: str) -> None:
        for topic, done in self.admin.delete_topics(list(topics), operation_timeout=30).items():
            done.result(60)
            wait_until(lambda topic=topic: not self.exists(topic), f"topic {topic} is gone")

    def forget(self, topics: Sequence[str]) -> None:
        """Deletes those that exist; close() waits for it."""
        if there := [topic for topic in topics if self.exists(topic)]:
            self.deletions += self.admin.delete_topics(there).values()

    def close(self) -> None:
        for deletion in self.deletions:
            deletion.exception(60)

    def add_partitions(self, topic: str, total: int) -> None:
        self.admin.create_partitions([NewPartitions(topic, total)])[topic].result(60)
        wait_until(lambda: self.partitions(topic) == total, f"topic {topic} has {total} partitions")

    def exists(self, topic: str) -> bool:
        return topic in self.admin.list_topics(timeout=30).topics

    def partitions(self, topic: str) -> int:
        metadata = self.admin.list_topics(timeout=30).topics.get(topic)
        led = [p for p in metadata.partitions.values() if p.leader >= 0] if metadata else []
        return len(led)

    def topic_id(self, topic: str) -> str:
        """As librdkafka and the progress record have it: plain base64, not that of URLs."""
        described = self.admin.describe_topics(TopicCollection([topic]))[topic].result(30)
        return str(described.topic_id).replace("-", "+").replace("_", "/")

    def config(self, topic: str) -> dict[str, str]:
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        entries = self.admin.describe_configs([resource])[resource].result(30)
        return {name: entry.value for name, entry in entries.items()}

    def ends(self, topic: str, isolation: str = "read_uncommitted") -> list[int]:
        consumer = check_topic.make_consumer(BOOTSTRAP, isolation, {})
        try:
            # A broker learns of a new topic a moment after the one that made it.
            partitions = 0

            def known() -> bool:
                nonlocal partitions
                metadata = consumer.list_topics(topic, timeout=30)
                partitions = len(metadata.topics[topic].partitions)
                return partitions > 0

            wait_until(known, f"topic {topic} is known to the broker asked")
            return check_topic.end_offsets(consumer, topic, partitions)
        finally:
            consumer.close()

    def committed(self, topic: str) -> int:
        """Committed messages. Offsets do not tell: markers and aborted rows have some, too."""
        consumer = check_topic.make_consumer(BOOTSTRAP, "read_committed", {})
        try:
            ends = self.ends(topic, "read_committed")
            return sum(map(len, check_topic.found_sequences(consumer, topic, ends, "raw")))
        finally:
            consumer.close()

    def set_config(self, topic: str, name: str, value: str) -> None:
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(
            ConfigResource.Type.TOPIC, topic, incremental_configs=[entry]
        )
        self.admin.incremental_alter_configs([resource])[resource].result(30)
        wait_until(lambda: self.config(topic)[name] == value, f"{name} of {topic} is {value}")

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        place = TopicPartition(topic, partition, before)
        self.admin.delete_records([place], operation_timeout=30)[place].result(60)

    def records(self, topic: str, partition: int) -> list[tuple[bytes | None, bytes | None]]:
        """Key and value of all committed records."""
        return [(message.key(), message.value()) for message in self.messages(topic, partition)]

    def messages(self, topic: str, partition: int) -> list[Message]:
        """All committed records."""
        end = self.ends(topic, "read_committed")[partition]
        consumer: Consumer = check_topic.make_consumer(BOOTSTRAP, "read_committed", {})
        found = []
        try:
            consumer.assign([TopicPartition(topic, partition, 0)])
            while end > 0:
                message = consumer.poll(30)
                if message is None:
                    raise AssertionError(f"{topic} partition {partition} cannot be read")
                if message.error() is None:
                    found.append(message)
                if message.offset() + 1 >= end:
                    break
            return found
        finally:
            consumer.close()

    def produce(self, topic: str, messages: Sequence[tuple[int, bytes | None, bytes]]) -> None:
        """(partition, key, value), in this order and acknowledged by all."""
        failed = []

        def delivered(error: KafkaError | None, _: object) -> None:
            if error is not None:
                failed.append(error.str())

        for partition, key, value in messages:
            self.producer.produce(topic, value, key, partition, on_delivery=delivered)
        assert self.producer.flush(60) == 0 and not failed, failed


def cluster(*words: str) -> str:
    """Runs scripts/cluster."""
    done = subprocess.run(
        [CLUSTER, *words], text=True, capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"cluster {words}: {done.stdout}{done.stderr}"
    return done.stdout


def cluster_is_up() -> bool:
    try:
        metadata = AdminClient({"bootstrap.servers": BOOTSTRAP}).list_topics(timeout=10)
    except KafkaException:
        return False
    return len(metadata.brokers) == len(BROKERS)


class Scene:
    """One test's stage: a topic, a state file, a file to load, and the runs made with them."""

    def __init__(self, name: str, directory: Path, kafka: Kafka) -> None:
        self.topic = f"test.{re.sub(r'[^A-Za-z0-9]+', '-', name)[:80]}.{random.randbytes(4).hex()}"
        self.directory = directory
        self.kafka = kafka
        self.state = directory / "state.db"
        self.topics = [self.topic]
        self.runs: list[Running] = []

    # --- files ---

    def write(self, content: str | bytes, name: str = "rows.csv") -> Path:
        path = self.directory / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    # --- onceload ---

    def command(self, verb: str, *words: object, state: Path | None = None) -> list[str]:
        target = ["-b", BOOTSTRAP, "-t", self.topic, "--state", state or self.state]
        return [str(word) for word in (BINARY, verb, *target, *words)]

    def environment(self, failpoint: str | None = None) -> dict[str, str]:
        drop = {"KAFKA_BOOTSTRAP_SERVERS", "ONCELOAD_FAILPOINT", "ONCELOAD_WITHOUT_ENDTXN_GUARD"}
        env = {name: value for name, value in os.environ.items() if name not in drop}
        env["HOME"] = str(self.directory)
        env["XDG_STATE_HOME"] = str(self.directory / "xdg-state")
        if failpoint:
            env["ONCELOAD_FAILPOINT"] = failpoint
        return env

    def start_command(self, command: Sequence[str], failpoint: str | None = None) -> Running:
        log = self.directory / f"run-{len(self.runs)}"
        self.runs.append(Running(command, self.environment(failpoint), log))
        return self.runs[-1]

    def start(
        self, *words: object, state: Path | None = None, failpoint: str | None = None
    ) -> Running:
        return self.start_command(self.command("load", *words, state=state), failpoint)

    def load(
        self,
        *words: object,
        state: Path | None = None,
        failpoint: str | None = None,
        seconds: float = PATIENCE,
    ) -> Result:
        return self.start(*words, state=state, failpoint=failpoint).wait(seconds)

    def verify(self, *words: object, state: Path | None = None) -> Result:
        return self.start_command(self.command("verify", *words, state=state)).wait()

    def status(self, *words: object) -> Result:
        command = [BINARY, "status", "--state", self.state, *words]
        return self.start_command([str(word) for word in command]).wait()

    def crash(self, failpoint: str, *words: object, state: Path | None = None) -> Result:
        """A load that must die at the failpoint."""
        result = self.load(*words, state=state, failpoint=failpoint)
        assert result.code == -signal.SIGKILL, result
        return result

    # --- facts ---

    def check(
        self, csv: Path | list[Path], key: str | None = None, **encoding: Any
    ) -> check_topic.Report:
        return check_topic.check(BOOTSTRAP, self.topic, csv, check_topic.Encoding(key, **encoding))

    def assert_exactly_once(
        self, csv: Path | list[Path], key: str | None = None, **encoding: Any
    ) -> None:
        report = self.check(csv, key, **encoding)
        assert report.ok, f"{report.table()}\nlast run: {self.runs[-1].result(0)}"

    def wait_for_messages(self, count: int, run: Running) -> None:
        """Until the topic's committed end offsets show that many, while `run` goes on."""

        def there() -> bool:
            assert run.alive(), f"ended early: {run.result(run.process.poll() or 0)}"
            return sum(self.kafka.ends(self.topic, "read_committed")) >= count

        wait_until(there, f"{count} committed messages in {self.topic}")

    def end(self) -> None:
        for run in self.runs:
            run.end()
        self.kafka.forget(self.topics)


# What a crash of ours would leave on stderr instead of a sentence.
TRACES = ("terminate called", "what():", "Traceback", "Segmentation", "AddressSanitizer", "assert")


def assert_fails(result: Result, code: int, *parts: str) -> None:
    """Ended with `code` and one line of error, which holds all `parts`."""
    assert result.code == code, result
    assert len(result.errors) == 1, result
    for part in parts:
        assert part.lower() in result.errors[0].lower(), f"no {part!r} in: {result}"
    for trace in TRACES:
        assert trace not in result.stderr, result


def rows_csv(rows: int, keys: int = 7, first: int = 1) -> str:
    """A small file with the columns id, user and text."""
    lines = [f"{n},user-{n % keys},text {n} é" for n in range(first, first + rows)]
    return "\n".join(["id,user,text", *lines, ""])
