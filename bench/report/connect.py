"""Kafka Connect's FileStreamSource with exactly-once support: one distributed worker."""

from __future__ import annotations

import json
import os
import random
import subprocess
import urllib.error
from pathlib import Path
from typing import Any

from .lab import (
    LIBS,
    Failed,
    Lab,
    cpu_seconds,
    free_port,
    measure,
    peak_mb,
    program,
    rest,
    tool,
    wait_until,
)
from .stats import Run

HEAP = "-Xmx1g"
# FileStreamSource reads in pieces of so many characters. If a poll is full when the end of the file
# has been read, it holds the lines that are left back until the file grows.
PIECE = 1024
WORKER = """\
bootstrap.servers={bootstrap}
group.id={group}
exactly.once.source.support=enabled
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
plugin.discovery=service_load
offset.storage.topic={group}.offsets
config.storage.topic={group}.configs
status.storage.topic={group}.status
listeners=http://127.0.0.1:{port}
"""
# Its own settings; and larger polls, transactions of up to a second, large compressed batches.
MODES = {
    "defaults": {"producer.override.compression.type": "lz4"},
    "tuned": {
        "batch.size": "10000",
        "transaction.boundary": "interval",
        "transaction.boundary.interval.ms": "1000",
        "producer.override.compression.type": "lz4",
        "producer.override.linger.ms": "20",
        "producer.override.batch.size": "262144",
        "producer.override.buffer.memory": "67108864",
    },
}


class Worker:
    """Runs from its making to close()."""

    def __init__(self, lab: Lab) -> None:
        java = tool("java")
        self.lab = lab
        group = f"bench-connect-{random.randbytes(4).hex()}"
        self.topics = [f"{group}.{kind}" for kind in ("offsets", "configs", "status")]
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        properties = lab.work / "connect.properties"
        properties.write_text(WORKER.format(bootstrap=lab.bootstrap, group=group, port=port))
        self.log = lab.work / "connect.log"
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [java, HEAP, "-Dlog4j2.level=WARN", "-cp", f"{LIBS}/*", main, str(properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(self.answers, "Kafka Connect answers", 180)
        except Failed:
            self.close()
            raise

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for topic in self.topics:
            self.lab.delete(topic)

    def request(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        return rest(self.url + path, method, data)

    def answers(self) -> bool:
        if self.process.poll() is not None:
            raise Failed(f"Kafka Connect has ended: {self.log.read_text()[-1000:]}")
        try:
            self.request("GET", "/connectors")
        except (OSError, urllib.error.HTTPError):
            return False
        return True

    def committed(self, name: str) -> int:
        """The position in the file that Connect has committed; bytes, in an ASCII file."""
        try:
            tasks = self.request("GET", f"/connectors/{name}/status")["tasks"]
        except urllib.error.HTTPError:  # not started yet
            return 0
        if failed := [task["trace"] for task in tasks if task["state"] == "FAILED"]:
            raise Failed(f"Kafka Connect: {failed[0][:500]}")
        offsets = self.request("GET", f"/connectors/{name}/offsets")["offsets"]
        return int(offsets[0]["offset"]["position"]) if offsets else 0

    def load(self, path: Path, topic: str, mode: str) -> Run:
        name = topic
        settings = {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
            "exactly.once.support": "required",
            "tasks.max": "1",
            "topic": topic,
            "file": str(path),
            **MODES[mode],
        }
        size = path.stat().st_size  # bytes; Connect's position counts characters, here the same
        os.sync()
        cpu = cpu_seconds(self.process.pid)
        self.request("PUT", f"/connectors/{name}/config", settings)
        try:
            # Asked seldom: the answer costs Connect work. The time is told by the records.
            wait_until(lambda: self.committed(name) > size - PIECE, f"{path} is loaded", 3600, 0.5)
            cpu = cpu_seconds(self.process.pid) - cpu
        finally:
            self.request("DELETE", f"/connectors/{name}")
        found = measure([program("bench/drain"), "-b", self.lab.bootstrap, "-t", topic])
        seconds = (found.number("last_ms") - found.number("first_ms")) / 1000
        return Run(int(found.number("rows")), seconds, seconds, cpu, peak_mb(self.process.pid))
