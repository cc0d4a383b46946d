"""Plays edits that the tests must see. docs/mutants.md has the score."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from mutants import edits as edit_list
from mutants import mechanical
from mutants.edits import ROOT, Edit
from mutants.stage import TESTS, Stage, Verdict


def say(text: str) -> None:
    print(text, flush=True)


def changed_since(revision: str) -> dict[str, set[int]]:
    """Lines that are not as they were, by file."""
    diff = subprocess.run(["git", "diff", "-U0", revision, "--", "src", "include"], cwd=ROOT,
                          capture_output=True, text=True, check=True).stdout
    lines: dict[str, set[int]] = {}
    name = ""
    for line in diff.splitlines():
        if line.startswith("+++ b/"):
            name = line[6:]
        elif match := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first = int(match[1])
            lines.setdefault(name, set()).update(range(first, first + int(match[2] or 1)))
    return lines


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/mutants", description=__doc__)
    parser.add_argument("--list", action="store_true", help="say which there are and play none")
    parser.add_argument("--only", metavar="REGEX", help="ids, files or words of what is changed")
    parser.add_argument("--random", type=int, default=0, metavar="N",
                        help="so many mechanical ones in place of the kept list")
    parser.add_argument("--kept", action="store_true", help="with --random: the kept list too")
    parser.add_argument("--seed", type=int, default=1, help="which of them (default 1)")
    parser.add_argument("--tests", metavar="FILTER", default="",
                        help="only these, as --gtest_filter has them (SimulationTest.*)")
    parser.add_argument("--base", metavar="REV", help="only what has changed since this commit")
    parser.add_argument("--jobs", type=int, default=2, metavar="N",
                        help="processes of the build, and mutants played at a time (default 2)")
    return parser.parse_args()


def chosen(arguments: argparse.Namespace) -> tuple[list[Edit], list[str]]:
    wrong: list[str] = []
    found: list[Edit] = []
    lines = changed_since(arguments.base) if arguments.base else None
    if arguments.kept or arguments.random == 0:
        found, wrong = edit_list.kept()
        if lines is not None:
            found = [edit for edit in found if edit.file in lines]
    found += mechanical.sample(arguments.random, arguments.seed, lines, beside=found)
    if arguments.only:
        word = re.compile(arguments.only)
        found = [e for e in found if word.search(f"{e.id} {e.file}:{e.line} {e.what}")]
    return found, wrong


def tell(verdict: Verdict) -> None:
    edit = verdict.edit
    by = f"  by {verdict.by}" if verdict.by else ""
    say(f"{verdict.result:10} {edit.id:5} {edit.file}:{edit.line}  {edit.what[:110]}{by}"
        f"  {verdict.seconds:.1f} s")
    if verdict.result == "equivalent":
        say(f"{'':17}{edit.equivalent}")


def play(edits: list[Edit], jobs: int, chosen_tests: str) -> list[Verdict]:
    tests = {test for edit in edits for test in TESTS[edit.room]}
    say(f"building {', '.join(sorted(tests))}")
    stage = Stage(tests, jobs, chosen_tests)
    together, tests = stage.together(one_a_place(edits))
    verdicts: list[Verdict] = []
    if together:
        reached = stage.reached(tests)
        say(f"{len(together)} mutants in one build")
        with ThreadPoolExecutor(jobs) as pool:
            for verdict in pool.map(lambda number: stage.play(together[number], number, reached),
                                    range(len(together))):
                verdicts.append(verdict)
                tell(verdict)
    for edit in [edit for edit in edits if edit not in together and edit.new]:
        verdicts.append(stage.alone(edit))
        tell(verdicts[-1])
    return verdicts


def one_a_place(edits: list[Edit]) -> list[Edit]:
    """Those of which no two change the same lines."""
    taken: list[Edit] = []
    for edit in edits:
        if edit.switch and not any(mechanical.overlap(edit, other) for other in taken):
            taken.append(edit)
    return taken


def summary(verdicts: list[Verdict]) -> str:
    counts = Counter(verdict.result for verdict in verdicts)
    judged = counts["killed"] + counts["survived"]
    share = f", {100 * counts['killed'] / judged:.1f} % killed of {judged}" if judged else ""
    return (f"{counts['killed']} killed, {counts['survived']} survived, "
            f"{counts['equivalent']} equivalent, {counts['not built']} not built{share}")


def main() -> int:
    arguments = parse()
    edits, wrong = chosen(arguments)
    for line in wrong:
        say(f"error: {line}")
    if arguments.list:
        for edit in edits:
            say(f"{edit.id:5} {edit.file}:{edit.line}  {edit.what}"
                + (f" (equivalent: {edit.equivalent})" if edit.equivalent else ""))
        return 1 if wrong else 0
    begun = time.monotonic()
    verdicts = play(edits, arguments.jobs, arguments.tests) if edits else []
    for name, mechanical_ones in (("kept", False), ("mechanical", True)):
        these = [v for v in verdicts if (v.edit.new == "") == mechanical_ones]
        if these:
            say(f"{name}: {summary(these)}")
    say(f"{time.monotonic() - begun:.0f} s")
    counts = Counter(verdict.result for verdict in verdicts)
    return 1 if wrong or counts["survived"] or counts["not built"] else 0


if __name__ == "__main__":
    sys.exit(main())
