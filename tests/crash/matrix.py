"""Plays cases, some side by side, and prints, keeps and writes down what they have come to."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from onceload_runner import Kafka, cluster

from crash.case import Case, Unavailable
from crash.stage import Stage
from crash.verdict import HEADINGS, Verdict, judge

NAME_WIDTH = 30
PROBLEM_MAX = 4000  # characters; the end says most
# As docs/guarantees.md has it. Cases side by side share the processors, and a clock's time says
# something of them too: late is told, and fails no case.
FIRST_ROW_SECONDS = {"loader": 3.0, "disk": 3.0, "input": 3.0, "broker": 5.0, "network": 5.0}


class Matrix:
    def __init__(
        self,
        kafka: Kafka,
        clicks: Callable[[int], Path],
        seed: int,
        out: Callable[[str], None],
        threads: int | None = None,
    ) -> None:
        self.kafka = kafka
        self.clicks = clicks
        self.seed = seed
        self.out = out
        self.threads = threads  # of the loader; None: by the seed
        self.printing = threading.Lock()
        self.verdicts: list[Verdict] = []

    def play(self, case: Case) -> Verdict:
        directory = Path(tempfile.mkdtemp(prefix=f"crash-{case.name}."))
        started = time.monotonic()
        try:
            verdict = self.verdict_of(case, directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        verdict.seed = self.seed
        verdict.seconds = round(time.monotonic() - started, 1)
        self.report(verdict)
        return verdict

    def verdict_of(self, case: Case, directory: Path) -> Verdict:
        if case.rounds:
            return case.rounds(case, self.kafka, directory, self.seed)
        stage = Stage(case, self.seed, self.kafka, directory, self.clicks, self.threads)
        try:
            try:
                case.act(stage)
            finally:
                if case.alone:
                    cluster("up")
            stage.finish()
            return judge(stage, case)
        except Unavailable as reason:
            return Verdict(case.name, case.group, case.fault, skipped=str(reason))
        except Exception:  # whatever it is, the other cases go on
            verdict = Verdict(case.name, case.group, case.fault, codes=stage.codes)
            verdict.problems.append(traceback.format_exc(limit=6))
            return verdict
        finally:
            stage.end()

    def report(self, verdict: Verdict) -> None:
        with self.printing:
            self.verdicts.append(verdict)
            self.out(row(verdict.cells()))
            for note in verdict.notes:
                self.out(f"    {note}")
            for problem in verdict.problems:
                self.out("    " + problem.strip()[-PROBLEM_MAX:].replace("\n", "\n    "))
            if verdict.problems:
                self.out(f"    again: {verdict.again or self.reproduce(verdict.name)}")

    def reproduce(self, name: str) -> str:
        return f"scripts/crash-matrix --only {name} --seed {self.seed}"

    def play_all(self, cases: Iterable[Case], jobs: int) -> list[Verdict]:
        """Side by side, the proxied in one line; those that disturb others come last."""
        cases = list(cases)
        self.out(row(HEADINGS))
        with ThreadPoolExecutor(jobs) as pool:
            lines = [[case for case in cases if case.proxied and not case.alone]]
            lines += [[case] for case in cases if not (case.alone or case.proxied)]
            list(pool.map(lambda line: [self.play(case) for case in line], lines))
        for case in cases:
            if case.alone:
                self.play(case)
        return self.verdicts


def row(cells: Sequence[str]) -> str:
    name, *numbers, result = cells
    widths = [len(heading) for heading in HEADINGS[1:-1]]
    middle = [f"{cell:>{width}}" for cell, width in zip(numbers, widths, strict=True)]
    return " | ".join([f"{name:<{NAME_WIDTH}}", *middle, result])


def summary(verdicts: Sequence[Verdict]) -> str:
    played = [verdict for verdict in verdicts if not verdict.skipped]
    failed = [verdict for verdict in played if not verdict.ok]
    clean = [verdict for verdict in played if not verdict.name.endswith("unguarded")]
    kinds = ("lost", "doubled", "reordered", "misplaced", "aborted_seen")
    sums = ", ".join(
        f"{sum(getattr(v, kind) for v in clean)} {kind.replace('_', ' ')}" for kind in kinds
    )
    kills = sum(verdict.kills for verdict in played)
    skipped = len(verdicts) - len(played)
    return (
        f"{len(played)} faults, {len(failed)} failed, {skipped} skipped, {kills} SIGKILLs of the "
        f"loader; with all guards: {sums}"
    )


def recovery(verdicts: Sequence[Verdict]) -> str:
    """How soon rows came again after each fault, and after which of them too late."""
    timed = [v for v in verdicts if v.first_row_seconds is not None]
    late = [v for v in timed if v.first_row_seconds > FIRST_ROW_SECONDS[v.group]]
    limits = ", ".join(f"{group} {limit:g} s" for group, limit in FIRST_ROW_SECONDS.items())
    names = ", ".join(f"{v.name} {v.first_row_seconds:.1f} s" for v in late) or "none"
    return (
        f"first new row in time ({limits}) after {len(timed) - len(late)} of {len(timed)} faults; "
        f"later: {names}"
    )


def earlier_runs(path: Path | None) -> list[str]:
    return json.loads(path.read_text())["runs"] if path and path.exists() else []


def merge(
    path: Path | None, verdicts: Sequence[Verdict], names: Sequence[str]
) -> list[Verdict]:
    """With those that `path` has of earlier runs: the newest of each fault, in a fixed order."""
    merged: dict[str, Verdict] = {}
    if path and path.exists():
        for kept in json.loads(path.read_text())["verdicts"]:
            del kept["ok"]
            merged[kept["name"]] = Verdict(**kept)
    merged |= {verdict.name: verdict for verdict in verdicts}
    order = {name: at for at, name in enumerate(names)}
    return sorted(merged.values(), key=lambda verdict: order.get(verdict.name, len(order)))


def to_json(verdicts: Sequence[Verdict], facts: dict[str, object]) -> str:
    return json.dumps({**facts, "verdicts": [v.as_dict() for v in verdicts]}, indent=1)
