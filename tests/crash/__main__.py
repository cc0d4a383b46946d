"""The command line of scripts/crash-matrix."""

from __future__ import annotations

import argparse
import random
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onceload_runner import BINARY, GEN_CLICKS, Kafka, cluster, cluster_is_up

from crash import document, habits, soak, table, watched
from crash.case import GROUPS, Case
from crash.matrix import Matrix, earlier_runs, merge, recovery, summary, to_json
from crash.verdict import Verdict


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/crash-matrix", description=table.__doc__)
    parser.add_argument("--list", action="store_true", help="the faults, a line each")
    parser.add_argument("--only", metavar="NAME,...", help="these faults")
    parser.add_argument("--group", choices=GROUPS, action="append", help="the faults of a group")
    parser.add_argument("--seed", type=int, help="of all that is random (default: a new one)")
    parser.add_argument("--kills", type=int, help="instead: so many random SIGKILLs, at least")
    parser.add_argument("--minutes", type=float, help="instead: random SIGKILLs for so long")
    parser.add_argument("--rounds", type=int, help="instead: so many rounds of the habits")
    parser.add_argument("--watched", type=int, metavar="N", help="instead: N files into folders")
    parser.add_argument("--threads", type=int, help="of the loader (default: by the seed)")
    parser.add_argument("--jobs", type=int, default=3, help="so many side by side (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="adds the verdicts to FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the matrix as a document")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> list[Case]:
    cases = table.CASES
    if options.group:
        cases = [case for case in cases if case.group in options.group]
    if options.only:
        names = options.only.split(",")
        by_name = {case.name: case for case in cases}
        if unknown := [name for name in names if name not in by_name]:
            sys.exit(f"crash-matrix: no fault {', '.join(unknown)}; --list has them all")
        cases = [by_name[name] for name in names]
    return cases


def clicks_in(directory: Path):
    def make(rows: int) -> Path:
        path = directory / f"clicks-{rows}.csv"
        if not path.exists():
            new = directory / f"{random.randbytes(4).hex()}.csv"
            subprocess.run([GEN_CLICKS, str(rows), "--seed", "7", "-o", new], check=True)
            new.rename(path)
        return path

    return make


def play(options: argparse.Namespace, kafka: Kafka, directory: Path) -> list[Verdict]:
    matrix = Matrix(
        kafka,
        clicks_in(directory),
        options.seed,
        lambda line: print(line, flush=True),
        options.threads,
    )
    if options.kills or options.minutes:
        return soak.play(matrix, options.kills, options.minutes, options.jobs)
    if options.watched:
        return watched.play(matrix, options.watched)
    if options.rounds:
        return habits.play_many(matrix, options.rounds, options.jobs)
    return matrix.play_all(chosen(options), options.jobs)


def main() -> int:
    options = arguments()
    if options.list:
        for case in chosen(options):
            print(f"{case.name:<30} {case.group:<8} {case.fault}")
        return 0
    for program in (BINARY, GEN_CLICKS):
        if not program.exists() and not (options.watched and program == GEN_CLICKS):
            sys.exit(f"crash-matrix: {program} is not built: cmake --build --preset release")
    if options.seed is None:
        options.seed = random.randrange(1 << 32)
    print(f"seed {options.seed}", flush=True)
    if not cluster_is_up():
        cluster("up")
    kafka = Kafka()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-clicks.") as directory:
        verdicts = play(options, kafka, Path(directory))
    kafka.close()
    minutes = (time.monotonic() - started) / 60
    print(f"{summary(verdicts)}; {minutes:.1f} minutes, seed {options.seed}")
    print(recovery(verdicts))
    run = (
        f"`scripts/crash-matrix {shlex.join(sys.argv[1:])}`: {len(verdicts)} faults, "
        f"{minutes:.1f} minutes, seed {options.seed}"
    )
    facts = {"runs": [*earlier_runs(options.json), run], **document.machine()}
    verdicts = merge(options.json, verdicts, [case.name for case in table.CASES])
    if options.json:
        options.json.write_text(to_json(verdicts, facts) + "\n")
    if options.markdown:
        options.markdown.write_text(document.text(verdicts, facts))
    return 0 if all(verdict.ok for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
