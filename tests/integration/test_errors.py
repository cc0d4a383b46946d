"""Whatever is wrong with the command or the file, one line says what, where and what to do."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest
from onceload_runner import (
    BINARY,
    BOOTSTRAP,
    DONE,
    INPUT,
    KAFKA,
    USAGE,
    Result,
    Scene,
    assert_fails,
    rows_csv,
)

GOOD = rows_csv(20)


def run(scene: Scene, *words: object) -> Result:
    return scene.start_command([str(word) for word in (BINARY, *words)]).wait(60)


# --- usage: exit 2 --------------------------------------------------------------------------------


def test_no_file_argument(scene: Scene) -> None:
    assert_fails(scene.load(), USAGE, "file")


def test_no_broker_address(scene: Scene) -> None:
    path = scene.write(GOOD)
    result = run(scene, "load", "-t", scene.topic, "--state", scene.state, path)
    assert_fails(result, USAGE, "-b HOST:PORT", "KAFKA_BOOTSTRAP_SERVERS")


def test_no_topic(scene: Scene) -> None:
    result = run(scene, "load", "-b", BOOTSTRAP, "--state", scene.state, scene.write(GOOD))
    assert_fails(result, USAGE, "topic")


def test_unknown_subcommand(scene: Scene) -> None:
    assert_fails(run(scene, "laod"), USAGE, "laod", "load")


def test_no_subcommand(scene: Scene) -> None:
    result = run(scene)
    assert result.code == USAGE, result


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--key", "usre"), ("usre", "user")),
        (("--type", "nope=integer"), ("nope",)),
        (("--type", "id=money"), ("money",)),
        (("--type", "id"), ("id",)),
        (("--format", "xml"), ("xml",)),
        (("--frobnicate",), ("frobnicate",)),
        (("--chunk-rows", "0"), ("chunk-rows",)),
        (("--chunk-rows", "many"), ("many",)),
        (("--retry-budget", "-1"), ("retry-budget",)),
        (("-X", "linger.mss=5"), ("linger.mss", "linger.ms")),
        (("-X", "linger.ms=abc"), ("linger.ms",)),
        (("-X", "linger.ms"), ("linger.ms",)),
        (("-X", "acks=1"), ("acks",)),
        (("-X", "request.required.acks=0"), ("acks",)),
        (("-X", "enable.idempotence=false"), ("enable.idempotence",)),
        (("-X", "transactional.id=mine"), ("transactional.id",)),
        (("-X", "max.in.flight=10"), ("max.in.flight",)),
        (("-X", "max.in.flight.requests.per.connection=10"), ("max.in.flight",)),
        (("--command-config", "/no/such/client.properties"), ("/no/such/client.properties",)),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, tuple) else None,
)
def test_bad_options_name_the_option(
    scene: Scene, words: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    assert_fails(scene.load(*words, scene.write(GOOD)), USAGE, *parts)
    assert scene.kafka.ends(scene.topic) == [0] * 5


def test_an_unknown_column_lists_the_columns(scene: Scene) -> None:
    result = scene.load("--key", "nobody", scene.write(GOOD))
    assert_fails(result, USAGE, "nobody", "id", "user", "text")


def test_a_missing_topic_is_not_created_unasked(bare_scene: Scene) -> None:
    result = bare_scene.load(bare_scene.write(GOOD))
    assert_fails(result, USAGE, bare_scene.topic, "--create-topic")
    assert not bare_scene.kafka.exists(bare_scene.topic)


def test_unwritable_state(scene: Scene) -> None:
    path = scene.write(GOOD)
    in_the_way = scene.write("", "in-the-way")
    result = scene.load(path, state=in_the_way / "state.db")
    assert_fails(result, USAGE, "in-the-way")
    if os.geteuid() != 0:  # nothing is unwritable for root
        locked = scene.directory / "locked"
        locked.mkdir(mode=0o500)
        assert_fails(scene.load(path, state=locked / "state.db"), USAGE, "locked")


def test_the_state_is_a_directory(scene: Scene) -> None:
    directory = scene.directory / "a-directory"
    directory.mkdir()
    assert_fails(scene.load(scene.write(GOOD), state=directory), USAGE, "a-directory")


def test_the_state_is_no_database(scene: Scene) -> None:
    text = scene.write("this is a text file, long enough to be read as one\n" * 40, "notes.txt")
    before = text.read_bytes()
    assert_fails(scene.load(scene.write(GOOD), state=text), USAGE, "notes.txt")
    assert text.read_bytes() == before


def test_the_state_is_of_a_newer_program(scene: Scene) -> None:
    path = scene.write(GOOD)
    assert scene.load(path).code == DONE
    database = sqlite3.connect(scene.state)
    database.execute("PRAGMA user_version = 9999")
    database.close()
    assert_fails(scene.load(path), USAGE, "state.db", "9999")


# --- input: exit 3 --------------------------------------------------------------------------------


def test_missing_file(scene: Scene) -> None:
    assert_fails(scene.load(scene.directory / "nowhere.csv"), INPUT, "nowhere.csv")


def test_a_directory_as_file(scene: Scene) -> None:
    assert_fails(scene.load(scene.directory), INPUT, scene.directory.name, "directory")


def test_a_pipe_as_file(scene: Scene) -> None:
    pipe = scene.directory / "a-pipe"
    os.mkfifo(pipe)
    assert_fails(scene.load(pipe), INPUT, "a-pipe")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ("header",)),
        (b"id,user,id\n1,2,3\n", ("id",)),
        (b"id,,text\n1,2,3\n", ("column 2",)),
        (b"id,u\xffser\n1,2\n", ("utf-8", "byte")),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00>\x00", ("byte",)),
        ("id,user\n1,2\n".encode("utf-16-le"), ("byte",)),
        (b'id,"user\n1,2\n', ("quote",)),
    ],
    ids=["empty", "doubled_name", "empty_name", "invalid_utf8", "binary", "utf16", "open_quote"],
)
def test_a_bad_header_is_refused(scene: Scene, content: bytes, parts: tuple[str, ...]) -> None:
    assert_fails(scene.load(scene.write(content, "bad.csv")), INPUT, "bad.csv", *parts)
    assert scene.kafka.ends(scene.topic) == [0] * 5


BAD_ROWS = {
    "too_few_fields": (b"14,user-0\n", 0),
    "too_many_fields": (b"14,user-0,text,more\n", 0),
    "nul_byte": (b"14,user-0,te\x00xt\n", 12),
    "invalid_utf8": (b"14,user-0,te\xffxt\n", 12),
    "surrogate": (b"14,user-0,\xed\xa0\x80\n", 10),
    "text_after_quote": (b'14,user-0,"te"xt\n', 14),
    "too_long": (b"14,user-0," + b"x" * (1 << 20) + b"\n", None),
}


@pytest.mark.parametrize("name", [*BAD_ROWS, "open_quote"])
def test_rows_before_a_bad_one_are_loaded_and_the_mended_file_goes_on(
    scene: Scene, name: str
) -> None:
    """Row 14 is bad: rows 1 to 13 are there, and after mending it the same command ends it."""
    good = GOOD.encode()
    lines = good.splitlines(keepends=True)
    before, rest = b"".join(lines[:14]), b"".join(lines[15:])
    bad, at = (b'14,user-0,"text', None) if name == "open_quote" else BAD_ROWS[name]
    path = scene.write(before + bad + rest, "bad.csv")
    words = ("--key", "user", "--chunk-rows", 5, path)

    place = [str(len(before) + at)] if at is not None else []
    assert_fails(scene.load(*words), INPUT, "bad.csv", "row 14", "byte", *place)
    scene.assert_exactly_once(scene.write(before, "prefix.csv"), "user")
    assert_fails(scene.load(*words), INPUT, "row 14")  # it does not go away by itself
    scene.assert_exactly_once(scene.write(before, "prefix.csv"), "user")

    scene.write(good, "bad.csv")
    mended = scene.load(*words)
    assert mended.code == DONE, mended
    scene.assert_exactly_once(path, "user")


def test_a_cell_that_does_not_fit_its_type_is_a_bad_row(scene: Scene) -> None:
    path = scene.write("id,price\n1,2.5\n2,12.50\n3,free\n4,1\n", "bad.csv")
    words = ("--key", "id", "--type", "price=number", path)
    assert_fails(scene.load(*words), INPUT, "bad.csv", "row 3", "price", "free")
    prefix = scene.write("id,price\n1,2.5\n2,12.50\n", "prefix.csv")
    scene.assert_exactly_once(prefix, "id", types={"price": "number"})
    scene.write("id,price\n1,2.5\n2,12.50\n3,0\n4,1\n", "bad.csv")
    assert scene.load(*words).code == DONE
    scene.assert_exactly_once(path, "id", types={"price": "number"})


# --- Kafka: exit 5 --------------------------------------------------------------------------------


def unreachable(scene: Scene, verb: str, path: Path, *words: object) -> Result:
    command = scene.command(verb, *words, path)
    command[command.index("-b") + 1] = "127.0.0.1:1"
    return scene.start_command(command).wait(60)


def test_unreachable_brokers_end_the_load_after_the_budget(scene: Scene) -> None:
    started = time.monotonic()
    result = unreachable(scene, "load", scene.write(GOOD), "--retry-budget", 3)
    seconds = time.monotonic() - started
    assert_fails(result, KAFKA, "127.0.0.1:1")
    assert 2.5 < seconds < 12, result
    assert "onceload load" in result.stderr, "the command that goes on"
    # Not a flood: the client library alone would write some lines a second.
    assert len(result.stderr.splitlines()) <= 12, result


def test_an_unknown_host_ends_the_load_after_the_budget(scene: Scene) -> None:
    command = scene.command("load", "--retry-budget", 3, scene.write(GOOD))
    command[command.index("-b") + 1] = "no-such-host.invalid:9092"
    result = scene.start_command(command).wait(60)
    assert_fails(result, KAFKA, "no-such-host.invalid")
