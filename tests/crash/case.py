"""One named fault, and what is documented of it: rows of the tables in *_faults.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onceload_runner import DONE

if TYPE_CHECKING:
    from pathlib import Path

    from onceload_runner import Kafka

    from crash.stage import Stage
    from crash.verdict import Verdict

GROUPS = ("loader", "broker", "network", "disk", "input", "habits")
KILLED = -9

Act = Callable[["Stage"], None]
# Plays and judges in a directory of its own; the last is the seed.
Rounds = Callable[["Case", "Kafka", "Path", int], "Verdict"]


class Unavailable(Exception):
    """This machine cannot make the fault; says why."""


@dataclass(frozen=True)
class Case:
    name: str
    group: str
    fault: str  # a phrase, for a reader of the matrix
    act: Act | None = None
    met: tuple[int, ...] = (DONE,)  # documented exit codes of a run that meets the fault
    after: int = DONE  # and of the plain command afterwards
    alone: bool = False  # nothing else may use the cluster meanwhile
    proxied: bool = False  # its loader reaches the brokers through the proxy, of which there is one
    partitions: int = 5
    rounds: Rounds | None = None  # instead of `act`: what needs another stage, and another judge
    damages: bool = False  # the fault shows what a guard is for: the judge must see lost or doubled

    def __post_init__(self) -> None:
        assert self.group in GROUPS and (self.act is None) != (self.rounds is None), self
