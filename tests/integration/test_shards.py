"""Several loads that share files: by --shard, and by parts of one file. All rows once, in all."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from check_topic import Report
from onceload_runner import (
    BINARY,
    DIFFERENCES,
    DONE,
    USAGE,
    Result,
    Running,
    Scene,
    assert_fails,
    rows_csv,
)

SEED = int(os.environ.get("ONCELOAD_TEST_SEED", random.randrange(1 << 32)))
SHARDS = 4
# Of rows in several loads, which go into the topic side by side.
ORDER = {"out_of_order", "key_out_of_order"}


def assert_each_once(report: Report) -> None:
    wrong = {kind: getattr(report, kind) for kind in Report.KINDS if kind not in ORDER}
    assert not any(wrong.values()), report.table()


def assert_in_order_of_keys(report: Report) -> None:
    wrong = {kind: getattr(report, kind) for kind in Report.KINDS if kind != "out_of_order"}
    assert not any(wrong.values()), f"seed {SEED}: {report.table()}"


def split(path: Path, parts: int) -> list[str]:
    words = (BINARY, "split", "--parts", str(parts), str(path))
    return subprocess.run(words, text=True, capture_output=True, check=True).stdout.splitlines()


class Shards:
    """Loads of one command line, each with its share, and a state file of its own each: on machines
    that know nothing of each other."""

    def __init__(self, scene: Scene, *words: object, count: int = SHARDS) -> None:
        self.scene, self.words = scene, (*words, "--name", scene.topic, "--progress", "none")
        self.count = count

    def state(self, index: int) -> Path:
        return self.scene.directory / f"shard-{index}.db"

    def start(self, index: int) -> Running:
        shard = ("--shard", f"{index}/{self.count}")
        return self.scene.start(*shard, *self.words, state=self.state(index))

    def run(self, index: int) -> Result:
        return self.start(index).wait(180)

    def kill_at_random(self, chance: random.Random, kills: int) -> None:
        running = {index: self.start(index) for index in range(self.count)}
        for _ in range(kills):
            index = chance.randrange(self.count)
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


def inbox_of(scene: Scene, files: int, rows: int, keys: int = 5) -> list[Path]:
    inbox = scene.directory / "inbox"
    inbox.mkdir()
    paths = []
    for n in range(files):
        paths.append(inbox / f"part-{n}.csv")
        paths[-1].write_text(rows_csv(rows, keys=keys, first=n * rows))
    return paths


def test_shards_that_wrote_at_once_are_audited_as_one(scene: Scene) -> None:
    chance = random.Random(SEED)
    files = inbox_of(scene, 24, 2000)
    words = ("--key", "user", "--chunk-rows", 200, files[0].parent)
    shards = Shards(scene, *words, count=8)
    shards.kill_at_random(chance, 12)
    assert_each_once(scene.check(files, "user"))

    # State files say nothing of other machines' loads: Kafka's records are all there is.
    names = ("--name", f"{scene.topic}.*")
    of_files = ("--source", files[0].parent)
    for words in ((), of_files, ("--level", "counts")):
        result = scene.verify(*names, "--json", *words)
        assert result.code == DONE, f"seed {SEED}: {result}"
        (group,) = result.json()["together"]
        assert group["rows_found"] == 48_000 and len(group["loads"]) == 8, group
        assert {load["verdict"] for load in result.json()["loads"]} == {"together"}, result
    assert "proven: 8 loads, 48000 rows" in scene.verify(*names).stdout
    one = scene.verify("--name", f"{scene.topic}.0-of-8")
    assert one.code == DIFFERENCES and "lie among this one's" in one.stdout, one

    shards.state(3).unlink()
    files.append(files[0].with_name("late.csv"))
    files[-1].write_text(rows_csv(100, first=90_000))
    assert [shards.run(index).code for index in range(8)] == [DONE] * 8
    result = scene.verify(*names, "--exclusive")
    assert result.code == DONE and "48100 rows" in result.stdout, result


def test_what_is_not_the_shards_own_is_found_among_their_rows(scene: Scene) -> None:
    files = inbox_of(scene, 8, 300)
    shards = Shards(scene, "--key", "user", "--chunk-rows", 50, files[0].parent, count=2)
    for index in range(2):
        assert shards.run(index).code == DONE
    scene.kafka.produce(scene.topic, [(p, b"user-1", b"foreign") for p in range(5)])
    for n in range(8):
        files.append(files[0].with_name(f"more-{n}.csv"))
        files[-1].write_text(rows_csv(300, first=10_000 + 300 * n))
    for index in range(2):
        assert shards.run(index).code == DONE
    result = scene.verify("--name", f"{scene.topic}.*")
    assert result.code == DIFFERENCES and "unnamed: partition" in result.stdout, result


def test_a_shard_that_never_ran_is_named(scene: Scene) -> None:
    files = inbox_of(scene, 12, 50)
    shards = Shards(scene, "--key", "user", files[0].parent, count=4)
    for index in (0, 1, 3):
        assert shards.run(index).code == DONE
    for words in ((), ("--source", files[0].parent)):
        result = scene.verify("--name", f"{scene.topic}.*", *words)
        assert result.code == DIFFERENCES, result
        assert f"shard {scene.topic}.2-of-4 is missing" in result.stdout, result
    assert shards.run(2).code == DONE
    assert scene.verify("--name", f"{scene.topic}.*").code == DONE
    assert_fails(scene.verify("--name", "nobody.*"), USAGE, "no load is known by nobody.*")


def test_only_the_files_tell_a_shard_without_one_from_one_that_never_ran(scene: Scene) -> None:
    (file,) = inbox_of(scene, 1, 50)
    shards = Shards(scene, "--key", "user", file, count=3)
    assert [shards.run(index).code for index in range(3)] == [DONE] * 3
    names = ("--name", f"{scene.topic}.*")
    result = scene.verify(*names)
    assert result.code == DIFFERENCES and result.stdout.count("or had no file") == 2, result
    assert scene.verify(*names, "--source", file).code == DONE


def test_shards_by_key_keep_the_order_of_each_key(scene: Scene) -> None:
    chance = random.Random(SEED)
    files = inbox_of(scene, 4, 6000, keys=40)  # each key's rows are in all files
    words = ("--key", "user", "--chunk-rows", 200, "--shard-by-key", files[0].parent)
    shards = Shards(scene, *words, count=4)
    shards.kill_at_random(chance, 8)
    assert_in_order_of_keys(scene.check(files, "user"))

    names = ("--name", f"{scene.topic}.*")
    for words in ((), ("--source", files[0].parent)):
        result = scene.verify(*names, "--json", *words)
        assert result.code == DONE, f"seed {SEED}: {result}"
        loads = result.json()["loads"]
        assert [load["verdict"] for load in loads] == ["proven"] * 4 and "together" not in loads
        assert sum(load["rows_found"] for load in loads) == 24_000, loads
        assert min(load["rows_found"] for load in loads) > 0, loads

    # The share is the load's for good.
    dealt = Shards(scene, "--key", "user", files[0].parent, count=4)
    refused = next(r for r in map(dealt.run, range(4)) if "has 0 of" not in r.stderr)
    assert_fails(refused, USAGE, "keys", "not set")


def test_shards_by_key_are_to_read_the_same_files(scene: Scene) -> None:
    files = inbox_of(scene, 2, 500)
    words = ("--key", "user", "--shard-by-key")
    assert Shards(scene, *words, *files, count=2).run(0).code == DONE
    names = ("--name", f"{scene.topic}.*")
    missing = scene.verify(*names)
    assert missing.code == DIFFERENCES and ".1-of-2 is missing: it has never run" in missing.stdout
    assert Shards(scene, *words, files[0], count=2).run(1).code == DONE
    result = scene.verify(*names)
    assert result.code == DIFFERENCES and "have read other files" in result.stdout, result
    assert Shards(scene, *words, *files, count=2).run(1).code == DONE
    assert scene.verify(*names).code == DONE
    assert_in_order_of_keys(scene.check(files, "user"))


def test_rows_that_cannot_be_loaded_are_rejected_by_one_shard_by_key(scene: Scene) -> None:
    path = scene.write("id,user\n1,a\nbad\n2,b\n3,c,c\n4,d\n5,e\n")
    words = ("--key", "user", "--shard-by-key", "--on-error", "skip", path)
    shards = Shards(scene, *words, count=3)
    rejected = ["2 skipped" in shards.run(index).stdout for index in range(3)]
    assert rejected == [True, False, False]
    assert scene.kafka.committed(scene.topic) == 4
    names = ("--name", f"{scene.topic}.*")
    result = scene.verify(*names, "--source", path)
    assert result.code == DONE, result


def test_shards_by_key_share_a_state_file(scene: Scene) -> None:
    path = scene.write(rows_csv(300))
    words = ("--key", "user", "--shard-by-key", "--name", scene.topic, path)
    shards = 10  # of seven keys: some have no row, and the file has grown for them as well
    for rows in (300, 400):
        path.write_text(rows_csv(rows))
        for index in range(shards):
            result = scene.load("--shard", f"{index}/{shards}", *words)
            assert result.code == DONE, result
        assert_in_order_of_keys(scene.check(path, "user"))
        assert scene.verify("--name", f"{scene.topic}.*", "--source", path).code == DONE
    # Those that have no row of it know it under another name, too.
    words = (*words[:-1], path.rename(path.with_name("renamed.csv")))
    for index in range(shards):
        assert scene.load("--shard", f"{index}/{shards}", *words).code == DONE
    assert scene.verify("--name", f"{scene.topic}.*", "--source", words[-1]).code == DONE
    path = words[-1]
    whole = scene.load("--key", "user", "--name", "whole", path)
    assert_fails(whole, USAGE, "has these", "--again")


def test_shards_by_key_need_a_key_of_text(scene: Scene) -> None:
    path = scene.write(rows_csv(3))
    shard = ("--shard", "0/2", "--shard-by-key", path)
    assert_fails(scene.load(*shard), USAGE, "--shard-by-key", "--key")
    assert_fails(scene.load("--key", "user", "--shard-by-key", path), USAGE, "add --shard K/N")


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
    named = ("--name", f"{scene.topic}/parts", "--key", "user")
    assert scene.load(*named, first).code == DONE
    big.write_text(big.read_text().replace("text 3 ", "tExt 3 "))
    result = scene.load(*named, first)
    assert_fails(result, 3, first, "changed")
    # The other part is another input, and it is as it was.
    other = ("--name", f"{scene.topic}/other", "--key", "user")
    assert scene.load(*other, second).code == DONE


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
