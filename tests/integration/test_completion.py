"""Completions and manual pages in the programs that read them: bash, zsh, fish, man."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("ONCELOAD_BINARY", ROOT / "build/release/onceload"))


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def output_of(*words: str | Path, text: str | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words], input=text, text=True, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def bash_completions(directory: Path, line: str) -> list[str]:
    script = directory / "onceload.bash"
    script.write_text(output_of(BINARY, "completion", "bash"), encoding="utf-8")
    program = (
        f"source {script}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1));"
        " _onceload 2>/dev/null; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    return output_of("bash", "-c", program).split()


def fish_completions(directory: Path, line: str) -> list[str]:
    script = directory / "onceload.fish"
    script.write_text(output_of(BINARY, "completion", "fish"), encoding="utf-8")
    lines = output_of("fish", "-c", f"source {script}; complete -C '{line}'").splitlines()
    return [found.split("\t")[0] for found in lines]


class Terminal:
    """A shell on a terminal of its own, typed to."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe(words[0], words, environment)

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def read_until(self, wanted: str, seconds: float = 20) -> str:
        text = ""
        end = time.monotonic() + seconds
        while wanted not in text and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                text += os.read(self.terminal, 65536).decode(errors="replace")
        assert wanted in text, text
        return text

    def close(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def zsh_completes(directory: Path, line: str, wanted: str) -> None:
    (directory / "_onceload").write_text(output_of(BINARY, "completion", "zsh"), encoding="utf-8")
    (directory / "onceload").symlink_to(BINARY)
    environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "TERM": "dumb"}
    terminal = Terminal(["zsh", "-f", "-i"], environment)
    try:
        terminal.type(
            f"PS1='ready> '; fpath=({directory} $fpath); autoload -Uz compinit;"
            f" compinit -u -d {directory}/dump; echo be''gun\n"
        )
        terminal.read_until("begun")
        terminal.type(line + "\t")
        terminal.read_until(wanted)
    finally:
        terminal.close()


def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    assert bash_completions(tmp_path, "onceload ver") == ["verify"]
    assert bash_completions(tmp_path, "onceload load --chunk-r") == ["--chunk-rows"]
    assert bash_completions(tmp_path, "onceload load --on-error d") == ["dead-letter"]
    assert bash_completions(tmp_path, "onceload status --chunk-r") == []


@needs("fish")
def test_fish_completes_commands_options_and_choices(tmp_path: Path) -> None:
    assert fish_completions(tmp_path, "onceload ver") == ["verify"]
    assert fish_completions(tmp_path, "onceload load --chunk-r") == ["--chunk-rows"]
    assert fish_completions(tmp_path, "onceload load --on-error d") == ["dead-letter"]
    assert fish_completions(tmp_path, "onceload status --chunk-r") == []


@needs("zsh")
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("onceload ver", "verify"),
        ("onceload load --chunk-r", "--chunk-rows"),
        ("onceload load --on-error d", "dead-letter"),
        ("onceload verify --bootst", "--bootstrap-server"),
    ],
)
def test_zsh_completes_commands_options_and_choices(
    tmp_path: Path, line: str, wanted: str
) -> None:
    zsh_completes(tmp_path, line, wanted)


@needs("man")
@needs("lexgrog")
@pytest.mark.parametrize("page", ["", "load", "verify", "status", "plan"])
def test_manual_pages_are_read(tmp_path: Path, page: str) -> None:
    name = f"onceload-{page}" if page else "onceload"
    path = tmp_path / f"{name}.1"
    path.write_text(output_of(BINARY, "man", *([page] if page else [])), encoding="utf-8")
    assert f'"{name} - ' in output_of("lexgrog", path)
    done = subprocess.run(
        ["man", "--warnings", "-l", str(path)],
        text=True, capture_output=True, timeout=60, check=True,
        env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stderr == ""
    assert "EXIT STATUS" in done.stdout
    if page:
        assert "--help" in done.stdout or "--state" in done.stdout or "--key" in done.stdout
