"""A short part of the crash matrix; scripts/crash-matrix plays all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from crash import habits
from crash.habit_oracle import Fault, Is, Kind, Oracle, Tally
from crash.habit_world import SHAPES, Seen, row_of
from crash.matrix import Matrix, recovery
from crash.table import CASES
from crash.verdict import Verdict
from onceload_runner import Kafka

SEED = 1
HABITS_SEED = 1026
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
    "service.no_cluster_id",
    "service.no_transactions.42",
    "answer.produce.87",
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


@pytest.mark.parametrize("shape", range(len(SHAPES)), ids=[shape.name for shape in SHAPES])
def test_a_round_of_habits_costs_nothing(
    kafka: Kafka, binary: Path, clicks: Callable[[int], Path], shape: int
) -> None:
    lines: list[str] = []
    case = habits.shape_case(shape, SHAPES[shape], count=1)
    verdict = Matrix(kafka, clicks, HABITS_SEED, lines.append).play(case)
    # Whether a kill comes before the load has ended depends on the machine: it may not in a round.
    assert verdict.ok, "\n".join(lines)


def file_of(name: str, text: int, rows: int) -> Seen:
    return Seen((Path("/in") / name,), 0, text, rows)


def due(oracle: Oracle, *files: Seen) -> list[tuple[Kind, bool]]:
    return [(refusal.kind, refusal.sure) for refusal in oracle.refusals(files, [])]


def test_the_oracle_of_habits_knows_what_is_refused() -> None:
    oracle = Oracle()
    a, b = file_of("a.csv", 1, 10), file_of("b.csv", 2, 10)
    oracle.killed([a, b], {1: 10, 2: 4}, came_far=False)  # rows came: so has it
    assert due(oracle, file_of("b.csv", 2, 10)) == [(Kind.MISSING, False)]  # was it a's end?
    assert due(oracle, a, file_of("c.csv.gz", 2, 30)) == []
    assert due(oracle, a, file_of("b.csv", 3, 10)) == [(Kind.MISSING, True)]
    assert due(oracle, a, b, file_of("c.csv", 2, 4)) == [(Kind.TWIN, True)]
    oracle.finished([a, b], {1: 10, 2: 10})
    assert due(oracle, file_of("c.csv", 3, 10)) == []
    assert due(oracle, file_of("a.csv", 3, 10), b) == [(Kind.OTHER_TEXT, True)]
    assert due(oracle, file_of("a.csv", 3, 10), file_of("a.csv.1", 1, 10)) == []
    oracle.killed([file_of("c.csv", 3, 10)], {1: 10, 2: 10}, came_far=True)
    assert oracle.inputs[3].unfinished is Is.SURE
    assert due(oracle, a) == [(Kind.MISSING, True)]  # nothing of it is loaded, but it was to be
    # Of its name: it may take its place.
    assert due(oracle, file_of("2/c.csv", 4, 10)) == [(Kind.MISSING, False)]


def test_the_judge_of_habits_sees_each_row() -> None:
    def rows(*numbers: int) -> dict[int, int]:
        tally = Tally(lambda text, number: row_of(text, number, 8))
        for number in numbers:
            row = row_of(1, number, 8)
            tally.add(int(row["user"][-1]), row["user"], row)
        return tally.rows()

    assert rows(1, 2, 3) == {1: 3}
    faults = {(1, 2, 2): "1 rows doubled", (1, 3): "lost: row 2", (6, 1): "1 reordered"}
    for numbers, word in faults.items():
        with pytest.raises(Fault, match=word):
            rows(*numbers)


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
