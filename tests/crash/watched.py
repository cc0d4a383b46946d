"""Watched folders: a writer drops files in each of the ready ways while the watcher is killed.

Each file is loaded once and moved once, and none is moved before its rows are visible: right after
each SIGKILL the topic is read as its readers see it, and compared with what has been moved.
"""

from __future__ import annotations

import contextlib
import graphlib
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import check_topic
from onceload_runner import BOOTSTRAP, DONE, Kafka, Running, Scene, rows_csv, wait_until

from crash.case import Case
from crash.matrix import Matrix, row
from crash.verdict import HEADINGS, Verdict

PARTITIONS = 3
KILLS = 10  # a way
ROWS = (1, 12)  # of a file
LIFE = (0.3, 3.0)  # seconds of a run that is killed
END_SECONDS = 600.0
READY = {"rename": "rename", "age": "age:300ms", "marker": "marker:.done"}
WATCH = ("--poll", "50ms", "--key", "user", "--chunk-rows", "40", "--log-format", "json")


class Writer(threading.Thread):
    """Drops files one after the other, some of them slowly; keeps a copy of each."""

    def __init__(
        self, way: str, inbox: Path, kept: Path, files: int, chance: random.Random
    ) -> None:
        super().__init__(daemon=True)
        self.way, self.inbox, self.kept, self.files, self.chance = way, inbox, kept, files, chance
        self.rows: dict[str, range] = {}  # ids by name

    def run(self) -> None:
        first = 1
        for number in range(self.files):
            count = self.chance.randint(*ROWS)
            name = f"{number:05}.csv"
            self.rows[name] = range(first, first + count)
            text = rows_csv(count, first=first)
            (self.kept / name).write_text(text)
            getattr(self, self.way)(name, text)
            first += count
            time.sleep(self.chance.random() * 0.05)

    def slowly(self, path: Path, text: str) -> None:
        cut = self.chance.randrange(len(text))
        with path.open("w") as file:
            for part in (text[:cut], text[cut:]):
                file.write(part)
                file.flush()
                if self.chance.random() < 0.05:
                    time.sleep(0.1)

    def rename(self, name: str, text: str) -> None:
        part = self.inbox / self.chance.choice([f".{name}", f"{name}.tmp", f"{name}.part"])
        self.slowly(part, text)
        part.rename(self.inbox / name)

    def age(self, name: str, text: str) -> None:
        self.slowly(self.inbox / name, text)

    def marker(self, name: str, text: str) -> None:
        self.slowly(self.inbox / name, text)
        (self.inbox / f"{name}.done").touch()


