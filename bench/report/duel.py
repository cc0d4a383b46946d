"""onceload beside Flink, in turn on one cluster: rates, then deaths."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from .contest import KEY, Contestant, Measure, Section, hold, reason
from .deaths import deaths
from .flink import FLINK_LIBS, Cluster
from .lab import Failed, Unavailable, say
from .loads import Loads

TITLE = "Beside Flink"
NOTE = """\
One JobManager and one TaskManager, which stay for all rounds, a job with one task for each load;
one checkpoint a second. Flink's rate is from the first record's time stamp until the job is
finished, onceload's from its first row to its last commit. Flink's processor time and memory are of
both its processes, whose start does not count."""


def rates(loads: Loads, cluster: Cluster) -> Section:
    def flink(mode: str) -> Measure:
        return lambda rows: cluster.run(rows, mode)

    return Section(
        "flink",
        TITLE,
        NOTE,
        [
            Contestant("onceload", "default chunk", loads.onceload(*KEY)),
            Contestant("flink", "the producer's own settings, lz4", flink("defaults")),
            Contestant("flink-tuned", "256 KiB batches, linger 20 ms, lz4", flink("tuned")),
        ],
    )


def versions() -> str:
    names = sorted(path.stem for path in FLINK_LIBS.glob("*.jar"))
    wanted = ("flink-dist-", "flink-connector-kafka-", "kafka-clients-")
    return ", ".join(name for name in names if name.startswith(wanted))


def duel(loads: Loads, rows: int, rounds: int) -> Iterator[dict[str, Any]]:
    """The section of the report, again and again with more in it."""
    section: dict[str, Any] = {"load_average": os.getloadavg()[0], "versions": versions()}
    try:
        with contextlib.closing(Cluster(loads.lab)) as cluster:
            section |= hold(rates(loads, cluster), rows, rounds)
            yield section
            for part in deaths(loads.lab, cluster, rows, rounds):
                section |= part
                yield section
    except (Failed, Unavailable) as error:
        say(f"{TITLE}: left out: {error}")
        yield {**section, "left_out": reason(error)}
