"""Rounds of a load, kills, and what people do to files in between; judged after each run."""

from __future__ import annotations

import functools
import itertools
import json
import random
import re
import shlex
import shutil
import subprocess
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import check_topic
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from onceload_runner import BINARY, BOOTSTRAP, DONE, Kafka, Result, Scene

from crash.case import KILLED, Case
from crash.habit_oracle import Fault, Kind, Oracle, Refusal, Tally, WrongCode
from crash.habit_world import SHAPES, Shape, World, row_of
from crash.loader_faults import IN_A_CHUNK, IN_A_RUN
from crash.stage import THREADS
from crash.verdict import HEADINGS, Verdict

if TYPE_CHECKING:
    from crash.matrix import Matrix

PARTITIONS = 3
RUNS = (2, 5)  # of a round, before it is put right
TRIES = 12  # to put it right: a refusal each
LIFE_SECONDS = 2.0  # of a run that is killed at random, at most
# After a death the brokers may have a commit request still to work on. What is open after so long
# is a transaction that nobody has asked to commit: the next run aborts it.
SETTLE_SECONDS = 1.0
ROUNDS_PER_SHAPE = 4
# A run that dies here has told Kafka of all its inputs.
BEHIND_THE_CLAIM = (*IN_A_CHUNK, "after_claim", "after_confirm", "after_seal", "after_complete")


@functools.cache
def knows(flag: str) -> bool:
    """An older program does not have all of them."""
    words = [BINARY, "load", "--help"]
    return flag in subprocess.run(words, text=True, capture_output=True, check=True).stdout


