"""What a load tells on stderr: events as JSON, and nothing between them."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from onceload_runner import (
    BINARY,
    DIFFERENCES,
    DONE,
    INPUT,
    STOPPED,
    USAGE,
    Result,
    Scene,
    rows_csv,
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
JSON_LOG = ("--log-format", "json", "--key", "user")


def objects(result: Result) -> list[dict[str, Any]]:
    """Every line is one."""
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert all(isinstance(line, dict) and line["event"] for line in lines), result
    return lines


def of(result: Result, event: str) -> list[dict[str, Any]]:
    return [line for line in objects(result) if line["event"] == event]


def test_a_load_as_json(scene: Scene) -> None:
    path = scene.write(rows_csv(100) + "bad,row\n")
    words = (*JSON_LOG, "--chunk-rows", 30, "--on-error", "skip", "--rejects")
    result = scene.load(*words, scene.directory / "rejects.csv", path, "--name", scene.topic)
    assert result.code == DIFFERENCES, result
    names = [line["event"] for line in objects(result)]
    assert names.index("run_begun") < names.index("rejects_file") < names.index("file_begun")
    assert names.index("file_ended") < names.index("run_ended") == len(names) - 1
    for line in objects(result):
        assert TIME.fullmatch(line["time"]) and line["load"] == scene.topic, line
    chunks = of(result, "chunk_committed")
    assert [chunk["chunk"] for chunk in chunks] == list(range(1, len(chunks) + 1))
    assert sum(chunk["rows"] for chunk in chunks) == 100
    assert sum(chunk["rejected"] for chunk in chunks) == 1
    assert chunks[-1]["input_bytes"] == chunks[-1]["input_bytes_total"] == path.stat().st_size
    for chunk in chunks:
        assert chunk["begun"] <= chunk["sent"] <= chunk["committed"] <= chunk["time"], chunk
        assert 0 <= chunk["commit_ms"] < 60_000, chunk
    (rejected,) = of(result, "row_rejected")
    assert (rejected["row"], rejected["reason"]) == (101, "ragged"), rejected
    (ended,) = of(result, "run_ended")
    assert ended["exit_code"] == DIFFERENCES and ended["rows"] == 100, ended
    again = scene.load(*words, scene.directory / "rejects.csv", path, "--name", scene.topic)
    assert of(again, "run_begun")[0]["chunk"] == chunks[-1]["chunk"], again
    assert not of(again, "chunk_begun"), again


def test_an_error_is_an_object_too(scene: Scene) -> None:
    path = scene.write("id,user\n1,a\n2\n")
    result = scene.load(*JSON_LOG, path)
    assert result.code == INPUT
    error = objects(result)[-1]
    assert (error["event"], error["code"]) == ("error", INPUT)
    assert "row 2" in error["what"] and str(path) in error["where"] and error["advice"]
    assert shlex.split(error["go_on"])[:2] == ["onceload", "load"]
    assert of(result, "run_ended")[0]["exit_code"] == INPUT


@pytest.mark.parametrize(
    "words", [("--log-format", "json"), ("--log-format=json",), ("--progress", "json")]
)
def test_an_error_of_the_command_line_is_one(scene: Scene, words: tuple[str, ...]) -> None:
    result = scene.load(*words, "--no-such-flag", scene.write(rows_csv(1)))
    assert result.code == USAGE
    (error,) = objects(result)
    assert error["event"] == "error" and error["go_on"] == "", error


def test_a_log_of_objects_has_no_lines_between(scene: Scene) -> None:
    path = scene.write(rows_csv(1))
    result = scene.load(*JSON_LOG, "--progress", "plain", path)
    assert result.code == USAGE and "--log-format json" in result.stderr, result
    assert scene.load("--log-format", "xml", path).code == USAGE


@pytest.mark.parametrize("flag", ["--log-format", "--progress"])
def test_a_signal_is_an_object(scene: Scene, flag: str) -> None:
    path = scene.write(rows_csv(20_000))
    run = scene.start("--key", "user", "--max-rate", 1000, "--chunk-rows", 200, flag, "json", path)
    scene.wait_for_messages(200, run)
    run.signal(signal.SIGTERM)
    result = run.wait()
    assert result.code == STOPPED, result
    (stopping,) = of(result, "stopping")
    assert stopping["grace_ms"] == 10_000
    assert objects(result)[-1]["code"] == STOPPED


def test_progress_as_json_is_objects_only(bare_scene: Scene) -> None:
    """The topic is made, the file has no last record end and another name: there are notices."""
    bare_scene.topics.append(f"{bare_scene.topic}.dead-letters")
    words = ("--create-topic", "--replication-factor", 1, "--on-error", "dead-letter", "--key")
    path = bare_scene.write(rows_csv(50)[:-1])
    # Of a time to come: it counts as changing, however long this machine takes.
    os.utime(path, (time.time() + 3600,) * 2)
    result = bare_scene.load(*words, "user", "--progress", "json", path)
    assert result.code == DONE, result
    assert len(of(result, "topic_made")) >= 2, result
    assert of(result, "weak_setting"), result
    assert of(result, "row_remark"), result
    progress = of(result, "progress")
    assert progress[-1]["percent"] == 100 and progress[-1]["rows"] == 50, result
    assert not of(result, "chunk_committed"), result


def test_a_file_of_another_name_is_recognized(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    assert scene.load("--key", "user", "--name", scene.topic, path).code == DONE
    moved = path.rename(path.with_name("moved.csv"))
    result = scene.load(*JSON_LOG, "--name", scene.topic, moved)
    (known,) = of(result, "file_recognized")
    assert (known["file"], known["known_as"]) == (str(moved), str(path))
    assert known["as"] == "finished"


def test_sentences_are_those_of_the_text_log(scene: Scene) -> None:
    """Where there is a sentence in an event, it is the one that a person sees."""
    directory = Path(scene.directory / "in")
    directory.mkdir()
    (directory / "a.csv").write_text(rows_csv(5))
    (directory / "_SUCCESS").write_text("")
    result = scene.load(*JSON_LOG, "--name", f"{scene.topic}.j", directory)
    (remark,) = of(result, "input_remark")
    (directory / "a.csv").write_text(rows_csv(6))
    text = scene.load("--key", "user", "--name", f"{scene.topic}.t", directory)
    assert f"onceload: {remark['text']}\n" in text.stderr, text
    assert "hidden name" in remark["text"], remark


def test_plan_tells_without_objects(scene: Scene) -> None:
    done = subprocess.run(
        [BINARY, "plan", scene.write(rows_csv(5))], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
