"""docs/benchmarks.md and its charts, made of docs/benchmarks.json and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .svg import chart

MARKDOWN = "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `scripts/bench`; do not edit. The same, with every single run, is in
[benchmarks.json](benchmarks.json). One cluster of three brokers on the machine that loads;
topics of five partitions with three replicas and `min.insync.replicas=2` unless said otherwise.
The brokers warm up for minutes before all, each contestant once before its rounds. Contestants take
turns, each round begins with another one. Figures are medians of the rounds, with the least and the
greatest in brackets; "of the baseline" is the median of the rounds' ratios of rates. Processor time
is user and system time of the whole process, and of the three brokers while a load ran, which share
the machine's processors with it; the memory is its peak (figures below about 50 MB are the
measuring program's own). Absolute figures belong to the machine: compare within one table. The
click events are `gen_clicks --plain`: ASCII, without quotes and line ends in cells, which not all
contestants can read.
"""


def count(value: float) -> str:
    return f"{value:,.0f}"


def bracketed(spread: dict[str, float], digits: int = 0) -> str:
    median, low, high = (f"{spread[name]:,.{digits}f}" for name in ("median", "min", "max"))
    return median if low == high else f"{median} ({low}–{high})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def setting_text(facts: dict[str, str]) -> str:
    return table(("", ""), [(name, value) for name, value in facts.items()])


def contest_text(section: dict[str, Any]) -> str:
    rows, out = [], []
    for entry in section["contestants"]:
        if "left_out" in entry:
            out.append(f"* `{entry['name']}` is left out: {entry['left_out']}")
            continue
        of_base = entry["of_baseline"]
        brokers = entry.get("brokers_cpu_seconds_per_million_rows")
        rows.append(
            (
                f"`{entry['name']}`",
                entry["what"],
                bracketed(entry["rows_per_second"]),
                f"{of_base:.2f}" if of_base is not None else "",
                bracketed(entry["wall_seconds"], 2),
                bracketed(entry["cpu_seconds_per_million_rows"], 2),
                bracketed(brokers, 2) if brokers else "",
                count(entry["peak_mb"]),
            )
        )
    head = ("", "", "rows/s", f"of `{section['baseline']}`", "whole command, s",
            "CPU s per million rows", "brokers' CPU s per million rows", "peak MB")
    text = [f"{section['rounds']} rounds. {section['note']}".strip()]
    if rows:
        text.append(table(head, rows))
    text += ["\n".join(out) + "\n"] if out else []
    return "\n\n".join(part for part in text)


def latency_text(section: dict[str, Any]) -> str:
    names = ("sent_p50", "sent_p99", "sent_max", "read_p50", "read_p99")
    rows = [
        (
            f"`{entry['name']}`",
            entry["what"],
            *(bracketed(entry["extra"][name]) for name in names),
            bracketed(entry["rows_per_second"]),
        )
        for entry in section["contestants"]
        if "left_out" not in entry
    ]
    out = [
        f"* `{entry['name']}` is left out: {entry['left_out']}"
        for entry in section["contestants"]
        if "left_out" in entry
    ]
    head = ("", "", *(name.replace("_", " ") for name in names), "rows/s")
    intro = f"{section['rounds']} rounds. {section['note']}"
    return "\n\n".join([intro, *([table(head, rows)] if rows else []), *out])


AXES = {
    "files": "rows of the file",
    "inputs": "files of a load",
    "partitions": "partitions",
    "records": "bytes of a record",
}
SCALE_NOTE = {
    "files": "Raw lines. To start, and to resume once killed at 95 %: from the start of the "
    "command to its first committed chunk.",
    "inputs": "JSON; a million rows in all. To resume: as above.",
    "partitions": "JSON.",
    "records": "JSON.",
}


def scale_text(name: str, section: dict[str, Any], output: Path) -> str:
    label = AXES[name]
    points = [point for point in section["points"] if "left_out" not in point]
    rows = [
        (
            count(point["x"]),
            count(point["rows"]),
            bracketed(point["rows_per_second"]),
            f"{point['mb_per_second']:.1f}",
            count(point["peak_mb"]),
            bracketed(point["start_seconds"], 2) if "start_seconds" in point else "",
            bracketed(point["resume_seconds"], 2) if "resume_seconds" in point else "",
        )
        for point in points
    ]
    times = ("time to start, s", "time to resume, s")
    head = (label, "rows", "rows/s", "MB/s of the file", "peak MB", *times)
    text = [f"Loads of each: {section['rounds']}. {SCALE_NOTE[name]}", table(head, rows)]
    text += [
        f"* {count(point['x'])} is left out: {point['left_out']}"
        for point in section["points"]
        if "left_out" in point
    ]
    if points:
        text.append(charts(name, label, points, output))
    return "\n\n".join(text)


def charts(name: str, label: str, points: Sequence[dict[str, Any]], output: Path) -> str:
    rate = ("mb_per_second", "MB/s") if name == "records" else ("rows_per_second", "rows/s")
    wanted = [rate, ("peak_mb", "peak memory, MB"), ("resume_seconds", "time to resume, s")]
    links = []
    for key, y_label in wanted:
        values = [
            (point["x"], point[key]["median"] if isinstance(point[key], dict) else point[key])
            for point in points
            if key in point
        ]
        if not values:
            continue
        file = f"benchmarks-{name}-{key.replace('_', '-')}.svg"
        title = f"{y_label} by {label}"
        (output / file).write_text(chart(title, label, y_label, {"onceload": values}))
        links.append(f"![{title}]({file})")
    return "\n".join(links)


