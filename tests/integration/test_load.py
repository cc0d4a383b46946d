"""A load puts every row of the file into the topic exactly once, whatever the file looks like."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from onceload_runner import DONE, Scene, rows_csv

QUOTED = (
    "id,user,text\n"
    '1,ann,"a, b"\n'
    '2,bob,"say ""hi"""\n'
    '3,ann,"two\nlines"\n'
    '4,bob,"three\r\nmore\rlines"\n'
    '5,ann,""\n'
    "6,bob,\n"
    '7,ann,"\n"\n'
    "8,bob,back\\slash \t tab / \x7f \x01\n"
    '9,ann,inner "quotes" here\n'
)
NON_ASCII = "id,näme,text\n1,élan,日本語\n2,Ωmega,🛒 \u2028 \u0085\n3,élan,naïve\n4,,ß\n"
TYPED = (
    "id,price,sold,doc,note\n"
    '1,1.50,true,"{""a"": [1, 2.0, null], ""b"": ""x""}",first\n'
    "-20,1e5,FALSE,null,\n"
    "0,-0.0,1,[],last\n"
    ",,,,\n"
)
TYPES = {"id": "integer", "price": "number", "sold": "boolean", "doc": "json"}

FILES = {
    "plain": (rows_csv(50), None),
    "keyed": (rows_csv(50), "user"),
    "crlf": (rows_csv(20).replace("\n", "\r\n"), "user"),
    "cr": (rows_csv(20).replace("\n", "\r"), "user"),
    "quoted": (QUOTED, "user"),
    "byte_order_mark": ("\ufeff" + rows_csv(20), "id"),
    "non_ascii": (NON_ASCII, "näme"),
    "no_final_newline": (rows_csv(20).rstrip("\n"), "user"),
    "empty_lines": ("\n\n" + rows_csv(9).replace("\n", "\n\n") + "\n", "user"),
    "empty_keys": ("id,user\n1,\n2,x\n3,\n4,\n", "user"),
    "one_column": ("id\n1\n2\n3\n", None),
    "quoted_header": ('"the id","user, name"\n1,x\n2,y\n', "user, name"),
}


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_loaded_once(scene: Scene, name: str) -> None:
    content, key = FILES[name]
    path = scene.write(content)
    words = ["--key", f'"{key}"' if "," in key else key] if key else []
    result = scene.load(*words, "--chunk-rows", 4, path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, key)


def test_typed_columns_become_json_values(scene: Scene) -> None:
    path = scene.write(TYPED)
    types = [word for name, kind in TYPES.items() for word in ("--type", f"{name}={kind}")]
    result = scene.load("--key", "id", *types, path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "id", types=TYPES)


