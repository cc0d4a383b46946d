"""status tells how far a load is, while it runs and after."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onceload_runner import BOOTSTRAP, DONE, USAGE, Scene, assert_fails, rows_csv

ROWS = 20_000
SLOW = ("--key", "user_id", "--chunk-rows", 100)


def load_of(document: Any, name: str) -> dict[str, Any]:
    """The one load of that name."""
    (load,) = [load for load in document["loads"] if load["name"] == name]
    return load


def test_status_follows_a_running_load(scene: Scene, clicks: Callable[[int], Path]) -> None:
    path = clicks(ROWS)
    name = f"{scene.topic}/{path.name}"
    run = scene.start(*SLOW, path)
    scene.wait_for_messages(2000, run)
    seen = []
    while run.alive():
        result = scene.status("--json")
        assert result.code == DONE, result
        load = load_of(result.json(), name)
        assert load["rows"] == sum(p["rows"] for p in load["partitions"])
        seen.append(load["rows"])
    assert run.wait().code == DONE
    assert seen == sorted(seen) and len(set(seen)) > 1, seen
    load = load_of(scene.status("--json").json(), name)
    assert load["state"] == "finished"
    assert load["rows"] == ROWS
    assert load["runs"] == 1
    report = scene.check(path, "user_id")
    assert [p["rows"] for p in load["partitions"]] == report.found


def test_status_is_for_people_too(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    assert scene.load("--key", "user", path).code == DONE
    for words in ((), ("--name", f"{scene.topic}/rows.csv"), ("-b", BOOTSTRAP)):
        result = scene.status(*words)
        assert result.code == DONE, result
        assert f"{scene.topic}/rows.csv" in result.stdout and "50" in result.stdout


def test_runs_and_the_last_error_are_kept(scene: Scene) -> None:
    path = scene.write(rows_csv(50) + "51,user-2\n")
    for _ in range(2):
        scene.load("--key", "user", path)
    load = load_of(scene.status("--json").json(), f"{scene.topic}/rows.csv")
    assert load["runs"] == 2
    assert load["rows"] == 50
    assert "row 51" in load["last_error"]
    assert load["state"] != "finished"


def test_a_killed_load_shows_what_it_has_committed(scene: Scene) -> None:
    path = scene.write(rows_csv(100))
    words = ("--key", "user", "--chunk-rows", 20, path)
    result = scene.crash("after_commit:3", *words)
    assert result.code == -signal.SIGKILL
    name = f"{scene.topic}/rows.csv"
    ledger = load_of(scene.status("--json").json(), name)
    assert ledger["rows"] in (40, 60), "the last commit is confirmed one chunk later"
    kafka = scene.status("--json", "-b", BOOTSTRAP)
    assert kafka.code == DONE and "60" in kafka.stdout, kafka


def test_no_state_file_is_an_error_with_advice(scene: Scene) -> None:
    result = scene.status()
    assert result.code == USAGE and "state.db" in result.stderr, result
    assert not scene.state.exists(), "status only reads"


def test_a_progress_topic_that_is_not_there_is_said_at_once(scene: Scene) -> None:
    words = ("-b", BOOTSTRAP, "--name", "x", "--progress-topic", "no-such-topic")
    result = scene.status(*words)
    assert_fails(result, USAGE, "no-such-topic", "--progress-topic")
    assert result.seconds < 10, result
