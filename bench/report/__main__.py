"""The command line; see --help, and docs/benchmarks.md for what comes out."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import pages
from .contest import Section, hold
from .duel import TITLE as DUEL
from .duel import duel
from .guard import guard
from .hotspots import hot_spots
from .lab import BENCH_PYTHON, LIBS, PARTITIONS, RELEASE, ROOT, Lab, say
from .loads import (
    CEILING_SETTINGS,
    Loads,
    codec_sections,
    json_section,
    partition_sections,
    raw_section,
    warm_up,
)
from .reading import Filled, encoding_section, latency_section, reading_sections
from .scale import SERIES, scale

JSON = "benchmarks.json"
QUICK_ROWS, QUICK_ROUNDS = 100_000, 1
ROWS, ROUNDS = 1_000_000, 5
SCALE_ROUNDS = 3
DUEL_ROUNDS = 3
DUEL_ROWS_MIN = 1_000_000  # onceload has two chunks of so many, and can be killed between them
WARM_UP_SECONDS = 300.0
WORK = ROOT / "build/bench/work"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures onceload beside others, in turns, on one cluster; writes "
        "benchmarks.md and benchmarks.json. A section that is measured replaces the older one of "
        "the same number of rows.",
        epilog="Environment: ONCELOAD_CLUSTER_..., see scripts/cluster.",
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("contest", "partitions", "scale", "profile", "flink", "page", "all", "guard"),
        default="contest",
        help="contest (default): loading, reading, latency; partitions: beside the ceiling, from "
        "one to hundreds; scale: files, partitions, records; profile: processor time by stage; "
        "flink: beside Apache Flink, rates and deaths; "
        "page: only writes the page anew; all: all of these; guard: whether the checkout is "
        "slower than --base, which is built for it; writes nothing, four minutes",
    )
    parser.add_argument("--rows", type=int, help=f"of the click events (default {ROWS:,})")
    parser.add_argument(
        "--rounds",
        type=int,
        help=f"of each contest (default {ROUNDS}); of scale ({SCALE_ROUNDS}); "
        f"of flink ({DUEL_ROUNDS})",
    )
    parser.add_argument(
        "--warm-up",
        type=float,
        metavar="SECONDS",
        help=f"of the brokers, before all (default {WARM_UP_SECONDS:.0f}); 0: they are warm",
    )
    parser.add_argument(
        "--only",
        metavar="NAME,...",
        help=f"contestants, which --list names, and of scale {', '.join(SERIES)}",
    )
    parser.add_argument("--list", action="store_true", help="contestants and what they are")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_ROWS:,} rows, {QUICK_ROUNDS} round, a hundredth of scale, into build/bench",
    )
    parser.add_argument(
        "--base", metavar="COMMIT", help="of guard (default main)"
    )
    parser.add_argument("--base-program", type=Path, help=argparse.SUPPRESS)  # scripts/bench says
    parser.add_argument("--output", type=Path, help="directory (default docs)")
    parser.add_argument("--bootstrap", help=argparse.SUPPRESS)  # scripts/bench says
    chosen = parser.parse_args()
    chosen.rows = chosen.rows or (QUICK_ROWS if chosen.quick else ROWS)
    if chosen.warm_up is None:
        chosen.warm_up = 0.0 if chosen.quick else WARM_UP_SECONDS
    chosen.output = chosen.output or ROOT / ("build/bench" if chosen.quick else "docs")
    return chosen


def first_line(*command: object) -> str:
    with contextlib.suppress(OSError):
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, check=False
        )
        lines = (done.stdout + done.stderr).strip().splitlines()
        return lines[0].strip() if lines else ""
    return "not installed"


def librdkafka_version() -> str:
    """Of onceload and the programs in bench/."""
    stamp = ROOT / ".deps/librdkafka/.stamp"  # scripts/bootstrap writes it
    return stamp.read_text().splitlines()[-1] if stamp.exists() else "the system's"


def processor() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} x {model[1] if model else platform.machine()}"


def setting() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kafka = [path.stem.removeprefix("kafka-clients-") for path in LIBS.glob("kafka-clients-*.jar")]
    versions = (
        "import duckdb, polars;"
        "print('DuckDB', duckdb.__version__, 'Polars', polars.__version__)"
    )
    kcat = re.search(r"Version (\S+ \(.*?\))", subprocess.run(
        ["sh", "-c", "kcat -V 2>&1"], capture_output=True, text=True, check=False).stdout)
    return {
        "processor": processor(),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "load average at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "onceload": first_line(RELEASE / "onceload", "--version"),
        "Kafka, Kafka Connect": ", ".join(kafka),
        "Java": first_line("java", "-version"),
        "librdkafka": librdkafka_version(),
        "kcat": kcat[1] if kcat else "not installed",
        "others": first_line(BENCH_PYTHON, "-I", "-c", versions),
        "topics": f"{PARTITIONS} partitions, replication factor 3, min.insync.replicas 2",
        "librdkafka in the ceiling and kcat": " ".join(CEILING_SETTINGS[1::2]),
        "onceload's settings": "its defaults, see [architecture.md](architecture.md)",
    }


def command(chosen: argparse.Namespace) -> str:
    """As it was typed; scripts/bench adds where the cluster listens."""
    words = [word for word in sys.argv[1:] if word not in ("--bootstrap", chosen.bootstrap)]
    return shlex.join(["scripts/bench", *words])


def chosen_sections(sections: Iterator[Section], only: set[str]) -> list[Section]:
    kept = []
    for section in sections:
        if only:
            section.contestants = [c for c in section.contestants if c.name in only]
        if section.contestants:
            kept.append(section)
    return kept


def all_sections(loads: Loads, filled: Filled) -> Iterator[Section]:
    yield json_section(loads)
    yield raw_section(loads)
    yield from codec_sections(loads)
    yield latency_section(loads.lab)
    yield from reading_sections(filled)
    yield encoding_section(loads.lab)


class Report:
    """The two files; sections go by name and number of rows.

    Saved after each section: what has been measured is not lost.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output / JSON
        output.mkdir(parents=True, exist_ok=True)
        # Before this report makes the checkout differ from its commit.
        self.commit = first_line("git", "-C", ROOT, "describe", "--always", "--dirty")
        self.content: dict[str, Any] = {"setting": {}, "sections": {}}
        if self.path.exists():
            self.content = json.loads(self.path.read_text(encoding="utf-8"))

    def add(self, name: str, title: str, section: dict[str, Any]) -> None:
        measured = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        self.content["sections"][name] = {
            "title": title,
            **section,
            "measured": measured,
            "commit": self.commit,
            "processor": processor(),
        }
        self.save()

    def save(self) -> None:
        text = json.dumps(self.content, indent=1, ensure_ascii=False)
        self.path.write_text(text + "\n", encoding="utf-8")
        pages.write(self.content, self.output)