def profile_text(section: dict[str, Any]) -> str:
    if "left_out" in section:
        return f"Left out: {section['left_out']}"
    profiles = section["profiles"]
    rows = []
    for stage in section["stages"]:
        cells = [
            profiles[name]["stages"].get(stage, 0.0) * profiles[name]["microseconds_per_row"]
            for name in profiles
        ]
        if max(cells) >= 0.005:
            rows.append((stage, *(f"{cell:.2f}" for cell in cells)))
    rows.append(("all", *(f"{p['microseconds_per_row']:.2f}" for p in profiles.values())))
    spots = [
        (f"{entry['share']:.1%}", entry["thread"], f"`{entry['function'][:60]}`", entry["stage"])
        for entry in profiles["onceload"]["functions"]
    ]
    return "\n\n".join(
        [
            "JSON, lz4; samples of `perf record -e cpu-clock`. "
            "Microseconds of processor time per row; functions are put into stages by their names, "
            "so inlined ones count where they are inlined.",
            table(("stage", *(f"`{name}`" for name in profiles)), rows),
            "The functions of `onceload` that take the most:",
            table(("share", "thread", "function", "stage"), spots),
        ]
    )


def deaths_text(deaths: Sequence[dict[str, Any]], head: Sequence[str]) -> str:
    rows = [
        (
            f"`{entry['name']}`",
            entry["what"],
            bracketed(entry["seconds"], 2),
            *(bracketed(entry[name]) for name in ("lost", "doubled")),
        )
        for entry in deaths
        if "left_out" not in entry
    ]
    out = [
        f"* `{entry['name']}`, {entry['what']}, is left out: {entry['left_out']}"
        for entry in deaths
        if "left_out" in entry
    ]
    return "\n\n".join([*([table(head, rows)] if rows else []), *out])


RESUMES_NOTE = """\
Killed with SIGKILL in mid-load and started again at once. The time is from the kill until a
read_committed consumer has the first row that was sent after it. Starting programs is part of it,
and, if only the TaskManager is killed, the time until the JobManager notices: its heartbeats are
Flink's own. Rows are compared with the file's when the load has ended."""


OUTAGES_NOTE = """\
Killed, and dead for longer than a transaction may last (`transaction.timeout.ms`, here {} s, of
both): started again when the brokers have ended all that was open. `when a commit is due`: a
checkpoint is complete (Flink: both processes are killed as soon as its file is there), or what is
to be committed is written down (onceload: failpoint `after_intend`), and the commit is not done
yet. Flink goes on from its newest checkpoint."""


def duel_text(section: dict[str, Any]) -> str:
    if "left_out" in section:
        return f"Left out: {section['left_out']}"
    text = [
        f"`{section['command']}`; {section['versions']}. The machine's load average when it began "
        f"was {section['load_average']:.1f}: above the number of its processors, other work took "
        "its share.",
        contest_text(section),
    ]
    if resumes := section.get("resumes"):
        head = ("", "started again", "s", "lost", "doubled")
        text += [RESUMES_NOTE, deaths_text(resumes, head)]
    if outages := section.get("outages"):
        head = ("", "killed", "dead for, s", "lost", "doubled")
        note = OUTAGES_NOTE.format(section["transaction_seconds"])
        text += [note, deaths_text(outages, head)]
    return "\n\n".join(text)


def section_text(key: str, section: dict[str, Any], output: Path) -> str:
    name = key.partition("@")[0]
    if name == "latency":
        return latency_text(section)
    if name.startswith("scale-"):
        return scale_text(name.removeprefix("scale-"), section, output)
    if name == "flink":
        return duel_text(section)
    if name == "profile":
        return profile_text(section)
    return contest_text(section)


def by_partitions_text(sections: Sequence[tuple[int, dict[str, Any]]], output: Path) -> str:
    """What the sections of each number of partitions have, as one picture."""
    series: dict[str, list[tuple[float, float]]] = {}
    for partitions, section in sections:
        for entry in section["contestants"]:
            if "left_out" not in entry:
                name = entry["name"].rpartition("-")[0]
                point = (partitions, entry["rows_per_second"]["median"])
                series.setdefault(name, []).append(point)
    file, title = "benchmarks-by-partitions.svg", "Loading: rows/s by partitions"
    (output / file).write_text(chart(title, "partitions", "rows/s", series))
    what = "`ceiling` and `idempotent` are librdkafka without transactions; the tables follow."
    return f"{what}\n\n![{title}]({file})\n"


def partition_sections(report: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """All of as many rows as the first: others' rates are of another picture."""
    found = [
        (int(key.partition("@")[0].removeprefix("partitions-")), section)
        for key, section in report["sections"].items()
        if key.startswith("partitions-")
    ]
    return [(n, section) for n, section in found if section["rows"] == found[0][1]["rows"]]


def write(report: dict[str, Any], output: Path) -> None:
    text = [HEAD]
    of_partitions = partition_sections(report)
    for key, section in report["sections"].items():
        if of_partitions and section is of_partitions[0][1]:
            text.append("## Loading by partitions, JSON, keyed, lz4\n")
            text.append(by_partitions_text(of_partitions, output))
        size = f", {count(section['rows'])} rows" if "rows" in section else ""
        text.append(f"## {section['title']}{size}\n")
        text.append(section_text(key, section, output).rstrip() + "\n")
        made = f"at commit {section['commit']} on {section['processor']}"
        text.append(f"Measured {section['measured']} {made}.\n")
    text.append("## Machine, versions and settings of the newest run\n")
    text.append(setting_text(report["setting"]))
    (output / MARKDOWN).write_text("\n".join(text), encoding="utf-8")
