"""No byte of a file's name, a header or a cell drives the terminal, whatever is printed."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
from pathlib import Path

import pytest
from onceload_runner import (
    BINARY,
    BOOTSTRAP,
    DIFFERENCES,
    DONE,
    INPUT,
    USAGE,
    Running,
    Scene,
)

ESCAPE = "\x1b[31m\x1b]0;owned\x07"
C1 = "\u009b31m\u0085"
TURN = "\u202e"
BAD = f"{ESCAPE}\n{C1}{TURN}\x7f"

NAME = f"a{BAD}b.csv"
RAW_NAME = b"a\x9b31m\x1bc.csv"  # no UTF-8
COLUMN = f"te{ESCAPE}{C1}{TURN}xt"
CELL = f'"{BAD}"'
TEXT = f"id,user,{COLUMN}\n1,u,{CELL}\n2,v,plain\n"
REJECTED = f"3,w\n4,{ESCAPE}{C1},x,{C1}\n"

# Redrawing the progress line.
REDRAWN = re.compile(rb"\r(?=[\d.]+% committed|\x1b\[K)|\x1b\[K")


def assert_clean(output: bytes, tabs: bool = False) -> str:
    """Only line ends (and the tab between key and value) are controls, and all is UTF-8."""
    text = output.decode("utf-8")
    allowed = "\n\t" if tabs else "\n"
    wrong = re.findall("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
    assert not [char for char in wrong if char not in allowed], output
    return text


def streams(run: Running, code: int, tabs: bool = False) -> str:
    """Both streams of a run, which must be clean."""
    result = run.wait()
    assert result.code == code, result
    return assert_clean(run.out.read_bytes(), tabs) + assert_clean(run.err.read_bytes())


def write(scene: Scene, text: str, name: str | bytes = NAME) -> Path:
    path = Path(os.fsdecode(os.path.join(os.fsencode(scene.directory), os.fsencode(name))))
    path.write_text(text)
    return path


def start(scene: Scene, verb: str, *words: object) -> Running:
    return scene.start_command([os.fsdecode(os.fsencode(str(w))) for w in (BINARY, verb, *words)])


JSON_OR_TEXT = pytest.mark.parametrize("words", [(), ("--json",)])


@JSON_OR_TEXT
@pytest.mark.parametrize("name", [NAME, RAW_NAME])
def test_plan(scene: Scene, words: tuple[str, ...], name: str | bytes) -> None:
    path = write(scene, TEXT + REJECTED, name)
    tabs = not words
    run = start(scene, "plan", *words, "--key", COLUMN, "--messages", 9, path)
    text = streams(run, DIFFERENCES, tabs)
    assert ("\\u009b" in text) and ("\\x1b" in text or "\\u001b" in text), text


@JSON_OR_TEXT
@pytest.mark.parametrize("name", [NAME, RAW_NAME])
def test_load_verify_and_status(scene: Scene, words: tuple[str, ...], name: str | bytes) -> None:
    path = write(scene, TEXT + REJECTED.rstrip("\n"), name)
    spare = write(scene, "", b"_" + RAW_NAME)  # passed over
    assert spare.exists()
    log = ("--log-format", "json") if words else ()
    common = ("--key", "user", "--name", scene.topic, "--on-error", "skip", "--include", "a*")
    run = scene.start(*common, *log, *words, "--create-topic", path.parent)
    text = streams(run, DIFFERENCES)
    assert "_a" in text, text
    moved = write(scene, "", b"moved-\x1b.csv")
    path.rename(moved)
    common = ("--key", "user", "--name", scene.topic, "--on-error", "skip")
    run = scene.start(*common, *log, *words, moved)
    assert "\\x1b" in (text := streams(run, DIFFERENCES)) or "\\u001b" in text, text
    streams(start(scene, "status", "--state", scene.state, "-b", BOOTSTRAP, *words), DONE)
    # Another text in the topic than in the file: cells in differences.
    moved.write_text(TEXT.replace("plain", f"other{ESCAPE}{C1}") + REJECTED)
    for audited in ((), ("--source", moved)):
        run = scene.start_command(scene.command("verify", "--name", scene.topic, *words, *audited))
        result = run.wait()
        assert result.code in (DONE, DIFFERENCES, INPUT), result
        assert_clean(run.out.read_bytes())
        assert_clean(run.err.read_bytes())


def test_verify_shows_what_differs(scene: Scene) -> None:
    path = write(scene, TEXT)
    assert scene.load("--key", "user", "--name", scene.topic, path).code == DONE
    value = json.dumps({"id": "9", "user": BAD}).encode() + b"\x9b\x1b[2J"
    scene.kafka.produce(scene.topic, [(p, BAD, value) for p in range(5)])
    path.write_text(TEXT + "".join(f"{n},u{n},{CELL}\n" for n in range(3, 40)))
    assert scene.load("--key", "user", "--name", scene.topic, path).code == DONE
    for words in ((), ("--json",), ("--source", path), ("--source", path, "--json")):
        run = scene.start_command(scene.command("verify", "--name", scene.topic, *words))
        text = streams(run, DIFFERENCES)
        assert ("foreign" in text) == (path in words), text
    # Of a load that nobody knows all differences are named with their cells.
    name = f"{scene.topic}.unknown"
    run = scene.start_command(scene.command("verify", "--name", name, "--source", path))
    streams(run, DIFFERENCES)


def test_errors(scene: Scene) -> None:
    path = write(scene, TEXT + REJECTED)
    text = streams(scene.start("--key", "user", "--name", scene.topic, path), INPUT)
    assert "to go on: onceload load" in text
    # The status repeats the error.
    streams(start(scene, "status", "--state", scene.state), DONE)
    streams(scene.start("--key", f"no{BAD}", "--name", scene.topic, path), USAGE)
    streams(scene.start("--key", "user", "--name", scene.topic, f"{path}{BAD}"), INPUT)
    streams(scene.start(f"--no{BAD}", path), USAGE)
    streams(scene.start("--on-error", BAD, path), USAGE)
    streams(start(scene, BAD), USAGE)
    run = scene.start("--log-format", "json", "--key", "user", "--name", scene.topic, path)
    objects = [json.loads(line) for line in streams(run, INPUT).splitlines()]
    assert str(path) in objects[-1]["where"], objects


def test_the_command_that_goes_on_can_be_pasted(scene: Scene) -> None:
    """Into bash: the word it shows is the word that was given."""
    path = write(scene, TEXT + REJECTED)
    run = scene.start("--key", "user", "--name", f"{scene.topic}it's", path)
    line = streams(run, INPUT).split("to go on: ")[1].splitlines()[0]
    shown = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, text=True
    ).stdout.split("\0")
    assert str(path) in shown and f"{scene.topic}it's" in shown, line


def test_a_terminal_gets_its_own_controls_only(scene: Scene) -> None:
    path = write(scene, TEXT.rstrip("\n"))
    command = scene.command("load", "--key", "user", "--name", scene.topic, path)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=scene.environment()
    )
    os.close(slave)
    output = b""
    while select.select([master], [], [], 60)[0]:
        try:
            output += os.read(master, 65536)
        except OSError:  # all of its writers have gone
            break
    os.close(master)
    assert process.wait(10) == DONE, output
    assert b"\x1b[K" in output and b"% committed" in output, output
    assert_clean(REDRAWN.sub(b"", output.replace(b"\r\n", b"\n")))
