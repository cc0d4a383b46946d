"""Files in other dialects than RFC 4180: killed once, each row is there exactly once, as the
checker reads the file; and verify finds the same in it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import Any

import pytest
from onceload_runner import DIFFERENCES, DONE, USAGE, Result, Scene, assert_fails, wait_until

ROWS = 300
CHUNK_ROWS = 20
KILL_AFTER = 3  # chunks


@dataclass
class Case:
    text: str
    flags: tuple[str, ...]
    dialect: dict[str, Any]  # the same for the checker
    options: tuple[str, ...] = ("--key", "user")
    encoding: dict[str, Any] = field(default_factory=lambda: {"key": "user"})


def lines(*head: str, row: str, end: str = "\n") -> str:
    """`row` with its number as {n} and a user as {u}, after the lines of `head`."""
    rows = [row.format(n=n, u=f"user-{n % 7}") for n in range(1, ROWS + 1)]
    return "".join(line + end for line in [*head, *rows])


CASES = {
    "tab": Case(
        lines("id\tuser\ttext", row='{n}\t{u}\t"tab\there, ""{n}"""', end="\r\n"),
        ("--delimiter", "tab"),
        {"delimiter": "\t"},
    ),
    "two-bytes": Case(
        lines("id||user||text", row='{n}||{u}||a|b "é" {n}\n"{n}"||"{u}"||"||\n{n}"'),
        ("--delimiter", "||"),
        {"delimiter": "||"},
    ),
    "escapes-and-nulls": Case(
        lines(
            "id,user,price,text",
            row='{n},{u},\\N,\\N\n{n},\\N,1.50,"\\N"\n{n},{u},{n},\\\\N\\,\\"\\\n{n}\\"',
        ),
        ("--escape", "\\", "--null", "\\N"),
        {"escape": "\\", "null": "\\N"},
        ("--key", "user", "--type", "price=number"),
        {"key": "user", "types": {"price": "number"}},
    ),
    "empty-nulls": Case(
        lines("id,user,text", row='{n},{u},\n{n},,""\n,{u},text {n}'),
        ("--null", ""),
        {"null": ""},
    ),
    "comments-and-columns": Case(
        lines("a report, of\n2024", "# id,user", row='# row {n}, "of many\n{n};{u};#{n}\n'),
        (
            *("--delimiter", ";", "--comment", "#", "--skip-lines", "2"),
            *("--no-header", "--columns", "id,user,the text"),
        ),
        {
            "delimiter": ";",
            "comment": "#",
            "skip_lines": 2,
            "columns": ["id", "user", "the text"],
        },
    ),
    "no-quotes": Case(
        lines("id,user,text", row='"{n},{u},5" of "{n}'),
        ("--quoting", "none"),
        {"quote": ""},
    ),
    "trim": Case(
        lines(" id , 'user'\t,text ", row=" {n},\t{u} , ' kept {n} '\t\n{n} ,'{u}' , x y \n \t"),
        ("--trim", "--quote", "'"),
        {"trim": True, "quote": "'"},
    ),
    "raw": Case(
        lines("id|user|text", row="{n}|{u}|'\n{n}|~|\"~\""),
        ("--delimiter", "|", "--quoting", "none", "--null", "~"),
        {"delimiter": "|", "quote": "", "null": "~"},
        ("--key", "user", "--format", "raw"),
        {"key": "user", "format": "raw"},
    ),
}


def load(scene: Scene, name: str, failpoint: str | None = None) -> Result:
    case = CASES[name]
    path = scene.directory / "rows.csv"
    words = (*case.options, *case.flags, "--chunk-rows", CHUNK_ROWS, path)
    return scene.crash(failpoint, *words) if failpoint else scene.load(*words)


@pytest.mark.parametrize("name", CASES)
def test_killed_and_resumed(scene: Scene, name: str) -> None:
    case = CASES[name]
    path = scene.write(case.text)
    load(scene, name, f"after_commit:{KILL_AFTER}")
    # A commit returns before its markers are in all partitions.
    loaded = KILL_AFTER * CHUNK_ROWS
    wait_until(lambda: scene.kafka.committed(scene.topic) == loaded, "three chunks are there")
    result = load(scene, name)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, dialect=case.dialect, **case.encoding)
    again = load(scene, name)
    assert again.code == DONE and "nothing was sent" in again.stdout, again
    # The load's own dialect is frozen with it; without state Kafka has it.
    for words in (("--source", path), ("--source", *case.flags, path)):
        proof = scene.verify(*words)
        assert proof.code == DONE, proof
    lost = scene.verify("--source", path, state=scene.directory / "other.db")
    assert lost.code == DONE, lost


def test_another_dialect_is_refused(scene: Scene) -> None:
    path = scene.write(CASES["trim"].text)
    load(scene, "trim", "after_commit:3")
    words = ("--key", "user", "--quote", "'", path)
    assert_fails(scene.load("--null", "x", "--trim", *words), 2, "dialect")
    assert_fails(scene.verify("--source", "--null", "x", path), USAGE, "--null")


def test_each_file_has_its_own_head_and_rejected_rows_keep_their_bytes(scene: Scene) -> None:
    first = scene.write("report 1\n# x\nid||user\n1||a\n2||b||c\n 3 || \"x\" \n", "first.csv")
    text = "report 2\nid||user\n#\n4||\\N\n5||\"a\\\"\" , b\n6\\||||d\n"
    second = scene.write(text, "second.csv")
    rejects = scene.directory / "rejects.csv"
    flags = ("--delimiter", "||", "--comment", "#", "--skip-lines", "1", "--escape", "\\", "--trim")
    words = ("--name", scene.topic, "--null", "\\N", "--on-error", "skip", "--rejects", rejects)
    result = scene.load(*flags, *words, first, second)
    assert result.code == DIFFERENCES, result
    values = [v for p in range(5) for _, v in scene.kafka.records(scene.topic, p)]
    assert sorted(values) == [
        b'{"id":"1","user":"a"}',
        b'{"id":"3","user":"x"}',
        b'{"id":"4","user":null}',
        b'{"id":"6|","user":"|d"}',
    ]
    with rejects.open(newline="") as file:
        rejected = [(row["reason"], row["row"], row["row_text"]) for row in csv.DictReader(file)]
    assert rejected == [
        ("ragged", "2", "2||b||c"),
        ("text-after-quote", "2", '5||"a\\"" , b'),
    ]