class Reader:
    """A read_committed consumer that goes on where it was."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.tally: Tally
        self.reached = [0] * PARTITIONS
        self.committed: Consumer = check_topic.make_consumer(BOOTSTRAP, "read_committed", {})
        self.uncommitted: Consumer = check_topic.make_consumer(BOOTSTRAP, "read_uncommitted", {})
        places = [TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(PARTITIONS)]
        self.committed.assign(places)

    def close(self) -> None:
        self.committed.close()
        self.uncommitted.close()

    def settled_ends(self) -> list[int]:
        high = check_topic.end_offsets(self.uncommitted, self.topic, PARTITIONS)
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            stable = check_topic.end_offsets(self.committed, self.topic, PARTITIONS)
            if stable == high or time.monotonic() > deadline:
                return stable
            time.sleep(0.05)

    def catch_up(self) -> None:
        ends = self.settled_ends()
        deadline = time.monotonic() + check_topic.STALL_SECONDS
        while any(at < end for at, end in zip(self.reached, ends, strict=True)):
            assert time.monotonic() < deadline, f"{self.topic} cannot be read up to {ends}"
            for message in self.committed.consume(num_messages=2000, timeout=0.05):
                self.take(message)

    def take(self, message) -> None:
        partition, offset = message.partition(), message.offset()
        if message.error() is not None:
            if message.error().code() == check_topic.KafkaError._PARTITION_EOF:
                self.reached[partition] = max(self.reached[partition], offset)
            return
        self.reached[partition] = offset + 1
        self.tally.add(partition, message.key().decode(), json.loads(message.value()))


class Round(Scene):
    """`seed` says what happens; the instant at which a random kill meets the load may differ."""

    def __init__(self, shape: Shape, seed: int, kafka: Kafka, directory: Path) -> None:
        super().__init__(f"habits.{seed}", directory, kafka)
        self.topic = re.sub(r"^test", "crash", self.topic)
        self.topics = [self.topic]
        self.chance = random.Random(seed)
        self.world = World(directory, shape, self.chance)
        self.oracle = Oracle()
        self.world.loaded = self.oracle.loaded
        self.codes: list[int] = []
        self.words: list[object] = ["--name", self.topic, "--key", "user", "--progress", "none"]
        self.words += ["--chunk-rows", shape.chunk_rows]
        if knows("--threads"):
            self.words += ["--threads", random.Random(f"{seed}/threads").choice(THREADS)]
        kafka.create(self.topic, PARTITIONS)
        self.reader = Reader(self.topic)
        self.reader.tally = Tally(lambda text, number: row_of(text, number, shape.pad))

    def end(self) -> None:
        self.reader.close()
        super().end()

    # --- a run ---

    def places(self) -> list[object]:
        if knows("--recursive"):
            return ["--recursive", self.world.root]
        return sorted({path.parent for path in self.world.paths()})

    def how_it_ends(self) -> tuple[str | None, float | None]:
        """Failpoint, or seconds to live, or neither."""
        kind = self.chance.choices(["chunk", "run", "time", "whole"], [4, 1.5, 2, 3])[0]
        if kind == "chunk":
            return f"{self.chance.choice(IN_A_CHUNK)}:{self.chance.randint(1, 6)}", None
        if kind == "run":
            return f"{self.chance.choice(IN_A_RUN)}:1", None
        return None, self.chance.uniform(0, LIFE_SECONDS) if kind == "time" else None

    def run(
        self, failpoint: str | None = None, life: float | None = None, *words: object
    ) -> Refusal | None:
        """A run and its judgement. Returns the refusal that it has come to."""
        files, dangling = self.world.files(), self.world.dangling()
        due = self.oracle.refusals(files, dangling)
        if "--same-name" in words:
            due = [refusal for refusal in due if refusal.kind is not Kind.OTHER_TEXT]
        running = self.start(*self.words, *words, *self.places(), failpoint=failpoint)
        if life is not None:
            running.kill_within(life)
        result = running.wait()
        self.codes.append(result.code)
        self.reader.catch_up()
        at = f" at {failpoint}" if failpoint else f" after {life:.2f} s" if life else ""
        what = {KILLED: f"SIGKILL{at}"}.get(result.code, f"exit {result.code}")
        more = " ".join(map(str, words))
        self.world.tell(f"load {more}: {what}, {sum(self.reader.tally.seen.values())} rows")
        topic = self.reader.tally.rows()
        if result.code == DONE:
            self.oracle.went_on(due)
            self.oracle.finished(files, topic)
        elif result.code == KILLED:
            self.was_killed(failpoint, due, topic)
        else:
            self.world.tell(result.errors[0] if result.errors else result.stderr)
            self.oracle.stands_still(topic)
            return self.oracle.refused(result, due)
        return None

    def was_killed(self, failpoint: str | None, due: list[Refusal], topic: dict[int, int]) -> None:
        point = (failpoint or "").split(":")[0]
        if any(refusal.sure for refusal in due):
            if point in BEHIND_THE_CLAIM:
                self.oracle.went_on(due)
            self.oracle.stands_still(topic)
        else:
            self.oracle.killed(self.world.files(), topic, point in BEHIND_THE_CLAIM)

    # --- putting it right ---

    def mend(self, refusal: Refusal) -> list[object]:
        """Does what the message asks for. Returns words for the next run."""
        if refusal.kind is Kind.TWIN:
            self.remove_copy(refusal)
        elif refusal.kind is Kind.DANGLING:
            for path in refusal.paths:
                path.unlink()
            self.world.tell("mend: the link is removed")
        elif refusal.kind is Kind.OTHER_TEXT and knows("--same-name") and self.coin():
            return ["--same-name", "new"]
        else:
            self.put_back(refusal)
        return []

    def coin(self) -> bool:
        return self.chance.random() < 0.5

    def remove_copy(self, refusal: Refusal) -> None:
        files = [file for file in self.world.files() if set(file.paths) & refusal.paths]
        for file in self.chance.sample(files, len(files) - 1):
            for path in reversed(file.paths):
                path.unlink()
            self.world.tell(f"mend: {self.world.name(file.path)} is removed")

    def put_back(self, refusal: Refusal) -> None:
        """The input, under a name of its own or another; what has taken its name moves away."""
        world, text = self.world, refusal.input
        home = min(self.oracle.inputs[text].paths)
        if refusal.kind is Kind.OTHER_TEXT:
            home = min(refusal.paths)
        if not home.is_relative_to(world.root) or self.chance.random() < 0.2:
            home = world.free_name(world.root, "restored")
        if home.is_symlink():
            home.unlink()
        elif home.exists() and (self.coin() or home.stat().st_nlink > 1):
            home.rename(world.free_name(world.root, "aside"))
        world.write(home, text, world.longest[text], whole=True)
        world.tell(f"mend: text {text} is {world.name(home)} again")

    # --- the round ---

    def lose_state(self) -> None:
        for end in ("", "-wal", "-shm"):
            self.state.with_name(self.state.name + end).unlink(missing_ok=True)
        self.world.tell("the state file is lost")

    def play(self) -> None:
        words: list[object] = []
        for _ in range(self.chance.randint(*RUNS)):
            refusal = self.run(*self.how_it_ends(), *words)
            words = self.mend(refusal) if refusal and self.coin() else []
            for _ in range(self.chance.randint(1, 3)):
                self.world.act()
            if self.chance.random() < 0.1:
                self.lose_state()
        for _ in range(TRIES):
            refusal = self.run(None, None, *words)
            if refusal is None:
                return self.verify()
            words = self.mend(refusal)
        raise WrongCode(f"still refused after {TRIES} tries")

    def verify(self) -> None:
        """Needs all files of the load to compare it with them."""
        there = {file.text for file in self.world.files()}
        words: list[object] = ["--name", self.topic]
        if there == set(self.oracle.inputs):
            words += ["--key", "user", "--source", *self.places()]
        result = super().verify(*words)
        self.world.tell(f"verify {'--source' if '--source' in words else ''}: {result.code}")
        if result.code != DONE:
            raise WrongCode(f"verify does not agree: {result}")

    def told(self) -> str:
        command = shlex.join(map(str, [*self.words, *self.places()]))
        return "\n".join([f"load {command}", *self.world.story, self.world.listing()])


def play_round(seed: int, kafka: Kafka, directory: Path, verdict: Verdict) -> None:
    """Adds what it has come to."""
    shape = SHAPES[seed % len(SHAPES)]
    directory.mkdir()
    scene = Round(shape, seed, kafka, directory)
    tally = scene.reader.tally
    try:
        scene.play()
    except Exception as error:  # whatever it is, the other rounds go on
        what = str(error) if isinstance(error, Fault) else traceback.format_exc(limit=6)
        verdict.problems.append(f"{scene.told()}\nround {seed}: {what}")
        verdict.codes_right &= not isinstance(error, WrongCode)
        verdict.again = verdict.again or again(seed)
        if scene.codes[-1:] == [DONE]:
            verdict.lost += tally.lost(scene.world.files())
    finally:
        verdict.codes += scene.codes
        verdict.kills += scene.codes.count(KILLED)
        verdict.rows += len(tally.seen)
        verdict.doubled += tally.doubled
        verdict.reordered += tally.reordered
        verdict.misplaced += tally.misplaced
        scene.end()
        shutil.rmtree(directory, ignore_errors=True)


def again(seed: int) -> str:
    return f"scripts/crash-matrix --group habits --rounds 1 --seed {seed}"


def play_rounds(
    case: Case, kafka: Kafka, directory: Path, seeds: Sequence[int]
) -> Verdict:
    verdict = Verdict(case.name, case.group, case.fault)
    for seed in seeds:
        play_round(seed, kafka, directory / str(seed), verdict)
    return verdict


# --- the matrix -----------------------------------------------------------------------------------


def case(name: str, fault: str, **more) -> Case:
    return Case(name, "habits", fault, **more)


def seeds_of(shape: int, first: int, count: int) -> list[int]:
    """The shape of a round is part of its seed."""
    begin = first + (shape - first) % len(SHAPES)
    return list(range(begin, begin + count * len(SHAPES), len(SHAPES)))


FAULTS = {
    "small": "kills, and habits in between: many small files",
    "large": "the same: a few larger ones, some packed",
    "hive": "the same: files of one base name, dt=N/part-0.csv",
}


def shape_case(number: int, shape: Shape, count: int = ROUNDS_PER_SHAPE) -> Case:
    def rounds(case: Case, kafka: Kafka, directory: Path, seed: int) -> Verdict:
        return play_rounds(case, kafka, directory, seeds_of(number, seed, count))

    return case(f"habits.{shape.name}", FAULTS[shape.name], rounds=rounds)


CASES = [shape_case(number, shape) for number, shape in enumerate(SHAPES)]


def play_many(matrix: Matrix, count: int, jobs: int) -> list[Verdict]:
    """Round number i has the seed S+i: the line that reproduces it plays that one first."""
    from crash.matrix import row

    matrix.out(row(HEADINGS))

    def one(seed: int) -> None:
        def rounds(case: Case, kafka: Kafka, directory: Path, _: int) -> Verdict:
            return play_rounds(case, kafka, directory, [seed])

        shape = SHAPES[seed % len(SHAPES)]
        matrix.play(case(f"habits.{shape.name}.{seed}", FAULTS[shape.name], rounds=rounds))

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, itertools.islice(itertools.count(matrix.seed), count)))
    return matrix.verdicts
