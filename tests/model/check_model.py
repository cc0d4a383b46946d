#!/usr/bin/env python3
"""Checks the model of the commit protocol with spin, and prints a table.

usage: tests/model/check_model.py [--large] [NAME...]

Exit 1 if something is not as expected. docs/model.md explains the rows. A counterexample stays in
build/model/NAME/; its path is told, and so is the command that shows it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/model/protocol.pml"
RESULTS = ROOT / "build/model"

HOLDS = "holds"
FOUND_WRONG = "found wrong"
REACHED = "reached"
# An assertion that names no property of the protocol: of the model's own, or a reached end.
NO_PROPERTY = {"bound_too_small", "can_happen"}

MEGABYTES_MAX = 2_000
MEGABYTES_MAX_LARGE = 12_000
SECONDS_MAX = 300
SECONDS_MAX_LARGE = 3_600


@dataclass(frozen=True)
class Variant:
    name: str
    options: str  # of two with one name the last one counts
    expected: str

    def defines(self) -> list[str]:
        last = {option.split("=")[0]: option for option in self.options.split()}
        return [f"-D{option}" for option in last.values()]


@dataclass(frozen=True)
class Result:
    states: int
    seconds: float
    outcome: str  # HOLDS, FOUND_WRONG, REACHED, or what went wrong
    detail: str = ""  # the assertion's name


# One row in each partition is enough where partitions are not what a variant is about.
TWO = "LOADERS=2 PARTS=1 COARSE CRASHES=0 GHOSTS=0 RESTARTS=1"

PROTOCOL = [
    Variant("one_loader", "", HOLDS),
    Variant("other_load", "FOREIGN PARTS=1 COARSE CHUNKS=2", HOLDS),
    Variant("two_machines", f"{TWO} CHUNKS=2", HOLDS),
    Variant("zombie", f"{TWO} CHUNKS=2 ONE_LEDGER", HOLDS),
]
LARGE = [
    Variant("one_loader_timeouts", "TIMEOUTS=1", HOLDS),
    Variant("two_machines_crash", f"{TWO} CHUNKS=1 CRASHES=1", HOLDS),
    Variant("two_machines_ghost", f"{TWO} CHUNKS=2 GHOSTS=1", HOLDS),
    Variant("two_machines_crash_ghost", f"{TWO} CHUNKS=1 CRASHES=1 GHOSTS=1", HOLDS),
    Variant("two_machines_crash_chunks", f"{TWO} CHUNKS=2 CRASHES=1", HOLDS),
    Variant("four_turns", "TURNS=4 CHUNKS=4 PARTS=1", HOLDS),
    Variant("one_loader_large", "CHUNKS=4 CRASHES=3 GHOSTS=2 TIMEOUTS=1", HOLDS),
]
MUTANTS = [
    Variant("PROGRESS_OUTSIDE", "OBSERVABLE", FOUND_WRONG),
    Variant("NO_GUARD", "OBSERVABLE", FOUND_WRONG),
    Variant("COMMIT_EARLY", "OBSERVABLE", FOUND_WRONG),
    Variant("SEND_EARLY", "OBSERVABLE", FOUND_WRONG),
    Variant("TRUST_LEDGER", "OBSERVABLE", FOUND_WRONG),
    Variant("NO_WAIT", "FOREIGN PARTS=1 COARSE OBSERVABLE", FOUND_WRONG),
    Variant("READ_BEFORE_INIT", f"{TWO} CHUNKS=2 RESTARTS=2 OBSERVABLE", FOUND_WRONG),
    Variant("INIT_SIDE_BY_SIDE", f"{TWO} CHUNKS=2 RESTARTS=2 OBSERVABLE", FOUND_WRONG),
    Variant("NO_CLAIM", f"{TWO} CHUNKS=2 RESTARTS=2 OBSERVABLE", FOUND_WRONG),
    Variant("NO_LOOK_AFTER_INIT", f"{TWO} CHUNKS=2 RESTARTS=2", FOUND_WRONG),
]
# What must be possible, stated as impossible: else all of the above could hold for want of steps.
REACHABLE = [
    Variant("complete_after_crashes_and_ghost", "REACH=1", REACHED),
    Variant("taken_over", f"{TWO} CHUNKS=2 RESTARTS=2 REACH=2", REACHED),
    Variant("discard", "PARTS=1 REACH=3", REACHED),
    Variant("promote", "PARTS=1 REACH=4", REACHED),
    Variant("adopt", "PARTS=1 REACH=5", REACHED),
    Variant("three_open", "REACH=6", REACHED),
]
DEFAULT = [*PROTOCOL, *MUTANTS, *REACHABLE]


def directory_of(variant: Variant) -> Path:
    return RESULTS / variant.name


def defines_of(variant: Variant) -> list[str]:
    mutation = [f"-D{variant.name}"] if variant in MUTANTS else []
    return [*mutation, *variant.defines()]


def run(command: list[str], directory: Path, seconds: int) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    return done.stdout


def judge(output: str, seconds: float) -> Result:
    states = int((re.search(r"(\d+) states, stored", output) or ["", "0"])[1])
    errors = re.search(r"errors: (\d+)", output)
    if errors is None or re.search(r"Search not completed|max search depth too small", output):
        if (stopped := re.search(r"pan: reached -DMEMLIM|out of memory", output)) is not None:
            return Result(states, seconds, f"not finished: {stopped[0]}")
        if errors is None or "max search depth too small" in output:
            return Result(states, seconds, "not finished: " + output[-300:])
    if errors[1] == "0":
        return Result(states, seconds, HOLDS)
    violated = re.search(r"assertion violated .*\|\|(\w+)\)", output)
    if violated is None:
        return Result(states, seconds, "stuck: " + output.splitlines()[0])
    if violated[1] == "can_happen":
        return Result(states, seconds, REACHED)
    if violated[1] in NO_PROPERTY:
        return Result(states, seconds, violated[1])
    return Result(states, seconds, FOUND_WRONG, violated[1])


def check(variant: Variant) -> Result:
    directory = directory_of(variant)
    directory.mkdir(parents=True, exist_ok=True)
    for trail in directory.glob("*.trail"):
        trail.unlink()
    large = variant in LARGE
    begun = time.monotonic()
    complaint = run(["spin", "-a", *defines_of(variant), str(MODEL)], directory, 60)
    if complaint.strip():
        return Result(0, 0, "spin: " + complaint.strip())
    # Where all states are visited speed counts, elsewhere compiling takes longer than searching.
    optimize = "-O1" if variant.expected == HOLDS else "-O0"
    memory = MEGABYTES_MAX_LARGE if large else MEGABYTES_MAX
    options = ["-DSAFETY", "-DNOFAIR", "-DVECTORSZ=2048", f"-DMEMLIM={memory}"]
    if large:  # three quarters of the memory, for more time
        options.append("-DCOLLAPSE")
    complaint = run(["cc", optimize, "-w", *options, "-o", "pan", "pan.c"], directory, 120)
    if complaint.strip():
        return Result(0, 0, "cc: " + complaint.strip())
    output = run(["./pan", "-m100000"], directory, SECONDS_MAX_LARGE if large else SECONDS_MAX)
    return judge(output, time.monotonic() - begun)


def how_to_replay(variant: Variant) -> str:
    trail = directory_of(variant) / f"{MODEL.name}.trail"
    return f"spin -T -k {trail} {' '.join(defines_of(variant))} {MODEL}"


def main(arguments: list[str]) -> int:
    names = [argument for argument in arguments if not argument.startswith("-")]
    if unknown := {a for a in arguments if a.startswith("-")} - {"--large"}:
        print(f"unknown: {' '.join(sorted(unknown))}\n\n{__doc__}", file=sys.stderr)
        return 2
    variants = [*DEFAULT, *LARGE] if names else LARGE if "--large" in arguments else DEFAULT
    wrong = []
    print(f"{'variant':34}{'states':>12}{'seconds':>9}  result")
    for variant in variants:
        if names and variant.name not in names:
            continue
        result = check(variant)
        print(
            f"{variant.name:34}{result.states:12,}{result.seconds:9.1f}  "
            f"{result.outcome} {result.detail}".rstrip(),
            flush=True,
        )
        if result.outcome != variant.expected:
            wrong.append(variant)
    for variant in wrong:
        print(f"\n{variant.name}: expected '{variant.expected}'; to see how it comes about:")
        print("  " + how_to_replay(variant))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