class Round:
    def __init__(self, way: str, files: int, kafka: Kafka, directory: Path, seed: int) -> None:
        self.scene = Scene(f"watch-{way}", directory, kafka)
        kafka.create(self.scene.topic, PARTITIONS)
        self.inbox, self.done, self.kept = (directory / n for n in ("inbox", "done", "kept"))
        for folder in (self.inbox, self.done, self.kept):
            folder.mkdir()
        self.chance = random.Random(f"{seed}/{way}")
        self.way = way
        self.writer = Writer(way, self.inbox, self.kept, files, self.chance)
        self.problems: list[str] = []
        self.codes: list[int] = []
        self.kills = 0

    def start(self) -> Running:
        rules = ("--ready", READY[self.way], "--after", f"move:{self.done}")
        words = ("--name", self.scene.topic, *rules, *WATCH)
        return self.scene.start_command(self.scene.command("watch", *words, self.inbox))

    def visible(self) -> list[list[int]]:
        """Ids by partition, in order, as readers have them now."""
        consumer = check_topic.make_consumer(BOOTSTRAP, "read_committed", {})
        found: list[list[int]] = [[] for _ in range(PARTITIONS)]
        try:
            ends = self.scene.kafka.ends(self.scene.topic, "read_committed")
            at = [0] * PARTITIONS
            consumer.assign([check_topic.TopicPartition(self.scene.topic, p, 0)
                             for p in range(PARTITIONS)])
            while any(a < end for a, end in zip(at, ends, strict=True)):
                for message in consumer.consume(num_messages=5000, timeout=1.0):
                    p = message.partition()
                    if message.error() is not None:
                        at[p] = max(at[p], message.offset())
                        continue
                    at[p] = message.offset() + 1
                    found[p].append(int(check_topic.json.loads(message.value())["id"]))
            return found
        finally:
            consumer.close()

    def look(self) -> None:
        """What is moved has to be visible, and once."""
        moved = {path.name for path in self.done.iterdir() if path.name.endswith(".csv")}
        if strange := moved - self.writer.rows.keys():
            self.problems.append(f"moved under other names: {sorted(strange)[:5]}")
        ids = [n for partition in self.visible() for n in partition]
        seen = set(ids)
        if len(ids) != len(seen):
            self.problems.append(f"{len(ids) - len(seen)} rows twice")
        for name in sorted(moved & self.writer.rows.keys()):
            if missing := [n for n in self.writer.rows[name] if n not in seen]:
                self.problems.append(f"{name} was moved before its rows {missing} were visible")

    def play(self) -> None:
        self.writer.start()
        while self.kills < KILLS:
            run = self.start()
            run.kill_within(self.chance.uniform(*LIFE))
            result = run.wait()
            self.codes.append(result.code)
            if result.code != -signal.SIGKILL:
                self.problems.append(f"ended: {result}")
                return
            self.kills += 1
            self.look()
        run = self.start()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self.at_end(run) or not run.alive(), "all are moved", END_SECONDS)
        run.signal(signal.SIGTERM)
        result = run.wait()
        self.codes.append(result.code)
        if result.code != DONE or list(self.inbox.iterdir()):
            left = sorted(path.name for path in self.inbox.iterdir())[:5]
            self.problems.append(f"left: {left}; {result}")

    def at_end(self, run: Running) -> bool:
        moved = not self.writer.is_alive() and not any(self.inbox.iterdir())
        return moved and '"run_begun"' in run.stderr()  # before that no signal is waited for

    def in_order(self) -> list[Path]:
        """The files in the one order that all partitions agree on."""
        name_of = {n: name for name, ids in self.writer.rows.items() for n in ids}
        order: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
        for partition in self.visible():
            names = list(dict.fromkeys(name_of[n] for n in partition))
            for before, after in zip(names, names[1:], strict=False):
                order.add(after, before)
            for name in names:
                order.add(name)
        return [self.kept / name for name in order.static_order()]

    def judge(self, verdict: Verdict) -> None:
        self.look()
        for path in sorted(self.kept.iterdir()):
            moved = self.done / path.name
            if not moved.exists() or moved.read_bytes() != path.read_bytes():
                self.problems.append(f"{path.name} is not where it was to be moved")
        report = check_topic.check(
            BOOTSTRAP, self.scene.topic, self.in_order(), check_topic.Encoding("user")
        )
        verdict.rows = report.messages
        if not report.ok or report.rows != sum(map(len, self.writer.rows.values())):
            self.problems.append(report.table())
        proof = self.scene.verify("--name", self.scene.topic)
        if proof.code != DONE:
            self.problems.append(repr(proof))
        verdict.codes, verdict.kills, verdict.problems = self.codes, self.kills, self.problems


def rounds(way: str, files: int) -> Callable[[Case, Kafka, Path, int], Verdict]:
    def play(case: Case, kafka: Kafka, directory: Path, seed: int) -> Verdict:
        verdict = Verdict(case.name, case.group, case.fault)
        this = Round(way, files, kafka, directory, seed)
        try:
            this.play()
            this.judge(verdict)
        finally:
            this.scene.end()
            if verdict.problems:
                kept = directory.with_name(directory.name + "kept")
                shutil.copytree(directory, kept)
                verdict.notes.append(f"kept in {kept}")
        return verdict

    return play


def play(matrix: Matrix, files: int) -> list[Verdict]:
    """So many files in all, and KILLS kills a way."""
    matrix.out(row(HEADINGS))
    matrix.reproduce = lambda _: f"scripts/crash-matrix --watched {files} --seed {matrix.seed}"
    for at, way in enumerate(READY):
        share = files // len(READY) + (1 if at < files % len(READY) else 0)
        fault = f"{share} files, ready by {way}, {KILLS} SIGKILLs"
        matrix.play(Case(f"watch.{way}", "loader", fault, rounds=rounds(way, share)))
    return matrix.verdicts
