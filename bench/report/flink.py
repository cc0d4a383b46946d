"""Apache Flink: a session cluster of one JobManager and one TaskManager, which can be killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
import urllib.error
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .lab import (
    LIBS,
    ROOT,
    Failed,
    Lab,
    Unavailable,
    brokers_cpu,
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

FLINK_LIBS = ROOT / ".deps/flink/lib"
FLINK_CLASSES = ROOT / "build/bench/flink-classes"  # FlinkLoad, compiled by scripts/bench
CHECKPOINT_SECONDS = 1  # the sink commits as often; Flink's own setting is no checkpoints at all
RUNTIME = "org.apache.flink.runtime"
JOB_MANAGER = f"{RUNTIME}.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = f"{RUNTIME}.taskexecutor.TaskManagerRunner"
# Flink reaches into these packages; its start scripts, which the wheel lacks, open them.
OPENED = (
    "lang lang.reflect io net nio text time util util.concurrent util.concurrent.atomic "
    "util.concurrent.locks"
).split()
HEAPS = {JOB_MANAGER: "-Xmx512m", TASK_MANAGER: "-Xmx1g"}
# Memory is set part by part, as the start scripts would. Heartbeats are Flink's own.
SETTINGS = """\
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: {rpc_port}
jobmanager.memory.process.size: 1g
rest.address: 127.0.0.1
rest.port: {rest_port}
rest.bind-port: {rest_port}
web.tmpdir: {directory}/web
io.tmp.dirs: {directory}/tmp
taskmanager.host: 127.0.0.1
taskmanager.numberOfTaskSlots: 1
taskmanager.cpu.cores: 1
taskmanager.memory.task.heap.size: 768m
taskmanager.memory.task.off-heap.size: 0
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.jvm-metaspace.size: 256m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
taskmanager.memory.network.min: 64m
taskmanager.memory.network.max: 64m
taskmanager.memory.managed.size: 64m
pipeline.object-reuse: true
execution.checkpointing.interval: {checkpoint_seconds}s
execution.checkpointing.mode: EXACTLY_ONCE
execution.checkpointing.dir: file://{directory}/checkpoints
execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
restart-strategy.type: fixed-delay
restart-strategy.fixed-delay.attempts: 10
restart-strategy.fixed-delay.delay: 1s
"""
# The producer's own settings; and large batches, as the other Java programs have them.
MODES = {
    "defaults": ("compression.type=lz4",),
    "tuned": (
        "compression.type=lz4",
        "linger.ms=20",
        "batch.size=262144",
        "buffer.memory=67108864",
    ),
}
TRANSACTION_SECONDS = 600  # less than the brokers' greatest, which Flink's own setting exceeds
JOB_SECONDS_MAX = 300.0


def installed() -> None:
    if not FLINK_LIBS.is_dir():
        raise Unavailable("Flink is not installed: scripts/bootstrap --flink")
    if not (FLINK_CLASSES / "FlinkLoad.class").exists():
        raise Unavailable("bench/java is not compiled: no javac (default-jdk-headless)")


def form(name: str, path: Path) -> tuple[bytes, str]:
    """A file as the body of a form, and the body's content type."""
    boundary = random.randbytes(16).hex()
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{path.name}"\r\n'
        "Content-Type: application/x-java-archive\r\n\r\n"
    )
    body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


