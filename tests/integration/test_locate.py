"""where and from lead from a row to its record and back; history lists the loads."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest
from onceload_runner import BINARY, BOOTSTRAP, DIFFERENCES, DONE, USAGE, Result, Scene
from onceload_runner import assert_fails, rows_csv

ROWS = 1_000


def ask(scene: Scene, verb: str, *words: object, state: Path | None = None) -> Result:
    return scene.start_command(scene.command(verb, "--json", *words, state=state)).wait()


@pytest.fixture
def killed(scene: Scene) -> list[Path]:
    """Two files, the load of which was killed twice."""
    paths = [scene.write(rows_csv(ROWS, first=1 + ROWS * n), f"{n}.csv") for n in range(2)]
    words = ("--key", "user", "--chunk-rows", 150, "--name", f"{scene.topic}/both", *paths)
    for failpoint in ("after_commit:3", "after_mark:2"):
        scene.crash(failpoint, *words)
    assert scene.load(*words).code == DONE
    return paths


def test_a_row_is_found_and_found_again(scene: Scene, killed: list[Path]) -> None:
    """With the ledger, and by Kafka's own records alone."""
    name = ("--name", f"{scene.topic}/both")
    elsewhere = scene.directory / "no-such-state.db"
    chance = random.Random(7)
    records = [scene.kafka.messages(scene.topic, p) for p in range(5)]
    for path, first in zip(killed, (0, ROWS), strict=True):
        for row in (1, chance.randrange(2, ROWS), ROWS):
            for state in (None, elsewhere):
                found = ask(scene, "where", *name, "--row", row, path, state=state)
                assert found.code == DONE, found
                (place,) = found.json()["places"]
                (message,) = [
                    m for m in records[place["partition"]] if m.offset() == place["offset"]
                ]
                assert json.loads(message.value() or b"")["id"] == str(first + row)
                assert place["text"].startswith(f"{first + row},user-"), found
                assert place["time_ms"] == message.timestamp()[1]
                at = ("--partition", place["partition"], "--offset", place["offset"])
                back = ask(scene, "from", *at, state=state)
                assert back.code == DONE, back
                (origin,) = back.json()["places"]
                assert (origin["file"], origin["row"]) == (str(path), row), back
                byte = path.read_bytes().index(f"\n{first + row},".encode()) + 1
                assert origin["byte"] == byte, back


def test_a_key_is_found(scene: Scene, killed: list[Path]) -> None:
    name = ("--name", f"{scene.topic}/both")
    found = ask(scene, "where", *name, "--key", "user-3")
    assert found.code == DONE, found
    rows = sum(1 for n in range(1, 2 * ROWS + 1) if n % 7 == 3)
    assert len(found.json()["places"]) + found.json()["more"] == rows, found
    assert_fails(ask(scene, "where", *name, "--key", "nobody"), USAGE, "no row")


def test_what_is_not_there(scene: Scene, killed: list[Path]) -> None:
    name = ("--name", f"{scene.topic}/both")
    beyond = ask(scene, "where", *name, "--row", ROWS + 1, killed[0])
    assert_fails(beyond, USAGE, f"rows 1 to {ROWS} are loaded")
    assert_fails(ask(scene, "where", *name, "--row", 5), USAGE, "several files")
    assert_fails(ask(scene, "from", "--partition", 1, "--offset", 10**9), USAGE, "no load has rows")
    at = max(range(5), key=lambda p: scene.kafka.ends(scene.topic)[p])
    messages = scene.kafka.messages(scene.topic, at)
    marker = next(a.offset() + 1 for a, b in zip(messages, messages[1:], strict=False)
                  if b.offset() > a.offset() + 1)  # fmt: skip
    assert_fails(ask(scene, "from", "--partition", at, "--offset", marker), USAGE, "no record at")
    killed[0].write_bytes(killed[0].read_bytes().replace(b"text 7 ", b"TEXT 7 "))
    edited = ask(scene, "where", *name, "--row", 7, killed[0])
    assert_fails(edited, DIFFERENCES, "may have been edited")


def history(scene: Scene, *words: object) -> Result:
    command = [BINARY, "history", *words]
    return scene.start_command([str(word) for word in command]).wait()


def test_history(scene: Scene, killed: list[Path]) -> None:
    other = scene.write("id,user,text\n1,a,x\n2,b\n3,c,z\n", "bad.csv")
    assert scene.load("--on-error", "skip", other).code == DIFFERENCES
    known = history(scene, "--state", scene.state, "--json").json()["loads"]
    by_name = {load["name"].split("/")[1]: load for load in known}
    both, bad = by_name["both"], by_name["bad.csv"]
    assert (both["files"], both["rows"], both["runs"], both["kills"]) == (2, 2 * ROWS, 3, 2)
    assert (bad["rows"], bad["rejected"], bad["runs"], bad["kills"]) == (2, 1, 1, 0)
    assert both["state"] == bad["state"] == "finished"
    assert [file["rows"] for file in both["inputs"]] == [ROWS, ROWS]

    table = history(scene, "--state", scene.state, "--csv", "--files")
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert [row["file"] for row in rows if row["load"].endswith("both")] == list(map(str, killed))

    nowhere = scene.directory / "no-such-state.db"
    by_kafka = history(scene, "--state", nowhere, "-b", BOOTSTRAP, "--json", "--name", both["name"])
    assert by_kafka.code == DONE, by_kafka
    (load,) = by_kafka.json()["loads"]
    assert (load["rows"], load["files"], load["runs"]) == (2 * ROWS, 2, None), by_kafka
    assert load["in_ledger"] is False
    assert_fails(history(scene, "--state", nowhere), USAGE, "no state file")
