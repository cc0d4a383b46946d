"""What a case has come to: one line of the matrix."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from pathlib import Path

import check_topic
from onceload_runner import BOOTSTRAP, DONE

from crash.case import KILLED, Case
from crash.stage import KEY, Stage


@dataclass
class Verdict:
    name: str
    group: str
    fault: str
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    misplaced: int = 0
    aborted_seen: int = 0
    missed: int = 0  # committed rows that the watcher was not given in turn
    codes: list[int] = field(default_factory=list)  # of all runs, in turn
    codes_right: bool = True
    first_row_seconds: float | None = None
    seconds: float = 0.0
    rows: int = 0  # committed at the end
    kills: int = 0
    seed: int = 0
    skipped: str = ""
    again: str = ""  # the command that plays it once more, where its name is not enough
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def cells(self) -> list[str]:
        first = "-" if self.first_row_seconds is None else f"{self.first_row_seconds:.1f}"
        if self.skipped:
            return [self.name, *["-"] * 7, f"skipped: {self.skipped}"]
        numbers = (self.lost, self.doubled, self.reordered, self.misplaced, self.aborted_seen)
        codes = "yes" if self.codes_right else "NO"
        return [self.name, *map(str, numbers), codes, first, "ok" if self.ok else "FAILED"]

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "ok": self.ok}


HEADINGS = (
    "fault",
    "lost",
    "doubled",
    "reordered",
    "wrong partition",
    "aborted seen",
    "exit codes as documented",
    "seconds to first new row",
    "result",
)


def head_of(stage: Stage, rows: int) -> Path:
    """A copy of the source's first rows: what a load that was refused half-way has to have left."""
    path = stage.directory / "head.csv"
    records = check_topic.source_rows(str(stage.source), {})
    behind = next(itertools.islice(records, rows + 1, None), None)  # a row may have several lines
    path.write_bytes(stage.source.read_bytes()[: behind.begin if behind else None])
    return path


def found(stage: Stage) -> list[check_topic.Sequence]:
    consumer = check_topic.make_consumer(BOOTSTRAP, "read_committed", {})
    try:
        ends = stage.kafka.ends(stage.topic, "read_committed")[: stage.case.partitions]
        stage.watcher.catch_up(ends)
        return check_topic.found_sequences(consumer, stage.topic, ends, "json")
    finally:
        consumer.close()


def judge_topic(stage: Stage, verdict: Verdict) -> None:
    encoding = check_topic.Encoding(KEY)
    partitions = stage.case.partitions
    check = check_topic.check(BOOTSTRAP, stage.topic, stage.source, encoding, partitions)
    if stage.after != DONE:  # refused: what is there is the file's begin, whole and in order
        head = head_of(stage, check.messages)
        check = check_topic.check(BOOTSTRAP, stage.topic, head, encoding, partitions)
    verdict.rows = check.messages
    verdict.lost, verdict.doubled = check.lost, check.doubled
    verdict.reordered, verdict.misplaced = check.out_of_order, check.misplaced
    if not check.ok:
        verdict.problems.append(check.table())
    verdict.aborted_seen, verdict.missed = stage.watcher.compare(found(stage))
    if verdict.aborted_seen or verdict.missed:
        seen = f"{verdict.aborted_seen} rows not committed, {verdict.missed} not in turn"
        verdict.problems.append(f"a concurrent reader saw {seen}")


def judge_verify(stage: Stage, verdict: Verdict) -> None:
    """The program's own audit must agree with the judge."""
    words = (*stage.verify_words, "--source", stage.path)
    result = stage.start_command(stage.command("verify", *words)).wait()
    if result.code != DONE:
        verdict.problems.append(f"verify: {result}")


def judge(stage: Stage, case: Case) -> Verdict:
    verdict = Verdict(case.name, case.group, case.fault)
    if stage.kafka.exists(stage.topic):
        judge_topic(stage, verdict)
        if stage.after == DONE:
            judge_verify(stage, verdict)
    verdict.codes, verdict.codes_right = stage.codes, not stage.wrong_codes
    verdict.notes = stage.notes
    verdict.kills = sum(run.process.poll() == KILLED for run in stage.runs)
    verdict.problems += [f"exit code {text}" for text in stage.wrong_codes]
    if stage.marked is not None:
        verdict.first_row_seconds = stage.watcher.seconds_to_next(stage.marked)
    if case.damages:
        judged = bool(verdict.lost or verdict.doubled)
        verdict.problems = [] if judged else ["the judge saw no damage", *verdict.problems]
    return verdict
