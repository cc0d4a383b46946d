"""Contestants take turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .lab import ROOT, Failed, Unavailable, say
from .stats import Run, summary

KEY = ("--key", "user_id")
WARM_UP_ROWS_MIN = 20000  # a warm-up has a tenth of the rows, but no fewer
REASON_CHARACTERS_MAX = 400

Measure = Callable[[int], Run]  # rows to run


@dataclass
class Contestant:
    name: str
    what: str  # for the report
    run: Measure


@dataclass
class Section:
    """Contestants that take turns; the first is the baseline of the ratios."""

    name: str
    title: str
    note: str
    contestants: list[Contestant]


def turns(contestants: Sequence[Contestant], round_number: int) -> list[Contestant]:
    """Each round begins with another one, so that nobody always follows the same."""
    first = round_number % max(len(contestants), 1)
    return [*contestants[first:], *contestants[:first]]


def reason(error: Exception) -> str:
    """One line for the report, which does not tell where the checkout is."""
    return " ".join(str(error).replace(f"{ROOT}/", "").split())[:REASON_CHARACTERS_MAX]


def hold(section: Section, rows: int, rounds: int) -> dict[str, Any]:
    """Runs a section: a warm-up, then the rounds. Whoever fails is out, with the reason."""
    say(f"{section.title}: {rows} rows, {rounds} rounds")
    warm_up_rows = max(rows // 10, WARM_UP_ROWS_MIN)
    out: dict[str, str] = {}
    runs: dict[str, list[Run]] = {contestant.name: [] for contestant in section.contestants}
    for number in range(-1, rounds):
        warm_up = number < 0
        in_turn = turns([c for c in section.contestants if c.name not in out], max(number, 0))
        for contestant in in_turn:
            try:
                run = contestant.run(min(rows, warm_up_rows) if warm_up else rows)
            except (Failed, Unavailable) as error:
                out[contestant.name] = reason(error)
                say(f"  {contestant.name}: out: {error}")
                continue
            if not warm_up:
                runs[contestant.name].append(run)
            turn = "warm-up" if warm_up else str(number + 1)
            say(f"  {turn} {contestant.name}: {run.rate:,.0f} rows/s, {run.cpu:.2f} s CPU")
    return report(section, rows, rounds, runs, out)


def report(
    section: Section, rows: int, rounds: int, runs: dict[str, list[Run]], out: dict[str, str]
) -> dict[str, Any]:
    first = section.contestants[0].name
    base = runs[first] if first not in out else None
    entries = []
    for contestant in section.contestants:
        entry: dict[str, Any] = {"name": contestant.name, "what": contestant.what}
        if contestant.name in out:
            entry["left_out"] = out[contestant.name]
        else:
            entry.update(summary(runs[contestant.name], base))
        entries.append(entry)
    return {
        "title": section.title,
        "note": section.note,
        "rows": rows,
        "rounds": rounds,
        "baseline": first,
        "contestants": entries,
    }