def run(chosen: argparse.Namespace, lab: Lab, report: Report) -> None:
    with contextlib.ExitStack() as closing:
        loads, filled = Loads(lab), Filled(lab)
        closing.callback(loads.close)
        closing.callback(filled.close)
        only = set(chosen.only.split(",")) if chosen.only else set()
        sections = chosen_sections(all_sections(loads, filled), only)
        by_partitions = chosen_sections(partition_sections(loads), only)
        names = {c.name for section in sections + by_partitions for c in section.contestants}
        if unknown := only - names - set(SERIES):
            raise SystemExit(f"bench: no contestant {', '.join(sorted(unknown))}; see --list")
        if chosen.what != "flink":  # its section tells what is its own, and needs few of the others
            report.content["setting"] |= setting()
        if chosen.warm_up > 0:
            found = warm_up(loads, min(chosen.rows, ROWS), chosen.warm_up)
            report.content["setting"]["the brokers' warm-up"] = found
        contests = {"contest": sections, "partitions": by_partitions}
        contests["all"] = sections + by_partitions
        if chosen.what in contests:
            rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
            for section in contests[chosen.what]:
                held = hold(section, chosen.rows, rounds)
                report.add(f"{section.name}@{chosen.rows}", section.title, held)
        if chosen.what in ("profile", "all"):
            spots = hot_spots(lab, chosen.rows)
            report.add(f"profile@{chosen.rows}", "Processor time by stage", spots)
        if chosen.what in ("flink", "all"):
            rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else DUEL_ROUNDS)
            rows = max(chosen.rows, DUEL_ROWS_MIN)
            for grown in duel(loads, rows, rounds):
                report.add(f"flink@{rows}", DUEL, {"command": command(chosen), **grown})
        if chosen.what in ("scale", "all"):
            rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else SCALE_ROUNDS)
            for name, title in SERIES.items():
                if not only or name in only:
                    report.add(f"scale-{name}", title, scale(lab, name, rounds, chosen.quick))


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # clean up on the way
    chosen = arguments()
    if chosen.list:
        lab = Lab("localhost:0", WORK)
        for section in [*all_sections(Loads(lab), Filled(lab)), *partition_sections(Loads(lab))]:
            for contestant in section.contestants:
                print(f"{contestant.name:22} {section.title}: {contestant.what}")
        return
    if chosen.what == "guard":
        with contextlib.closing(Lab(chosen.bootstrap, WORK)) as lab:
            sys.exit(guard(lab, chosen.base_program))
    report = Report(chosen.output)
    if chosen.what == "page":
        report.save()
        return
    with contextlib.closing(Lab(chosen.bootstrap, WORK)) as lab:
        run(chosen, lab, report)
    say(f"see {report.output / pages.MARKDOWN}")


if __name__ == "__main__":
    main()
