"""A short part of the crash matrix; scripts/crash-matrix plays all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from crash.matrix import Matrix, recovery
from crash.table import CASES
from crash.verdict import Verdict
from onceload_runner import Kafka

SEED = 1
# One or two of each group, of the quick ones that leave the brokers alone; those with a proxy are
# all in this file, which one worker plays: there is one proxy.
SHORT = (
    "kill.after_claim.again",
    "stdout.closed",
    "signal.twice",
    "topic.deleted.loading",
    "net.lost.end_txn.2",
    "net.ghost_commit",
    "net.ghost_abort",
    "net.ghost_abort.unguarded",
    "disk.power.sync",
    "input.replaced",
)
BY_NAME = {case.name: case for case in CASES}


@pytest.mark.parametrize("name", SHORT)
def test_a_fault_costs_nothing(
    kafka: Kafka, binary: Path, clicks: Callable[[int], Path], name: str
) -> None:
    lines: list[str] = []
    verdict = Matrix(kafka, clicks, SEED, lines.append).play(BY_NAME[name])
    assert verdict.ok and not verdict.skipped, "\n".join(lines)


def test_the_table_is_as_large_as_promised() -> None:
    assert len(CASES) >= 70


def test_a_late_first_row_is_named() -> None:
    verdicts = [
        Verdict("early", "loader", "", first_row_seconds=3.0),
        Verdict("late", "loader", "", first_row_seconds=3.1),
        Verdict("outage", "broker", "", first_row_seconds=4.9),
        Verdict("refused", "input", ""),
    ]
    told = recovery(verdicts)
    assert "after 2 of 3 faults" in told
    assert told.endswith("later: late 3.1 s")
