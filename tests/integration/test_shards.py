"""Several loads that share files: by --shard, and by parts of one file. All rows once, in all."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from check_topic import Report
from onceload_runner import BINARY, DONE, USAGE, Running, Scene, assert_fails, rows_csv

SEED = int(os.environ.get("ONCELOAD_TEST_SEED", random.randrange(1 << 32)))
SHARDS = 4
# Of rows in several loads, which go into the topic side by side.
ORDER = {"out_of_order", "key_out_of_order"}


def assert_each_once(report: Report) -> None:
    wrong = {kind: getattr(report, kind) for kind in Report.KINDS if kind not in ORDER}
    assert not any(wrong.values()), report.table()


def split(path: Path, parts: int) -> list[str]:
    words = (BINARY, "split", "--parts", str(parts), str(path))
    return subprocess.run(words, text=True, capture_output=True, check=True).stdout.splitlines()


class Shards:
    """Loads of one command line, each with its share, and a state file of its own each: on machines
    that know nothing of each other."""

    def __init__(self, scene: Scene, *words: object) -> None:
        self.scene, self.words = scene, (*words, "--name", scene.topic, "--progress", "none")

    def state(self, index: int) -> Path:
        return self.scene.directory / f"shard-{index}.db"

    def start(self, index: int) -> Running:
        shard = ("--shard", f"{index}/{SHARDS}")
        return self.scene.start(*shard, *self.words, state=self.state(index))

    def kill_at_random(self, chance: random.Random, kills: int) -> None:
        running = {index: self.start(index) for index in range(SHARDS)}
        for _ in range(kills):
            index = chance.randrange(SHARDS)
            running[index].kill_within(chance.uniform(0.3, 1.2))
            running[index].wait()
            running[index] = self.start(index)
        for run in running.values():
            result = run.wait(180)
            assert result.code == DONE, f"seed {SEED}: {result}"


def test_shards_of_files_killed_at_random_load_each_row_once(scene: Scene) -> None:
    chance = random.Random(SEED)
    inbox = scene.directory / "inbox"
    files = []
    for n in range(12):
        folder = inbox / f"day={n % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        files.append(folder / f"part-{n}.csv")
        files[-1].write_text(rows_csv(3000, keys=5, first=n * 3000))
    words = ("--key", "user", "--chunk-rows", 500, "--recursive", inbox)
    shards = Shards(scene, *words)
    shards.kill_at_random(chance, 6)
    assert_each_once(scene.check(files, "user"))

    # Another file comes, and one shard has lost its state: each goes on from Kafka alone.
    next(state for i in range(SHARDS) if (state := shards.state(i)).exists()).unlink()
    files.append(inbox / "day=0" / "part-late.csv")
    files[-1].write_text(rows_csv(100, keys=5, first=90_000))
    loaded = 0
    for index in range(SHARDS):
        result = shards.start(index).wait()
        assert result.code == DONE, result
        loaded += "100 in this run" in result.stdout
    assert loaded == 1
    assert_each_once(scene.check(files, "user"))


def test_parts_of_a_file_killed_at_random_load_each_row_once(
    scene: Scene, clicks: Callable[[int], Path]
) -> None:
    chance = random.Random(SEED)
    big = clicks(60_000)
    parts = scene.write("\n".join(split(big, SHARDS)) + "\n", "parts.txt")
    words = ("--key", "user_id", "--chunk-rows", 1000, "--files-from", parts)
    shards = Shards(scene, *words)
    shards.kill_at_random(chance, 6)
    assert_each_once(scene.check(big, "user_id"))


def test_a_part_whose_rows_have_changed_is_refused(scene: Scene) -> None:
    big = scene.write(rows_csv(100), "big.csv")
    first, second = split(big, 2)
    named = ("--name", "parts", "--key", "user")
    assert scene.load(*named, first).code == DONE
    big.write_text(big.read_text().replace("text 3 ", "tExt 3 "))
    result = scene.load(*named, first)
    assert_fails(result, 3, first, "changed")
    # The other part is another input, and it is as it was.
    assert scene.load("--name", "other", "--key", "user", second).code == DONE


def test_a_shard_without_a_file_has_nothing_to_do(scene: Scene) -> None:
    path = scene.write(rows_csv(3))
    results = [
        scene.load("--shard", f"{index}/2", "--key", "user", path) for index in range(2)
    ]
    assert [result.code for result in results] == [DONE, DONE]
    assert sum("has 0 of 1 files" in result.stderr for result in results) == 1, results
    scene.assert_exactly_once(path, "user")
    assert_fails(scene.load("--shard", "2/2", path), USAGE, "--shard", "from 0 to N-1")


def test_packed_files_are_not_split(binary: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(rows_csv(3))
    subprocess.run(["gzip", path], check=True)
    words = (binary, "split", f"{path}.gz")
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    assert done.returncode == 3 and "gzip" in done.stderr and "unpack it" in done.stderr, done
