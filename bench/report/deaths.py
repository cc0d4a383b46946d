"""Loads that are killed and go on: how soon, and with what rows; onceload's beside Flink's."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from .contest import KEY, reason
from .flink import JOB_MANAGER, MODES, TASK_MANAGER, TRANSACTION_SECONDS, Cluster
from .lab import PARTITIONS, Failed, Lab, Unavailable, say, wait_until
from .stats import spread
from .tally import Tally, consumer, tally

KILL_AT = 0.25  # of the rows are committed
SHORT_SECONDS = 10  # of a transaction; the dead stay dead for longer
# onceload dies where Flink does when a checkpoint is complete: what is to be committed is written
# down, and the brokers have not been asked to.
FAILPOINT = "after_intend:2"
RESUME_SECONDS_MAX = 300.0


def ends(lab: Lab, topic: str, level: IsolationLevel) -> list[int]:
    """Where the partitions of a topic end for readers of that level."""
    places = {TopicPartition(topic, n): OffsetSpec.latest() for n in range(PARTITIONS)}
    found: list[int] = []

    def told() -> bool:
        futures = lab.admin.list_offsets(places, isolation_level=level, request_timeout=60)
        with contextlib.suppress(KafkaException):  # not all brokers know a new topic's leaders
            by_number = {place.partition: each.result(60) for place, each in futures.items()}
            found.extend(by_number[number].offset for number in range(PARTITIONS))
        return bool(found)

    wait_until(told, f"the ends of {topic} are told")
    return found


def committed(lab: Lab, topic: str) -> list[int]:
    return ends(lab, topic, IsolationLevel.READ_COMMITTED)


class Load(Protocol):
    """A load that can die."""

    def start(self) -> None: ...

    def running(self) -> bool: ...

    def die(self) -> None:
        """Returns when it is dead."""

    def resume(self) -> None: ...

    def wait(self) -> None:
        """Until it has loaded all."""

    def close(self) -> None:
        """Nothing of it goes on, whatever has failed."""


class Onceload:
    def __init__(self, lab: Lab, topic: str, path: Path, words: Sequence[object] = ()) -> None:
        load = lab.onceload("load", topic, "--progress", "none", *KEY, *words, path)
        self.command = [str(word) for word in load]
        self.log = lab.work / f"{topic}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self, **more: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env={**os.environ, **more}
            )

    def start(self) -> None:
        self.launch()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def die(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def resume(self) -> None:
        self.launch()

    def wait(self) -> None:
        if self.process and self.process.wait(RESUME_SECONDS_MAX) != 0:
            raise Failed(f"onceload: {self.log.read_text()[-1000:]}")

    def close(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class OnceloadInCommit(Onceload):
    """Kills itself where it is about to commit."""

    def start(self) -> None:
        self.launch(ONCELOAD_FAILPOINT=FAILPOINT)

    def die(self) -> None:
        if self.process and self.process.wait(RESUME_SECONDS_MAX) != -signal.SIGKILL:
            raise Failed(f"the load has not died at {FAILPOINT}")


class Flink:
    """Both processes die, and go on from the newest checkpoint."""

    def __init__(
        self, cluster: Cluster, topic: str, path: Path, seconds: int = TRANSACTION_SECONDS
    ) -> None:
        self.cluster = cluster
        self.topic = topic
        self.path = path
        self.properties = (*MODES["tuned"], f"transaction.timeout.ms={seconds * 1000}")
        self.identity = ""

    def start(self) -> None:
        if not self.cluster.processes:  # ended by the close() of one that failed
            self.cluster.start()
        self.identity = self.cluster.submit(self.path, self.topic, self.properties)

    def running(self) -> bool:
        return bool(self.cluster.job(self.identity)["state"] != "FINISHED")

    def die(self) -> None:
        self.cluster.kill()

    def resume(self) -> None:
        self.cluster.start()
        newest = self.cluster.checkpoints(self.identity)[-1]
        self.identity = self.cluster.submit(self.path, self.topic, self.properties, newest)

    def wait(self) -> None:
        self.cluster.wait(self.identity)

    def close(self) -> None:
        with contextlib.suppress(Failed, OSError):
            if not self.running():
                return
        self.cluster.kill()


class FlinkWorker(Flink):
    """The TaskManager dies, and another is started at once: the job goes on by itself."""

    def die(self) -> None:
        self.cluster.kill(TASK_MANAGER)

    def resume(self) -> None:
        self.cluster.launch(TASK_MANAGER)


class FlinkInCommit(Flink):
    """Both processes die as soon as a checkpoint is complete, which is when the sink commits."""

    def die(self) -> None:
        newest = self.cluster.checkpoints(self.identity)[-1]
        # The file has its name when it is whole. What follows takes milliseconds: no pause.
        another = lambda: self.cluster.checkpoints(self.identity)[-1] != newest  # noqa: E731
        wait_until(another, "another checkpoint is complete", pause=0)
        self.cluster.kill(JOB_MANAGER, TASK_MANAGER)


class Sight:
    """Sees the first committed row that was sent after an instant."""

    def __init__(self, lab: Lab, topic: str) -> None:
        self.reader = consumer(lab, **{"fetch.wait.max.ms": 20})
        places = enumerate(committed(lab, topic))
        self.reader.assign([TopicPartition(topic, number, end) for number, end in places])

    def close(self) -> None:
        self.reader.close()

    def wait(self, after_ms: float) -> None:
        deadline = time.monotonic() + RESUME_SECONDS_MAX
        while time.monotonic() < deadline:
            message = self.reader.poll(0.5)
            if message and message.error() is None and message.timestamp()[1] > after_ms:
                return
        raise Failed("no row has been committed after the kill")


def wait_midway(lab: Lab, topic: str, rows: int, load: Load) -> None:
    def midway() -> bool:
        return sum(committed(lab, topic)) >= rows * KILL_AT

    wait_until(midway, f"{KILL_AT:.0%} of the rows are committed")
    if not load.running():
        raise Failed("the load has ended before it could be killed: it needs more rows")


def resumed(lab: Lab, topic: str, rows: int, load: Load) -> float:
    """Seconds from the kill to the first committed row that the next run has sent."""
    load.start()
    wait_midway(lab, topic, rows, load)
    with contextlib.closing(Sight(lab, topic)) as sight:
        begin = time.monotonic()
        load.die()
        dead_ms = time.time() * 1000
        load.resume()
        sight.wait(dead_ms)
        seconds = time.monotonic() - begin
    load.wait()
    return seconds


def outlived(lab: Lab, topic: str, rows: int, load: Load) -> float:
    """Seconds from the kill to the next start: by then the brokers have ended its transactions."""
    load.start()
    if not isinstance(load, OnceloadInCommit):
        wait_midway(lab, topic, rows, load)
    load.die()
    begin = time.monotonic()

    def ended() -> bool:
        everything = ends(lab, topic, IsolationLevel.READ_UNCOMMITTED)
        return time.monotonic() > begin + SHORT_SECONDS and committed(lab, topic) == everything

    wait_until(ended, "no transaction is open", pause=0.5)
    seconds = time.monotonic() - begin
    load.resume()
    load.wait()
    return seconds


@dataclass
class Death:
    name: str
    what: str
    make: Callable[[str, Path], Load]


Play = Callable[[Lab, str, int, Load], float]


def played(lab: Lab, death: Death, rows: int, play: Play) -> tuple[float, Tally]:
    path = lab.clicks(rows)
    with lab.topic() as topic, contextlib.closing(death.make(topic, path)) as load:
        try:
            seconds = play(lab, topic, rows, load)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{death.name} does not end") from error
        return seconds, tally(lab, topic, path)


def rounds_of(lab: Lab, death: Death, rows: int, rounds: int, play: Play) -> dict[str, Any]:
    """What the report says of a way to die; one that fails does not end the others."""
    found = []
    entry = {"name": death.name, "what": death.what}
    try:
        for _ in range(rounds):
            found.append(played(lab, death, rows, play))
            seconds, rest = found[-1]
            say(f"  {death.name}: {seconds:.2f} s, lost {rest.lost}, doubled {rest.doubled}")
    except (Failed, Unavailable, KafkaException, OSError) as error:
        say(f"  {death.name}: out: {error}")
        return {**entry, "left_out": reason(error)}
    return {
        **entry,
        "seconds": asdict(spread([seconds for seconds, _ in found])),
        "lost": asdict(spread([rest.lost for _, rest in found])),
        "doubled": asdict(spread([rest.doubled for _, rest in found])),
        "runs": [{"seconds": seconds, **asdict(rest)} for seconds, rest in found],
    }


def deaths(lab: Lab, cluster: Cluster, rows: int, rounds: int) -> Iterator[dict[str, Any]]:
    """Parts of the section, each when it has been measured."""

    def flink(kind: type[Flink], seconds: int = TRANSACTION_SECONDS) -> Callable[..., Load]:
        return lambda topic, path: kind(cluster, topic, path, seconds)

    def onceload(kind: type[Onceload], *words: object) -> Callable[..., Load]:
        return lambda topic, path: kind(lab, topic, path, words)

    short = ("-X", f"transaction.timeout.ms={SHORT_SECONDS * 1000}")
    quick = [
        Death("onceload", "the same command again", onceload(Onceload)),
        Death("flink, TaskManager", "another TaskManager", flink(FlinkWorker)),
        Death("flink, both", "both processes, the newest checkpoint", flink(Flink)),
    ]
    midway, in_commit = "in mid-load", "when a commit is due"
    long = [
        Death("onceload", midway, onceload(Onceload, *short)),
        Death("onceload", in_commit, onceload(OnceloadInCommit, *short)),
        Death("flink", midway, flink(Flink, SHORT_SECONDS)),
        Death("flink", in_commit, flink(FlinkInCommit, SHORT_SECONDS)),
    ]
    say("killed, and started again at once")
    yield {"resumes": [rounds_of(lab, death, rows, rounds, resumed) for death in quick]}
    say("killed, and dead for longer than a transaction may last")
    outages = [rounds_of(lab, death, rows, rounds, outlived) for death in long]
    yield {"outages": outages, "transaction_seconds": SHORT_SECONDS}
