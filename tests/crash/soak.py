"""Random SIGKILLs, as many or for as long as is asked for: loads one after the other."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from crash.case import KILLED, Case
from crash.loader_faults import killed_at_random
from crash.matrix import Matrix, row
from crash.stage import DONE
from crash.verdict import HEADINGS, Verdict

KILLS_IN_A_LOAD = 10


def play(matrix: Matrix, kills: int | None, minutes: float | None, jobs: int) -> list[Verdict]:
    """Load number i has the seed S+i: the line that reproduces it plays that one first."""
    deadline = time.monotonic() + 60 * (minutes or float("inf"))
    numbers = itertools.count()
    taking = threading.Lock()
    matrix.out(row(HEADINGS))

    def wanted() -> bool:
        done = sum(verdict.kills for verdict in list(matrix.verdicts))
        return time.monotonic() < deadline and (kills is None or done < kills)

    def work() -> None:
        while wanted():
            with taking:
                seed = matrix.seed + next(numbers)
            act = killed_at_random(KILLS_IN_A_LOAD, seed=seed)
            name = f"kill.random.{seed}"
            matrix.play(Case(name, "loader", "random SIGKILLs", act, (KILLED, DONE)))

    matrix.reproduce = lambda name: (
        f"scripts/crash-matrix --kills 1 --jobs 1 --seed {name.rsplit('.', 1)[1]}"
    )
    with ThreadPoolExecutor(jobs) as pool:
        for worker in [pool.submit(work) for _ in range(jobs)]:
            worker.result()
    return matrix.verdicts
