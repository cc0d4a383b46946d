"""Where one case plays: topic, file, state, watcher, and the exit codes of all its runs."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from onceload_runner import DONE, PATIENCE, Kafka, Result, Running, Scene, addresses

from crash.case import Case
from crash.watcher import Watcher

CHUNK_ROWS = 500
KEY = "user_id"
BASIC = ("--key", KEY, "--progress", "none")
# With one or two partitions a request then follows the one in flight.
LONG_CHUNKS = ("--chunk-rows", 100_000)
THREADS = (1, 4)  # of a loader, by the seed
PROXY_OFFSET = 500  # of the port to that of the broker, see scripts/cluster
PLAIN_TRIES = 3  # the plain command must end with 0 at the latest now


class Stage(Scene):
    def __init__(
        self,
        case: Case,
        seed: int,
        kafka: Kafka,
        directory: Path,
        clicks: Callable[[int], Path],
        threads: int | None,
    ) -> None:
        super().__init__(case.name, directory, kafka)
        self.topic = re.sub(r"^test", "crash", self.topic)
        self.topics = [self.topic]
        self.case = case
        self.chance = random.Random(f"{seed}/{case.name}")
        self.clicks = clicks
        self.path = directory / "clicks.csv"
        self.rows(5000)
        self.source = self.path  # what must be in the topic; a case may keep an older copy
        threads = threads or random.Random(f"{seed}/{case.name}/threads").choice(THREADS)
        self.words: tuple[object, ...] = (
            *(*BASIC, "--chunk-rows", CHUNK_ROWS),
            *("--threads", threads),
        )
        self.port_offset = PROXY_OFFSET if case.proxied else 0  # where the loader connects
        self.verify_words: tuple[object, ...] = ()
        self.env: dict[str, str] = {}
        self.wrong_codes: list[str] = []
        self.codes: list[int] = []
        self.marked: float | None = None
        self.finished = False
        self.after = case.after  # exit code of the plain command at the end
        self.notes: list[str] = []
        kafka.create(self.topic, case.partitions)
        self.watcher = Watcher(self.topic, case.partitions)

    def rows(self, count: int) -> None:
        """Another number of rows than usual; before the first run."""
        shutil.copyfile(self.clicks(count), self.path)

    # --- runs ---

    def command(self, verb: str, *words: object, state: Path | None = None) -> list[str]:
        command = super().command(verb, *words, state=state)
        if verb == "load":
            command[command.index("-b") + 1] = addresses(self.port_offset)
        return command

    def environment(self, failpoint: str | None = None) -> dict[str, str]:
        return super().environment(failpoint) | self.env

    def begin(
        self, *words: object, state: Path | None = None, prefix: Sequence[str] = ()
    ) -> Running:
        """Starts the load; `words` come on top of the usual ones, `prefix` before the program."""
        command = self.command("load", *self.words, *words, self.path, state=state)
        return self.start_command([*prefix, *command])

    def slow(self, *words: object, rows: int = 20_000) -> Running:
        """A load with most of its rows still to come: a transaction for every 200 rows."""
        self.rows(rows)
        run = self.begin("--chunk-rows", 200, *words)
        self.wait_for_rows(rows // 20, run)
        return run

    def wait_for_rows(self, count: int, run: Running) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.watcher.rows() < count:
            assert run.alive(), f"ended early: {run.wait()}"
            assert time.monotonic() < deadline, f"no {count} rows: {run.result(0)}"
            time.sleep(0.01)

    def die(self, point: str, *words: object, state: Path | None = None) -> Result:
        """A run that must be killed by the failpoint; a preparation and not the fault."""
        return self.crash(point, *self.words, *words, self.path, state=state)

    def met(self, result: Result, *codes: int) -> Result:
        """Notes the exit code of a run that has met the fault; `codes`: other than the case's."""
        self.judge_code(result, codes or self.case.met)
        return result

    def judge_code(self, result: Result, codes: Sequence[int]) -> None:
        self.codes.append(result.code)
        if result.code not in codes:
            self.wrong_codes.append(f"{result.code}, not {codes}: {result}")
        elif result.code > DONE and len(result.errors) != 1:
            self.wrong_codes.append(f"{len(result.errors)} lines of error: {result}")

    def note(self, text: str) -> None:
        """A finding that is kept with the verdict."""
        self.notes.append(text)

    def mark(self) -> None:
        """The fault is over: from now to the first new row is what recovery takes."""
        self.marked = time.monotonic()

    # --- the end ---

    def finish(self) -> None:
        """The plain command until it is done, or the refusal that is documented."""
        if self.finished:
            return
        self.finished = True
        self.env = {}
        wanted = self.after
        for _ in range(PLAIN_TRIES):
            if self.marked is None:  # rows of the run before that are on their way do not count
                if self.kafka.exists(self.topic) and self.watcher.thread.is_alive():
                    self.watcher.catch_up(self.kafka.ends(self.topic, "read_committed"))
                self.mark()
            result = self.begin().wait(180)
            if result.code == wanted or wanted != DONE:
                break
        self.judge_code(result, (wanted,))

    def end(self) -> None:
        self.watcher.stop()
        super().end()
