"""What runs are made with: programs, files, topics, and a stopwatch."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build/release"
LIBS = ROOT / ".deps/kafka/libs"
CLASSES = ROOT / "build/bench/classes"  # bench/java, compiled by scripts/bench
BENCH_PYTHON = ROOT / ".deps/bench-venv/bin/python"  # DuckDB and Polars
PARTITIONS = 5
RUN_SECONDS_MAX = 3600.0


class Unavailable(Exception):
    """A contestant cannot run here; the text is the reason."""


class Failed(Exception):
    """A run did not do what it should; the text says what."""


def say(text: str) -> None:
    print(f"bench: {text}", flush=True)


def wait_until(
    fact: Callable[[], bool], what: str, seconds: float = 120.0, pause: float = 0.02
) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


@dataclass
class Usage:
    """What a finished command took."""

    wall: float
    cpu: float
    rss_mb: float
    brokers_cpu: float  # of all brokers on this machine, while it ran; 0 if there is none
    stdout: str

    def number(self, name: str) -> float:
        """The number after a name in the output of bench/*.cc and SeedProducer."""
        found = re.search(rf"(?:^|\s){re.escape(name)} ([\d.]+)", self.stdout)
        if not found:
            raise Failed(f"no {name} in: {self.stdout[:300]}")
        return float(found[1])

    def json(self, name: str) -> float:
        return float(json.loads(self.stdout)[name])


def program(name: str) -> Path:
    path = RELEASE / name
    if not path.exists():
        raise Unavailable(f"{path.relative_to(ROOT)} is not built")
    return path


def tool(name: str) -> str:
    path = shutil.which(name)
    if not path:
        raise Unavailable(f"{name} is not installed")
    return path


def cpu_seconds(process: int | str) -> float:
    """User and system time of a running process, so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(process: int) -> float:
    """The most memory that a running process has had."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def brokers_cpu() -> float:
    """User and system time of the brokers on this machine, in seconds."""
    seconds = 0.0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"kafka.Kafka" in path.read_bytes().split(b"\0"):
                seconds += cpu_seconds(path.parent.name)
    return seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rest(url: str, method: str, body: bytes | None = None, kind: str = "application/json") -> Any:
    """What a service answers in JSON; None: nothing. Raises urllib.error.HTTPError."""
    request = urllib.request.Request(url, body, method=method)
    request.add_header("Content-Type", kind)
    with urllib.request.urlopen(request, timeout=60) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def measure(command: Sequence[object], core: int | None = None) -> Usage:
    """Runs a command to its end; on that one core if there is one."""
    words = [str(word) for word in command]
    if core is not None:
        words = ["taskset", "-c", str(core), *words]
    os.sync()  # what earlier runs have written is not to be written during this one
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        brokers = brokers_cpu()
        begin = time.monotonic()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        end = threading.Timer(RUN_SECONDS_MAX, process.kill)
        end.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        brokers = brokers_cpu() - brokers
        end.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        stdout, stderr = (text.read().decode(errors="replace") for text in (out, err))
    if process.returncode != 0:
        raise Failed(f"{' '.join(words)}: exit {process.returncode}: {stderr[-1000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Usage(wall, cpu, usage.ru_maxrss / 1024, brokers, stdout)


class Lab:
    """The cluster and the files of one report. Files stay in the work directory until close()."""

    def __init__(self, bootstrap: str, work: Path) -> None:
        self.bootstrap = bootstrap
        self.work = work
        self.work.mkdir(parents=True, exist_ok=True)

    @cached_property
    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap})

    def close(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)

    def clicks(self, rows: int) -> Path:
        """A file of that many click events, made once. Plain ones, that all contestants can read:
        for some of them a line is a record, or a byte a character."""
        path = self.work / f"clicks-{rows}.csv"
        if not path.exists():
            command = [program("bench/gen_clicks"), str(rows), "--plain", "-o", path]
            subprocess.run(command, check=True)
        return path

    def create(self, partitions: int = PARTITIONS, **config: str) -> str:
        name = f"bench.{random.randbytes(6).hex()}"
        settings = {"min.insync.replicas": "2", "file.delete.delay.ms": "1000", **config}
        new = NewTopic(name, partitions, replication_factor=3, config=settings)
        self.admin.create_topics([new], operation_timeout=60)[name].result(90)

        def led(address: str) -> bool:  # a new client's first question goes to that broker
            admin = AdminClient({"bootstrap.servers": address})
            topic = admin.list_topics(name, timeout=60).topics.get(name)
            leaders = [p.leader >= 0 for p in topic.partitions.values()] if topic else []
            return len(leaders) == partitions and all(leaders)

        for address in self.bootstrap.split(","):
            wait_until(lambda address=address: led(address), f"{address} has topic {name}")
        return name

    def delete(self, topic: str) -> None:
        with contextlib.suppress(KafkaException):  # it is gone, or goes with the cluster
            self.admin.delete_topics([topic], operation_timeout=60)[topic].result(90)

    @contextlib.contextmanager
    def topic(self, partitions: int = PARTITIONS, **config: str) -> Iterator[str]:
        """An empty topic, deleted afterwards."""
        name = self.create(partitions, **config)
        try:
            yield name
        finally:
            self.delete(name)

    def onceload(self, verb: str, topic: str, *words: object) -> list[object]:
        """A command that has `topic` for its load's name, and a state file of its own."""
        state = self.work / f"{topic}.db"
        common = ["-b", self.bootstrap, "-t", topic, "--name", topic, "--state", state, "--json"]
        return [program("onceload"), verb, *common, *words]

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.work).free
