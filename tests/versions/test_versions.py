"""The main job with kills, on each version of Kafka that is promised: scripts/test versions."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from old_broker import OldBroker
from onceload_runner import BINARY, DONE, GEN_CLICKS, ROOT

VERSIONS = ("0.11.0.3", "2.4.1", "2.8.2", "3.3.2", "3.9.1", "4.0.0", "4.3.1")
ROWS = 20_000
KILLS = 4
SEED = int(os.environ.get("ONCELOAD_TEST_SEED", "7"))
PORT = int(os.environ.get("ONCELOAD_CLUSTER_PORT_BASE", "19093")) + 600


class Job:
    """A load into one broker, as a user runs it."""

    def __init__(self, broker: OldBroker, directory: Path) -> None:
        self.broker, self.directory = broker, directory
        self.file = directory / "clicks.csv"
        subprocess.run([GEN_CLICKS, str(ROWS), "--seed", "7", "-o", self.file], check=True)

    def command(self, verb: str, *words: object) -> list[str]:
        state = ("--state", self.directory / "state.db")
        all_words = (BINARY, verb, "-b", self.broker.address, "-t", "clicks", *state, *words)
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