class Cluster:
    """Runs from its making to close()."""

    def __init__(self, lab: Lab) -> None:
        installed()
        self.java = tool("java")
        self.lab = lab
        self.directory = lab.work / f"flink-{random.randbytes(4).hex()}"
        for name in ("tmp", "checkpoints"):
            (self.directory / name).mkdir(parents=True)
        rest_port = free_port()
        self.url = f"http://127.0.0.1:{rest_port}"
        settings = SETTINGS.format(
            rpc_port=free_port(),
            rest_port=rest_port,
            directory=self.directory,
            checkpoint_seconds=CHECKPOINT_SECONDS,
        )
        (self.directory / "config.yaml").write_text(settings)
        self.jar = self.directory / "flink-load.jar"
        with zipfile.ZipFile(self.jar, "w") as jar:
            for path in FLINK_CLASSES.glob("*.class"):
                jar.write(path, path.name)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self.start()
        except Failed:
            self.close()
            raise

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- processes

    def launch(self, main: str) -> None:
        jars = [FLINK_LIBS / "*", *LIBS.glob("lz4-java-*.jar")]
        command = [self.java, HEAPS[main], "-Dlog4j2.level=WARN"]
        command += [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED]
        command += ["-cp", ":".join(map(str, jars)), main, "--configDir", str(self.directory)]
        with self.log(main).open("ab") as log:
            self.processes[main] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def log(self, main: str) -> Path:
        return self.directory / f"{main.rpartition('.')[2]}.log"

    def start(self) -> None:
        for main in (JOB_MANAGER, TASK_MANAGER):
            self.launch(main)
        wait_until(self.ready, "Flink is ready", 180)
        body, kind = form("jarfile", self.jar)
        reply = self.request("POST", "/jars/upload", body, kind)
        self.program = Path(reply["filename"]).name

    def ready(self) -> bool:
        for main, process in self.processes.items():
            if process.poll() is not None:
                raise Failed(f"{main} has ended: {self.log(main).read_text()[-1000:]}")
        try:
            return bool(self.request("GET", "/overview")["taskmanagers"])
        except (OSError, Failed):  # it does not listen yet, or has not found its leader, itself
            return False

    def kill(self, *mains: str) -> None:
        """SIGKILL; all processes if none is named."""
        ends = [self.processes.pop(main) for main in mains or tuple(self.processes)]
        for process in ends:
            process.kill()
        for process in ends:
            process.wait()

    def cpu(self) -> float:
        return sum(cpu_seconds(process.pid) for process in self.processes.values())

    def peak_mb(self) -> float:
        return sum(peak_mb(process.pid) for process in self.processes.values())

    # --- jobs

    def request(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> Any:
        try:
            return rest(self.url + path, method, body, kind)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise Failed(f"Flink: {method} {path}: {error.code}: {text[:1000]}") from error

    def submit(
        self, path: Path, topic: str, properties: Sequence[str], checkpoint: Path | None = None
    ) -> str:
        """The id of the job, which goes on after the checkpoint if there is one."""
        arguments = [str(path), self.lab.bootstrap, topic, *properties]
        body: dict[str, Any] = {"entryClass": "FlinkLoad", "programArgsList": arguments}
        if checkpoint:
            body["savepointPath"] = str(checkpoint)
        reply = self.request("POST", f"/jars/{self.program}/run", json.dumps(body).encode())
        return str(reply["jobid"])

    def job(self, identity: str) -> dict[str, Any]:
        """What Flink tells of a job that has not failed."""
        job: dict[str, Any] = self.request("GET", f"/jobs/{identity}")
        if job["state"] in ("FAILED", "CANCELED"):
            cause = self.request("GET", f"/jobs/{identity}/exceptions")
            raise Failed(f"Flink: the job is {job['state']}: {json.dumps(cause)[:1000]}")
        return job

    def wait(self, identity: str) -> dict[str, Any]:
        """Until the job is finished: its last checkpoint is complete and committed."""
        # Asked seldom: the answer costs Flink work. The time is told by the job.
        ended = lambda: self.job(identity)["state"] == "FINISHED"  # noqa: E731
        wait_until(ended, "the job is finished", JOB_SECONDS_MAX, 0.5)
        return self.job(identity)

    def checkpoints(self, identity: str) -> list[Path]:
        """Those of a job that are complete, oldest first."""
        found = (self.directory / "checkpoints" / identity).glob("chk-*/_metadata")
        return sorted((path.parent for path in found), key=lambda path: int(path.name[4:]))

    def run(self, rows: int, mode: str) -> Run:
        with self.lab.topic() as topic:
            return self.load(self.lab.clicks(rows), topic, rows, mode)

    def load(self, path: Path, topic: str, rows: int, mode: str) -> Run:
        os.sync()
        cpu, brokers, begin = self.cpu(), brokers_cpu(), time.monotonic()
        timeout = f"transaction.timeout.ms={TRANSACTION_SECONDS * 1000}"
        job = self.wait(self.submit(path, topic, (*MODES[mode], timeout)))
        wall = time.monotonic() - begin
        cpu, brokers = self.cpu() - cpu, brokers_cpu() - brokers
        found = measure([program("bench/drain"), "-b", self.lab.bootstrap, "-t", topic])
        if found.number("rows") != rows:
            raise Failed(f"{found.number('rows'):.0f} rows of {rows} are in the topic")
        seconds = (job["timestamps"]["FINISHED"] - found.number("first_ms")) / 1000
        return Run(rows, seconds, wall, cpu, self.peak_mb(), brokers)
