"""Whether a checkout loads slower than the commit it comes from: both in turn, in one run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from .contest import KEY
from .lab import RELEASE, Lab, measure, say

ROWS = 500_000
SECONDS_MAX = 200.0  # of the rounds; the last of them is played to its end
ROUNDS_MIN = 5
# All but so many of the rounds have to agree before a ratio has fallen. By chance nine rounds do
# in one of fifty times, five in one of six: then play again.
ODD_ROUNDS = 1

Rate = Callable[[Path], float]  # of this program, rows/s


@dataclass
class Game:
    name: str
    rate: Rate


@dataclass(frozen=True)
class Ratio:
    """Rates of the checkout over those of its base, round by round."""

    rounds: Sequence[float]

    @property
    def fell(self) -> bool:
        return sorted(self.rounds)[-1 - ODD_ROUNDS] < 1

    def text(self) -> str:
        low, high = min(self.rounds), max(self.rounds)
        word = "FELL" if self.fell else "held"
        return f"{median(self.rounds):.3f} ({low:.3f} to {high:.3f})  {word}"


def games(lab: Lab) -> list[Game]:
    def load(partitions: int, *words: object) -> Rate:
        def rate(program: Path) -> float:
            with lab.topic(partitions) as topic:
                _, *command = lab.onceload("load", topic, "--progress", "none", *KEY, *words)
                usage = measure([program, *command, lab.clicks(ROWS)])
            return ROWS / usage.json("loading_seconds")

        return rate

    def plan(program: Path) -> float:
        usage = measure([program, "plan", "-t", "t", *KEY, "--json", lab.clicks(ROWS)])
        return ROWS / usage.json("seconds")

    return [
        Game("load, 5 partitions", load(5)),
        Game("load, 1 partition", load(1)),
        Game("load, chunks of 10,000 rows", load(5, "--chunk-rows", 10_000)),
        Game("plan", plan),
    ]


def play(
    those: Sequence[Game], base: Path, checkout: Path, now: Callable[[], float] = time.monotonic
) -> dict[str, Ratio]:
    """A round that is not counted, then rounds until the time is over. Who begins takes turns."""
    found = {game.name: Ratio([]) for game in those}
    end = now() + SECONDS_MAX
    number = 0
    while number <= ROUNDS_MIN or now() < end:
        for game in those:
            order = (base, checkout) if number % 2 == 0 else (checkout, base)
            rates = {program: game.rate(program) for program in order}
            if number > 0:
                rounds = [*found[game.name].rounds, rates[checkout] / rates[base]]
                found[game.name] = replace(found[game.name], rounds=rounds)
        number += 1
    return found


def guard(lab: Lab, base: Path) -> int:
    """The exit code: 1 if a ratio has fallen."""
    say(f"load average {os.getloadavg()[0]:.1f}; base {base}")
    found = play(games(lab), base, RELEASE / "onceload")
    for name, ratio in found.items():
        print(f"{name:28} {ratio.text()}")
    rounds = len(next(iter(found.values())).rounds)
    print(f"rates of the checkout over the base's, {rounds} rounds of {ROWS:,} rows in turn")
    return int(any(ratio.fell for ratio in found.values()))