@pytest.mark.parametrize("content", [rows_csv(20), QUOTED, rows_csv(9).replace("\n", "\r\n")])
def test_raw_format_sends_the_records_own_bytes(scene: Scene, content: str) -> None:
    path = scene.write(content)
    result = scene.load("--format", "raw", "--key", "user", "--chunk-rows", 4, path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user", format="raw")


def test_a_header_without_rows_is_a_finished_load(scene: Scene) -> None:
    path = scene.write("id,user,text\n")
    result = scene.load("--json", path)
    assert result.code == DONE, result
    assert result.json()["rows"] == 0
    scene.assert_exactly_once(path)


def test_a_finished_load_sends_nothing_again(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    assert scene.load("--key", "user", path).code == DONE
    before = scene.kafka.ends(scene.topic)
    again = scene.load("--key", "user", path)
    assert again.code == DONE, again
    assert scene.kafka.ends(scene.topic) == before
    scene.assert_exactly_once(path, "user")


def test_stdout_holds_the_result_and_stderr_the_log(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    result = scene.load("--json", "--progress", "plain", "--key", "user", path)
    assert result.code == DONE, result
    document = result.json()  # and nothing else is there
    assert document["rows"] == 50
    assert result.stdout.count("\n") <= 1 or json.loads(result.stdout) == document
    text = scene.load("--progress", "plain", "--key", "user", path)
    assert text.code == DONE and text.stdout.strip(), text
    assert not text.errors, text


def test_progress_on_stderr_can_be_json_or_none(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    result = scene.load("--progress", "json", "--key", "user", "--chunk-rows", 10, path)
    assert result.code == DONE, result
    lines = [json.loads(line) for line in result.stderr.splitlines()]  # nothing but objects
    assert lines and all(isinstance(line, dict) for line in lines), result
    other = scene.write(rows_csv(50), "other.csv")
    quiet = scene.load("--progress", "none", "--key", "user", "--again", other)
    assert quiet.code == DONE and "%" not in quiet.stderr, quiet


def test_create_topic_makes_the_topic(bare_scene: Scene) -> None:
    path = bare_scene.write(rows_csv(50))
    words = ("--create-topic", "--partitions", 3, "--replication-factor", 3)
    result = bare_scene.load(*words, "--key", "user", path)
    assert result.code == DONE, result
    assert bare_scene.kafka.partitions(bare_scene.topic) == 3
    bare_scene.assert_exactly_once(path, "user")
    again = bare_scene.load(*words, "--key", "user", path)  # always the same command
    assert again.code == DONE, again


def test_the_brokers_may_come_from_the_environment(scene: Scene, monkeypatch) -> None:
    path = scene.write(rows_csv(5))
    command = scene.command("load", path)
    bootstrap = command[command.index("-b") + 1]
    del command[command.index("-b") : command.index("-b") + 2]
    environment = scene.environment()
    environment["KAFKA_BOOTSTRAP_SERVERS"] = bootstrap
    monkeypatch.setattr(scene, "environment", lambda failpoint=None: environment)
    result = scene.start_command(command).wait()
    assert result.code == DONE, result
    scene.assert_exactly_once(path)


def test_the_load_may_be_named(scene: Scene) -> None:
    path = scene.write(rows_csv(20))
    result = scene.load("--name", f"näme of/the load {scene.topic}", "--key", "user", path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")


def test_two_loads_with_names_of_their_own_both_run(scene: Scene) -> None:
    first = scene.write(rows_csv(20), "a.csv")
    second = scene.write(rows_csv(20, first=21), "b.csv")
    assert scene.load("--key", "user", first).code == DONE
    assert scene.load("--key", "user", second).code == DONE
    scene.assert_exactly_once([first, second], "user")


@pytest.mark.parametrize("empty", [{0, 1}, {500}, {998, 999}, set(range(0, 1000, 2))])
def test_a_row_without_a_timestamp_costs_the_others_none(
    bare_scene: Scene, empty: set[int]
) -> None:
    scene = bare_scene
    scene.kafka.create(scene.topic, partitions=1)
    cells = ["" if n in empty else str(1_600_000_000_000 + n) for n in range(1000)]
    lines = [f"{n},user-{n % 7},{cell}" for n, cell in enumerate(cells)]
    path = scene.write("\n".join(["id,user,at", *lines, ""]))
    before = int(time.time() * 1000) - 60_000
    result = scene.load("--key", "user", "--timestamp", "at", "--type", "at=integer", path)
    assert result.code == DONE, result
    messages = scene.kafka.messages(scene.topic, 0)
    for message in messages:
        row = json.loads(message.value())
        stamp = message.timestamp()[1]
        assert stamp >= before if int(row["id"]) in empty else stamp == row["at"], row
    assert len(messages) == 1000


def test_a_million_rows_take_less_than_256_mb(scene: Scene, clicks: Callable[[int], Path]) -> None:
    run = scene.start("--key", "user_id", "--json", clicks(1_000_000))
    while run.alive():
        run.note_memory()
        time.sleep(0.05)
    result = run.wait()
    assert result.code == DONE, result
    assert result.json()["rows"] == 1_000_000
    assert 0 < run.peak_kilobytes < 256 * 1024
