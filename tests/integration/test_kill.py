"""Killed at any instant, the same command goes on and every row is there once."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from onceload_runner import DONE, STOPPED, Scene, rows_csv, wait_until

KILLS = int(os.environ.get("ONCELOAD_TEST_KILLS", "10"))
SEED = int(os.environ.get("ONCELOAD_TEST_SEED", random.randrange(1 << 32)))
ROWS = 200_000
KILLS_PER_LOAD = 5
SIGNAL_ROWS = 30_000
# Small chunks: a kill loses little, so the kills of one load spread over all of it.
WORDS = ("--key", "user_id", "--chunk-rows", 4000, "--progress", "none")


def test_random_kills_lose_double_and_reorder_nothing(
    bare_scene: Scene, clicks: Callable[[int], Path]
) -> None:
    """A run lives for a random part of what a whole load takes, from its first instant on."""
    chance = random.Random(SEED)
    print(f"ONCELOAD_TEST_SEED={SEED} ONCELOAD_TEST_KILLS={KILLS}")
    path = clicks(ROWS)
    kills = runs = loads = 0
    whole = 3.0  # seconds a whole load takes; measured as we go

    while kills < KILLS:
        loads += 1
        scene = Scene(f"kills-{loads}", bare_scene.directory, bare_scene.kafka)
        scene.state = bare_scene.directory / f"state-{loads}.db"
        scene.kafka.create(scene.topic)
        wanted = min(KILLS_PER_LOAD, KILLS - kills)
        hit = 0
        try:
            while True:
                run = scene.start(*WORDS, path)
                runs += 1
                if hit < wanted:
                    run.kill_within(chance.uniform(0, whole / wanted * 2))
                result = run.wait()
                if result.code == -signal.SIGKILL:
                    hit += 1
                    continue
                assert result.code == DONE, f"seed {SEED}, load {loads}, kill {hit}: {result}"
                whole = max(0.5, result.seconds)
                break
            report = scene.check(path, "user_id")
            assert report.ok, f"seed {SEED}, load {loads}, {hit} kills:\n{report.table()}"
        finally:
            scene.end()
        kills += hit
        assert hit or loads < KILLS + 20, f"no run lives long enough to be killed ({whole} s)"
    print(f"{kills} kills, {runs} runs, {loads} loads of {ROWS} rows: 0 lost, doubled, reordered")


def slow_load(scene: Scene, path: Path) -> tuple[object, ...]:
    """A command whose load takes seconds: a transaction for every 100 rows."""
    return ("--key", "user_id", "--chunk-rows", 100, path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_in_order(
    scene: Scene, clicks: Callable[[int], Path], number: signal.Signals
) -> None:
    words = slow_load(scene, clicks(SIGNAL_ROWS))
    run = scene.start(*words)
    scene.wait_for_messages(2000, run)
    run.signal(number)
    result = run.wait(30)
    assert result.code == STOPPED, result
    assert "Kafka has 10 s to answer" in result.stderr, "what it waits for, and how long at most"
    assert "onceload load" in result.stderr, "the command that goes on"
    # Nothing is left open: no reader is held up until a transaction times out.
    # (The coordinator writes the markers after it has answered.)
    ends = scene.kafka.ends(scene.topic)
    wait_until(
        lambda: scene.kafka.ends(scene.topic, "read_committed") >= ends, "all is committed", 10
    )
    finished = scene.load("--key", "user_id", words[-1])
    assert finished.code == DONE, finished
    scene.assert_exactly_once(clicks(SIGNAL_ROWS), "user_id")


def test_a_second_signal_leaves_at_once(scene: Scene, clicks: Callable[[int], Path]) -> None:
    """Frozen in between, the run finds both signals and must not wait for Kafka."""
    words = slow_load(scene, clicks(SIGNAL_ROWS))
    run = scene.start(*words)
    scene.wait_for_messages(2000, run)
    run.signal(signal.SIGSTOP)
    run.signal(signal.SIGINT)
    run.signal(signal.SIGTERM)
    run.signal(signal.SIGCONT)
    result = run.wait(5)
    assert result.code == STOPPED or result.code < 0, result
    finished = scene.load("--key", "user_id", words[-1])
    assert finished.code == DONE, finished
    scene.assert_exactly_once(clicks(SIGNAL_ROWS), "user_id")


def test_a_closed_stdout_does_not_cost_a_row(scene: Scene) -> None:
    """`onceload load ... | true`: whatever the exit code, the next run finishes the load."""
    path = scene.write(rows_csv(500))
    words = scene.command("load", "--key", "user", "--chunk-rows", 50, "--json", path)
    shell = ["/bin/bash", "-c", '"$@" | true', "bash", *words]
    scene.start_command(shell).wait()
    assert scene.load("--key", "user", path).code == DONE
    scene.assert_exactly_once(path, "user")
