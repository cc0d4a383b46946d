"""Loads that version 0.1.0 began: they go on by their own rules, and are audited by them.

tests/data/version_0_1_0 has what that version left behind; make_version_0_1_0.py made it."""

from __future__ import annotations

import base64
import csv
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import check_topic
import pytest
from onceload_runner import DIFFERENCES, DONE, USAGE, Result, Scene, assert_fails

DATA = Path(__file__).resolve().parents[1] / "data" / "version_0_1_0"
APPLICATION_ID = 0x6F6E6365


def decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


class OldLoad:
    """Topic, progress topic, state file and files as the old version left them. Offsets are new:
    there are no markers of transactions in the copy."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.name = scene, name
        self.what: dict[str, Any] = json.loads((DATA / name / "load.json").read_text())
        self.files = Path(shutil.copytree(DATA / name / "in", scene.directory / "in"))
        self.rejects = scene.directory / "rejects.csv"
        if (DATA / name / "rejects.csv").exists():
            shutil.copyfile(DATA / name / "rejects.csv", self.rejects)
        self.progress = f"{scene.topic}.progress"
        self.letters = f"{scene.topic}.dead-letters"
        scene.topics += [self.progress, self.letters]
        for p, records in enumerate(self.what["records"]):
            self.write(scene.topic, p, records)
        if self.what["dead_letters"]:
            scene.kafka.create(self.letters, 1)
            self.write(self.letters, 0, self.what["dead_letters"])
        scene.kafka.create(self.progress, 16)
        self.cluster = scene.kafka.admin.describe_cluster().result(30).cluster_id
        self.topic_id = scene.kafka.topic_id(scene.topic)
        self.write_progress()
        self.write_state()

    def write(self, topic: str, partition: int, records: list[Any]) -> None:
        producer = self.scene.kafka.producer
        for key, value, headers in records:
            pairs = [(name, decoded(text)) for name, text in headers]
            producer.produce(topic, decoded(value), decoded(key), partition, headers=pairs)
        assert producer.flush(60) == 0

    def write_progress(self) -> None:
        home = check_topic.partition_of(self.name.encode(), 1, 16)
        for key, value in self.what["progress"]:
            record = json.loads(value)
            if isinstance(record, dict):
                for p in (*record["partitions"], record["rejected"]["dead_letters"]):
                    p["first"], p["end"] = (0, p["rows"]) if p["rows"] else (-1, -1)
                record["topic"] = {"name": self.scene.topic, "id": self.topic_id}
                record["cluster"] = self.cluster
                if record["rejected"]["dead_letter_topic"]:
                    record["rejected"]["dead_letter_topic"] = self.letters
            value = json.dumps(record).encode()
            self.scene.kafka.produce(self.progress, [(home, decoded(key), value)])

    def write_state(self) -> None:
        database = sqlite3.connect(self.scene.state)
        database.executescript((DATA / self.name / "state.dump").read_text())
        database.execute(
            "UPDATE plans SET topic = ?, topic_id = ?, cluster_id = ?",
            (self.scene.topic, self.topic_id, self.cluster),
        )
        known = "iif(rows > 0, {}, NULL)"
        database.execute(
            f"UPDATE chunk_partitions SET first_offset = {known.format('0')},"
            f" end_offset = {known.format('rows')}"
        )
        database.execute(
            "UPDATE chunks SET dead_letter_topic = iif(dead_letter_topic = '', '', ?),"
            " dead_first = iif(dead_rows > 0, 0, NULL),"
            " dead_end = iif(dead_rows > 0, dead_rows, NULL)",
            (self.letters,),
        )
        database.commit()
        database.execute("PRAGMA user_version = 2")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.close()

    def words(self) -> list[object]:
        flags = [self.rejects if flag == "REJECTS" else flag for flag in self.what["flags"]]
        return ["--name", self.name, "--progress-topic", self.progress, *flags]

    def load(self, **how: Any) -> Result:
        return self.scene.load("--chunk-rows", 15, *self.words(), self.files, **how)

    def verify(self, *words: object, **how: Any) -> Result:
        name = ("--name", self.name, "--progress-topic", self.progress)
        return self.scene.verify(*name, *words, **how)

    def newest_record(self) -> dict[str, Any]:
        home = check_topic.partition_of(self.name.encode(), 1, 16)
        records = self.scene.kafka.records(self.progress, home)
        found = [value for key, value in records if key == self.name.encode()]
        record: dict[str, Any] = json.loads(found[-1] or b"{}")
        return record


@pytest.mark.parametrize("with_state", [True, False], ids=["state", "kafka"])
@pytest.mark.parametrize("name", ["finished", "unfinished", "rejected", "keyless", "many"])
def test_a_load_of_0_1_0_goes_on_and_is_audited(scene: Scene, name: str, with_state: bool) -> None:
    old = OldLoad(scene, name)
    if not with_state:
        scene.state.unlink()
    if name == "unfinished":
        scene.crash("after_commit:1", "--chunk-rows", 15, *old.words(), old.files)
    result = old.load()
    expected = DIFFERENCES if name == "rejected" else DONE
    assert result.code == expected, result
    assert ("nothing was sent" in result.stdout) == (name == "finished"), result
    again = old.load()
    assert again.code == expected and "nothing was sent" in again.stdout, again
    record = old.newest_record()
    assert record["format"] == 1 and "rules" not in record
    for words in ((), ("--source", old.files)):
        proof = old.verify(*words)
        assert proof.code == DONE, proof
        assert "headers and record times are not proven" in proof.stdout, proof
    key = "user" if "user" in old.what["flags"] else None
    paths = sorted(old.files.iterdir())
    if name == "rejected":
        judge = scene.check(
            paths, key, dead_letters=old.letters, name=name, dead_letters_format=1
        )
        with old.rejects.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["row"] for row in rows] == ["7", "41"] and "load" not in rows[0], rows
    else:
        headers = "--headers" in old.what["flags"]
        judge = scene.check(paths, key, spread="file", headers=headers)
    assert judge.ok, judge.table()


def test_what_is_appended_to_a_load_of_0_1_0(scene: Scene) -> None:
    """Renamed, packed and grown: by the text, though the record has no head keys."""
    old = OldLoad(scene, "finished")
    path = old.files / "a.csv"
    path.rename(old.files / "moved.csv")
    moved = old.load()
    assert moved.code == DONE and "nothing was sent" in moved.stdout, moved
    assert "loaded before" in moved.stderr
    with (old.files / "moved.csv").open("a") as out:
        out.write("101,user-3,more\n")
    (old.files / "new.csv").write_text("id,user,text\n900,user-1,new\n")
    more = old.load()
    assert more.code == DONE and "102 rows, 2 in this run" in more.stdout, more
    paths = [old.files / "moved.csv", old.files / "new.csv"]
    scene.assert_exactly_once(paths, "user")
    assert old.verify("--source", old.files).code == DONE


def test_status_of_a_state_file_of_0_1_0(scene: Scene) -> None:
    old = OldLoad(scene, "rejected")
    assert_fails(scene.status(), USAGE, "version 2", "'onceload load' brings it up to date")
    assert old.load().code == DIFFERENCES
    load = json.loads(scene.status("--json").stdout)["loads"][0]
    assert load["name"] == "rejected" and load["rejected_lines"] == load["rejected"] == 2
