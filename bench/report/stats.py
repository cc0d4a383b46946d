"""The report's arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass
class Run:
    """One run of one contestant. `seconds` is what its rate is made of; see `Contestant`."""

    rows: int
    seconds: float
    wall: float  # the whole command, from fork to exit
    cpu: float  # user + system, of the whole process
    rss_mb: float  # its peak
    brokers_cpu: float | None = None  # of all brokers, while a load ran
    extra: dict[str, float] = field(default_factory=dict)  # measured by some contestants only

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


@dataclass
class Spread:
    median: float
    min: float
    max: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def ratio(runs: Sequence[Run], base: Sequence[Run]) -> float:
    """Median of the rounds' ratios of rates: both of a pair had the machine in the same state."""
    return median(run.rate / other.rate for run, other in zip(runs, base, strict=True))


def cpu_per_million(run: Run) -> float:
    return run.cpu / run.rows * 1e6


def brokers_per_million(runs: Sequence[Run]) -> dict[str, float] | None:
    """Seconds of processor time for a million rows; None if one has not been measured."""
    measured = [run.brokers_cpu / run.rows * 1e6 for run in runs if run.brokers_cpu is not None]
    return asdict(spread(measured)) if runs and len(measured) == len(runs) else None


def summary(runs: Sequence[Run], base: Sequence[Run] | None) -> dict[str, Any]:
    """What the report says of a contestant; `runs` and `base` are in the order of rounds."""
    names = sorted({name for run in runs for name in run.extra})
    return {
        "rows_per_second": asdict(spread([run.rate for run in runs])),
        "wall_seconds": asdict(spread([run.wall for run in runs])),
        "cpu_seconds_per_million_rows": asdict(spread([cpu_per_million(run) for run in runs])),
        "brokers_cpu_seconds_per_million_rows": brokers_per_million(runs),
        "peak_mb": max(run.rss_mb for run in runs),
        "of_baseline": ratio(runs, base) if base else None,
        "extra": {name: asdict(spread([run.extra[name] for run in runs])) for name in names},
        "runs": [asdict(run) for run in runs],
    }
