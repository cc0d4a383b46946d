#!/usr/bin/env python3
"""Makes tests/data/version_0_1_0: loads that version 0.1.0 began, as a later one finds them.

Needs a program of that version (commit b65cc76) and a cluster; run once, the result is kept.

  make_version_0_1_0.py ONCELOAD BOOTSTRAP
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition

HERE = Path(__file__).resolve().parent / "version_0_1_0"


def rows(first: int, count: int) -> str:
    lines = [f"{n},user-{n % 7},text {n}" for n in range(first, first + count)]
    return "\n".join(["id,user,text", *lines, ""])


BAD = rows(1, 60).replace("7,user-0,text 7", "7,user-0").replace("text 41\n", '"te"xt 41\n')
LOADS: dict[str, tuple[dict[str, str], list[str], str | None]] = {
    # name: files, flags, failpoint
    "finished": ({"a.csv": rows(1, 100)}, ["--key", "user"], None),
    "unfinished": (
        {"a.csv": rows(1, 50), "b.csv": rows(101, 50)},
        ["--key", "user", "--headers"],
        "after_commit:4",
    ),
    "rejected": (
        {"bad.csv": BAD},
        ["--key", "user", "--on-error", "dead-letter", "--rejects", "REJECTS"],
        "after_commit:2",
    ),
    "keyless": ({"a.csv": rows(1, 33), "b.csv": rows(101, 33)}, [], "after_commit:3"),
    "many": (
        {f"{n:03}.csv": rows(10 * n + 1, 2) for n in range(70)},
        ["--key", "user"],
        "after_commit:5",
    ),
}


def text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def records(bootstrap: str, topic: str, partitions: int) -> list[list[Any]]:
    config = {"bootstrap.servers": bootstrap, "group.id": str(uuid.uuid4())}
    consumer = Consumer({**config, "isolation.level": "read_committed"})
    result: list[list[Any]] = []
    for p in range(partitions):
        end = consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=30)[1]
        consumer.assign([TopicPartition(topic, p, 0)])
        found: list[Any] = []
        while end > 0 and (message := consumer.poll(5)) is not None:
            if message.error() is None:
                headers = [[name, text(value)] for name, value in message.headers() or []]
                found.append([text(message.key()), text(message.value()), headers])
        result.append(found)
    consumer.close()
    return result


def make(program: str, bootstrap: str, name: str) -> None:
    files, flags, failpoint = LOADS[name]
    kept = HERE / name
    shutil.rmtree(kept, ignore_errors=True)
    (kept / "in").mkdir(parents=True)
    topic = f"first-{name}-{uuid.uuid4().hex[:6]}"
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for file, content in files.items():
            (kept / "in" / file).write_text(content)
            paths.append(shutil.copyfile(kept / "in" / file, Path(directory) / file))
        state, rejects = Path(directory) / "state.db", Path(directory) / "rejects.csv"
        words = [str(rejects) if flag == "REJECTS" else flag for flag in flags]
        command = [program, "load", "-b", bootstrap, "-t", topic, "--create-topic", "--name", name]
        command += ["--progress-topic", f"{topic}.progress", "--state", state, "--chunk-rows", "15"]
        command += ["--progress", "none", *words, *paths]
        env = dict(os.environ) | ({"ONCELOAD_FAILPOINT": failpoint} if failpoint else {})
        code = subprocess.run(command, env=env, check=False).returncode
        assert code == (-9 if failpoint else 0), code
        with sqlite3.connect(state) as database:
            database.execute("PRAGMA journal_mode=DELETE")
        (kept / "state.dump").write_text("\n".join(sqlite3.connect(state).iterdump()) + "\n")
        if rejects.exists():
            shutil.copyfile(rejects, kept / "rejects.csv")
    progress = [r for p in records(bootstrap, f"{topic}.progress", 16) for r in p]
    newest = {key: value for key, value, _ in progress}
    dead = f"{topic}.dead-letters"
    what = {
        "flags": flags,
        "progress": [[key, base64.b64decode(value).decode()] for key, value in newest.items()],
        "records": records(bootstrap, topic, 5),
        "dead_letters": records(bootstrap, dead, 1)[0] if name == "rejected" else [],
    }
    (kept / "load.json").write_text(json.dumps(what, indent=1) + "\n")


if __name__ == "__main__":
    for each in LOADS:
        make(sys.argv[1], sys.argv[2], each)
