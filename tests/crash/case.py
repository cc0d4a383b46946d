"""One named fault, and what is documented of it: rows of the tables in *_faults.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onceload_runner import DONE

if TYPE_CHECKING:
    from crash.stage import Stage

GROUPS = ("loader", "broker", "network", "disk", "input")
KILLED = -9

Act = Callable[["Stage"], None]


class Unavailable(Exception):
    """This machine cannot make the fault; says why."""


@dataclass(frozen=True)
class Case:
    name: str
    group: str
    fault: str  # a phrase, for a reader of the matrix
    act: Act
    met: tuple[int, ...] = (DONE,)  # documented exit codes of a run that meets the fault
    after: int = DONE  # and of the plain command afterwards
    alone: bool = False  # nothing else may use the cluster meanwhile
    proxied: bool = False  # its loader reaches the brokers through the proxy, of which there is one
    damages: bool = False  # the fault shows what a guard is for: the judge must see lost or doubled

    def __post_init__(self) -> None:
        assert self.group in GROUPS, self
