"""The matrix as a document, docs/crash-matrix.md."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence

from onceload_runner import BINARY, ROOT

from crash.case import GROUPS
from crash.verdict import HEADINGS, Verdict


INTRODUCTION = """\
Written by `scripts/crash-matrix --markdown` from the runs below. Each fault is made on a
real cluster of three brokers. [check_topic.py](../tests/checker/check_topic.py), which shares no
code with `onceload`, judges the topic; a concurrent `read_committed` consumer reads along;
`onceload verify --source` must agree. What people do to files between runs is played in rounds at
random, and [habit_oracle.py](../tests/crash/habit_oracle.py) says what must be in the topic, and
what must be refused, after each run.
""".splitlines()

LEGEND = """\
A fault whose name ends in `unguarded` takes a guard out, to show what it is for: there the judge
must see rows lost or doubled. *Seconds to first new row*: from the next start, or from the fault's
end, to the first row that a consumer is given after it; `-`: none was left to load, or the load was
refused.
""".splitlines()


def machine() -> dict[str, object]:
    version = subprocess.run([BINARY, "--version"], text=True, capture_output=True, check=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {
        "machine": f"{os.cpu_count()} cores, {memory} GiB, {platform.system()} "
        f"{platform.release()}, {platform.machine()}",
        "versions": ", ".join([version.stdout.strip(), *libraries()]),
    }


def libraries() -> list[str]:
    jar = next((ROOT / ".deps/kafka/libs").glob("kafka-clients-*.jar"))
    client = next((ROOT / ".deps/librdkafka/lib/pkgconfig").glob("rdkafka*.pc"))
    version = re.search(r"^Version: *(\S+)", client.read_text(), re.M)
    return [f"Kafka {jar.stem.rsplit('-', 1)[1]}", f"librdkafka {version[1]}"]


def text(verdicts: Sequence[Verdict], facts: dict[str, object]) -> str:
    from crash.matrix import recovery, summary

    lines = [
        "# The crash matrix",
        "",
        *INTRODUCTION,
        "",
        *(f"* {run}" for run in facts["runs"]),
        f"* {facts['machine']}; {facts['versions']}",
        f"* {summary(verdicts)}",
        f"* {recovery(verdicts)}",
        "",
        *LEGEND,
        "",
    ]
    for group in GROUPS:
        mine = [verdict for verdict in verdicts if verdict.group == group]
        if not mine:
            continue
        heads = [HEADINGS[0], "what happens", *HEADINGS[1:]]
        lines += [f"## {group.capitalize()}", "", row(heads), row(["---"] * len(heads))]
        for verdict in mine:
            name, *rest = verdict.cells()
            lines.append(row([f"`{name}`", verdict.fault, *rest]))
        lines.append("")
    return "\n".join(lines)


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
