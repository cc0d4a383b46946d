"""The main job with kills, on each version of Kafka that is promised: scripts/test versions."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from old_broker import OldBroker
from onceload_runner import BINARY, DONE, GEN_CLICKS, ROOT

VERSIONS = ("0.11.0.3", "2.4.1", "2.8.2", "3.3.2", "3.9.1", "4.0.0", "4.3.1")
ROWS = 20_000
KILLS = 4
RECOVERY_SECONDS = 75  # and what is left of the load
SEED = int(os.environ.get("ONCELOAD_TEST_SEED", "7"))
PORT = int(os.environ.get("ONCELOAD_CLUSTER_PORT_BASE", "19093")) + 600


class Forwarder:
    """An address that stays, for a broker that moves: as a service in Kubernetes has one."""

    def __init__(self, port: int, broker: OldBroker) -> None:
        self.address, self.broker = f"127.0.0.1:{port}", broker
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            try:
                broker = socket.create_connection(("127.0.0.1", self.broker.port), 5)
            except OSError:
                client.close()
                continue
            for ways in ((client, broker), (broker, client)):
                threading.Thread(target=self.pump, args=ways, daemon=True).start()

    @staticmethod
    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
        except OSError:
            pass
        source.close()
        target.close()


class Job:
    """A load into one broker, as a user runs it."""

    def __init__(self, broker: OldBroker, directory: Path, address: str = "") -> None:
        self.broker, self.directory = broker, directory
        self.address = address or broker.address
        self.file = directory / "clicks.csv"
        subprocess.run([GEN_CLICKS, str(ROWS), "--seed", "7", "-o", self.file], check=True)

    def command(self, verb: str, *words: object) -> list[str]:
        state = ("--state", self.directory / "state.db")
        all_words = (BINARY, verb, "-b", self.address, "-t", "clicks", *state, *words)
        return [str(word) for word in all_words]

    def load(self) -> subprocess.Popen:
        words = ("--create-topic", "--replication-factor", 1, "--key", "user_id", "--progress")
        pace = ("none", "--chunk-rows", 500, "--max-rate", 5000, self.file)
        return subprocess.Popen(self.command("load", *words, *pace), stderr=subprocess.PIPE)

    def kill_after(self, seconds: float) -> None:
        run = self.load()
        time.sleep(seconds)
        run.send_signal(signal.SIGKILL)
        run.communicate()

    def ends(self, run: subprocess.Popen, code: int = DONE) -> str:
        errors = run.communicate(timeout=180)[1].decode()
        assert run.returncode == code, errors
        return errors

    def audit(self) -> None:
        for words in ((self.file,), ("--source", self.file)):
            done = subprocess.run(self.command("verify", *words), capture_output=True, text=True)
            assert done.returncode == DONE, done.stdout + done.stderr
        checker = (ROOT / "tests/checker/check_topic.py", "--bootstrap", self.broker.address)
        words = ("--topic", "clicks", "--key", "user_id", "--csv", self.file)
        command = [sys.executable, *checker, *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        assert done.returncode == DONE, done.stdout + done.stderr


def play(job: Job) -> None:
    chance = random.Random(f"{SEED}/{job.broker.version}")
    for _ in range(KILLS):
        job.kill_after(chance.uniform(0.5, 3))
    job.ends(job.load())
    job.ends(job.load())  # nothing is left
    job.audit()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_main_job_with_kills(version: str, tmp_path: Path) -> None:
    broker = OldBroker(version, tmp_path, PORT)
    try:
        play(Job(broker, tmp_path))
    finally:
        broker.end()


def test_all_addresses_change_at_once(tmp_path: Path) -> None:
    broker = OldBroker("4.3.1", tmp_path, PORT)
    forwarder = Forwarder(PORT + 5, broker)
    try:
        job = Job(broker, tmp_path, forwarder.address)
        run = job.load()
        time.sleep(2)
        broker.stop()
        broker.port = PORT + 10
        broker.start("4.3.1")
        moved = time.monotonic()
        job.ends(run)
        assert time.monotonic() - moved < RECOVERY_SECONDS
        job.audit()
    finally:
        forwarder.listener.close()
        broker.end()


def test_an_upgrade_under_an_unfinished_load(tmp_path: Path) -> None:
    """From 2.8 on topics have ids: the topic is the same all the same."""
    broker = OldBroker("2.4.1", tmp_path, PORT)
    try:
        job = Job(broker, tmp_path)
        job.kill_after(4)
        broker.stop()
        broker.start("2.8.2")
        play(job)
    finally:
        broker.end()
