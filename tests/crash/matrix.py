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


class Matrix:
    def __init__(
        self, kafka: Kafka, clicks: Callable[[int], Path], seed: int, out: Callable[[str], None]
    ) -> None:
        self.kafka = kafka
        self.clicks = clicks
        self.seed = seed
        self.out = out
        self.printing = threading.Lock()
        self.verdicts: list[Verdict] = []

    def play(self, case: Case) -> Verdict:
        directory = Path(tempfile.mkdtemp(prefix=f"crash-{case.name}."))
        started = time.monotonic()
        stage = Stage(case, self.seed, self.kafka, directory, self.clicks)
        try:
            try:
                case.act(stage)
            finally:
                if case.alone and not case.proxied:
                    cluster("up")
            stage.finish()
            verdict = judge(stage, case)
        except Unavailable as reason:
            verdict = Verdict(case.name, case.group, case.fault, skipped=str(reason))
        except Exception:  # whatever it is, the other cases go on
            verdict = Verdict(case.name, case.group, case.fault, codes=stage.codes)
            verdict.problems.append(traceback.format_exc(limit=6))
        finally:
            stage.end()
            shutil.rmtree(directory, ignore_errors=True)
        verdict.seconds = round(time.monotonic() - started, 1)
        self.report(verdict)
        return verdict

    def report(self, verdict: Verdict) -> None:
        with self.printing:
            self.verdicts.append(verdict)
            self.out(row(verdict.cells()))
            for note in verdict.notes:
                self.out(f"    {note}")
            for problem in verdict.problems:
                self.out("    " + problem.strip().replace("\n", "\n    "))
            if verdict.problems:
                self.out(f"    again: {self.reproduce(verdict.name)}")

    def reproduce(self, name: str) -> str:
        return f"scripts/crash-matrix --only {name} --seed {self.seed}"

    def play_all(self, cases: Iterable[Case], jobs: int) -> list[Verdict]:
        """In the order of `cases`; those that disturb others come last, one after the other."""
        cases = list(cases)
        self.out(row(HEADINGS))
        with ThreadPoolExecutor(jobs) as pool:
            together = [case for case in cases if not (case.alone or case.proxied)]
            list(pool.map(self.play, together))
        for case in cases:
            if case.proxied or case.alone:
                self.play(case)
        order = {case.name: at for at, case in enumerate(cases)}
        self.verdicts.sort(key=lambda verdict: order[verdict.name])
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


def to_json(verdicts: Sequence[Verdict], facts: dict[str, object]) -> str:
    return json.dumps({**facts, "verdicts": [v.as_dict() for v in verdicts]}, indent=1)
