"""Builds mutants beside the release build, and plays the unit tests with them.

Only what an edit changes is compiled, from a copy, and takes its place in copies of the libraries
of build/release. Linked in front of them instead, an object would be needed where nothing uses it
(the stub of librdkafka has no more than what is), and an archive passed by before anything asks for
it. Neither the sources nor that build are touched.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mutants.edits import ROOT, Edit

BUILD = ROOT / "build" / "release"
HERE = ROOT / "build" / "mutants"
SWITCH = Path(__file__).with_name("switch.h")

# Which tests play a room's mutants, the most likely and the quickest first.
TESTS = {
    "core": ["unit_core", "unit_load"],
    "message": ["unit_message", "unit_kafka_stub"],
    "source": ["unit_source"],
    "csv": ["unit_csv"],
    "encode": ["unit_encode", "unit_rows", "unit_load"],
    "rows": ["unit_rows", "unit_load"],
    "kafka": ["unit_kafka_stub", "unit_kafka", "unit_load"],
    "checkpoint": ["unit_checkpoint", "unit_recover", "unit_load"],
    "recover": ["unit_recover", "unit_load"],
    "load": ["unit_load"],
    "locate": ["unit_locate"],
    "verify": ["unit_verify", "unit_verify_stub"],
    "preflight": ["unit_preflight"],
    "report": ["unit_report"],
    "watch": ["unit_watch"],
    "metrics": ["unit_metrics"],
}
# Played only where no other test sees a mutant.
SLOW = {
    "unit_checkpoint": "CheckpointCrashTest.*",
    "unit_load": "SimulationTest.*:NastyFileTest.*:*.TwoDeathsCost*:*.DeathAtEveryInstantCosts*",
}


@dataclass
class Verdict:
    edit: Edit
    result: str  # killed, survived, equivalent, not built
    by: str
    seconds: float


def _output(command: list[str]) -> str:
    return subprocess.run(command, cwd=BUILD, capture_output=True, text=True, check=True).stdout


class Stage:
    def __init__(self, tests: set[str], jobs: int, chosen: str = "") -> None:
        """`chosen`: a filter, of tests that alone are played; empty: all."""
        self._jobs = jobs
        self._chosen = chosen
        self._seconds: dict[str, float] = {}  # of each test without a mutant
        done = subprocess.run(["cmake", "--build", str(BUILD), "-j", str(jobs), "--target",
                               *sorted(tests)], check=False, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout[-3000:])
        self._here = HERE / "together"
        self._here.mkdir(parents=True, exist_ok=True)
        commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
        self._compile = {Path(each["file"]).relative_to(ROOT).as_posix(): each["command"]
                         for each in commands if Path(each["file"]).is_relative_to(ROOT)
                         and "-fsanitize=" not in each["command"]}
        self._link = {test: _output(["ninja", "-t", "commands", f"tests/{test}"]).splitlines()[-1]
                      for test in tests}
        self._users = self._find_users()

    def _find_users(self) -> dict[str, set[str]]:
        """By header, the files whose objects are made with it."""
        users: dict[str, set[str]] = {}
        sources = {self._object(name): name for name in self._compile}
        name = ""
        for line in _output(["ninja", "-t", "deps"]).splitlines():
            if match := re.match(r"(\S+): #deps", line):
                name = sources.get(match[1], "")
            elif name and line.endswith(".h"):
                path = (BUILD / line.strip()).resolve()
                if path.is_relative_to(ROOT):
                    users.setdefault(path.relative_to(ROOT).as_posix(), set()).add(name)
        return users

    def _passes(self, test: str) -> list[str]:
        """What is played of it, one after the other."""
        if self._chosen:
            return [self._chosen]
        return [f"-{SLOW[test]}", SLOW[test]] if test in SLOW else ["*"]

    def _object(self, name: str) -> str:
        match = re.search(r" -o (\S+) ", self._compile[name])
        assert match
        return match[1]

    def _units(self, files: set[str], tests: set[str]) -> set[str]:
        """What has to be compiled if these files change."""
        units: set[str] = set()
        for name in files:
            found = {name} if name in self._compile else self._users.get(name, set())
            units |= {unit for unit in found if unit.startswith("src/")
                      or any(f"/{test}.dir/" in self._object(unit) for test in tests)}
        return units

    def _write(self, name: str, text: str) -> None:
        path = self._here / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return  # so its object stays
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _build(self, files: set[str], tests: set[str]) -> str:
        """Of the changed files' copies; what the compiler has said if it fails."""
        units = sorted(self._units(files, tests))
        with ThreadPoolExecutor(self._jobs) as pool:
            failed = [text for text in pool.map(self._compile_one, units) if text]
        if failed:
            return "\n".join(failed)
        ours = {self._object(unit): str(self._here / self._object(unit)) for unit in units}
        archives = self._archives([unit for unit in units if unit.startswith("src/")], ours)
        for test in tests:
            command = self._link[test]
            for theirs, mine in ours.items():
                command = command.replace(f" {theirs} ", f" {mine} ")
            for theirs, mine in archives.items():
                command = re.sub(rf" \S*{theirs}", f" {mine}", command)
            command = command.replace(f" -o tests/{test} ", f" -o {self._here / test} ", 1)
            done = subprocess.run(command, cwd=BUILD, shell=True, check=False,
                                  capture_output=True, text=True)
            if done.returncode != 0:
                return done.stderr
        return ""

    def _archives(self, units: list[str], ours: dict[str, str]) -> dict[str, Path]:
        """By their names, the libraries with what has changed."""
        objects: dict[str, list[str]] = {}
        for unit in units:
            name = f"libonceload_{unit.split('/')[1]}.a"
            objects.setdefault(name, []).append(ours[self._object(unit)])
        for name, changed in objects.items():
            shutil.copy2(BUILD / "src" / name, self._here / name)
            subprocess.run(["ar", "r", str(self._here / name), *changed], check=True)
        return {name: self._here / name for name in objects}

    def _compile_one(self, unit: str) -> str:
        """Copies of headers come before the headers themselves."""
        source, out = self._here / unit, self._here / self._object(unit)
        if source.is_file() and self._is_newer(out, [source, BUILD / self._object(unit)]):
            return ""
        # What an edit leaves unused is no reason not to play it.
        arguments = [word for word in shlex.split(self._compile[unit]) if word != "-Werror"]
        arguments[1:1] = [f"-I{self._here}/src", f"-I{self._here}/include"]
        out.parent.mkdir(parents=True, exist_ok=True)
        arguments[arguments.index("-o") + 1] = str(out)
        if source.is_file():
            arguments[arguments.index("-c") + 1] = str(source)
        done = subprocess.run(arguments, cwd=BUILD, check=False, capture_output=True, text=True)
        return done.stderr if done.returncode != 0 else ""

    @staticmethod
    def _is_newer(path: Path, others: list[Path]) -> bool:
        """The release object is as new as all headers that it is made with."""
        if not path.is_file():
            return False
        made = path.stat().st_mtime
        return all(not other.is_file() or other.stat().st_mtime < made for other in others)

    def together(self, edits: list[Edit]) -> tuple[list[Edit], set[str]]:
        """Builds those that can be switched at run time; those that were, and their tests."""
        built = list(edits)
        while built:
            for name in {edit.file for edit in built}:
                self._write(name, self._switched(name, built))
            tests = {test for edit in built for test in TESTS[edit.room]}
            said = self._build({edit.file for edit in built}, tests)
            if not said:
                return built, tests
            broken = self._broken(said, built)
            if not broken:
                sys.exit(said[-3000:])
            built = [edit for edit in built if edit not in broken]
        return [], set()

    def _switched(self, name: str, edits: list[Edit]) -> str:
        text = (ROOT / name).read_text(encoding="utf-8")
        here = [edit for edit in edits if edit.file == name]
        for edit in sorted(here, key=lambda e: e.begin, reverse=True):
            code = edit.switch.replace("(@)", f"({edits.index(edit)})")
            text = text[:edit.begin] + code + text[edit.begin + len(edit.old):]
        return f'#include "{SWITCH.as_posix()}"\n#line 1\n{text}'

    def _broken(self, said: str, edits: list[Edit]) -> list[Edit]:
        """Those on whose lines the compiler has found errors."""
        broken: list[Edit] = []
        for file, line in re.findall(r"(\S+?):(\d+):\d+: (?:fatal )?error", said):
            broken += [edit for edit in edits if file.endswith(edit.file)
                       and edit.line <= int(line) <= edit.line + edit.old.count("\n")]
        # An edit that unsettles the rest of its file: none of them is built together.
        files = set(re.findall(r"(\S+?):\d+:\d+: (?:fatal )?error", said))
        return broken or [e for e in edits if any(file.endswith(e.file) for file in files)]

    def reached(self, tests: set[str]) -> dict[str, set[int]]:
        """By test, which of the mutants that were built together its quick ones come to."""
        found: dict[str, set[int]] = {}
        for test in sorted(tests):
            with tempfile.NamedTemporaryFile() as file:
                begun = time.monotonic()
                failed = self._play(test, None, 900, {"ONCELOAD_MUTANTS_REACHED": file.name},
                                    self._passes(test)[0])
                if failed:
                    sys.exit(f"{test} fails without a mutant: {failed}")
                self._seconds[test] = time.monotonic() - begun
                found[test] = {int(line) for line in file.read().split()}
        return found

    def play(self, edit: Edit, number: int | None, reached: dict[str, set[int]]) -> Verdict:
        """`number`: of a mutant that is switched at run time."""
        begun = time.monotonic()
        for test in TESTS[edit.room]:
            # A mutant that waits for ever: this machine may be busy with something else.
            timeout = 120 + 10 * self._seconds.get(test, 60)
            for slow, chosen in enumerate(self._passes(test)):
                if number is not None and not slow and number not in reached[test]:
                    continue
                if failed := self._play(test, number, timeout, tests=chosen):
                    return Verdict(edit, "killed", f"{test}: {failed}", time.monotonic() - begun)
        result = "equivalent" if edit.equivalent else "survived"
        return Verdict(edit, result, "", time.monotonic() - begun)

    def alone(self, edit: Edit) -> Verdict:
        text = (ROOT / edit.file).read_text(encoding="utf-8")
        begun = time.monotonic()
        self._here = HERE / "alone"
        shutil.rmtree(self._here, ignore_errors=True)
        self._write(edit.file, text[:edit.begin] + edit.new + text[edit.begin + len(edit.old):])
        if said := self._build({edit.file}, set(TESTS[edit.room])):
            return Verdict(edit, "not built", said.splitlines()[0], time.monotonic() - begun)
        verdict = self.play(edit, None, {})
        verdict.seconds = time.monotonic() - begun
        return verdict

    def _play(self, test: str, number: int | None, timeout: float,
              environment: dict[str, str] | None = None, tests: str = "*") -> str:
        """What fails; empty: nothing."""
        variables = {**os.environ, **(environment or {}), "ONCELOAD_TEST_SEED": "1"}
        if number is not None:
            variables["ONCELOAD_MUTANT"] = str(number)
        try:
            done = subprocess.run(
                [str(self._here / test), "--gtest_fail_fast", "--gtest_brief=1",
                 f"--gtest_filter={tests}"],
                cwd=BUILD, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            return f"no end within {timeout:.0f} s"
        if done.returncode == 0:
            return ""
        output = done.stdout.decode("utf-8", "replace")
        failed = re.search(r"^\[  FAILED  \] ([\w./]+)", output, re.MULTILINE)
        return failed[1] if failed else f"exit {done.returncode}"
