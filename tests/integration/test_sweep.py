"""Killed at every named instant of the protocol and of recovery, the load is still exactly once.

The names come from the program (`onceload failpoints`), so a new failpoint is swept unasked.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from onceload_runner import BINARY, DONE, Scene

ROWS, CHUNK_ROWS = 5000, 500
PASSAGES = (1, 2, 3)

# Points in recovery that are passed only if an earlier run died at such an instant, and after what
# has been done to the state then.
KEEP_STATE, DELETE_STATE = False, True
PREPARATION = {
    "after_discard": ("after_intend:2", KEEP_STATE),
    "after_promote": ("after_commit:2", KEEP_STATE),
    "after_adopt": ("after_commit:3", DELETE_STATE),
}


def failpoints() -> list[str]:
    if not BINARY.exists():
        return []
    out = subprocess.run([BINARY, "failpoints"], text=True, capture_output=True, check=True).stdout
    return out.split()


NAMES = failpoints()


def test_the_program_names_its_failpoints(binary: Path) -> None:
    assert NAMES and len(set(NAMES)) == len(NAMES)
    assert set(PREPARATION) <= set(NAMES), "a preparation for a failpoint that is no more"


@pytest.mark.parametrize("passage", PASSAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_death_costs_nothing(
    scene: Scene, clicks: Callable[[int], Path], name: str, passage: int
) -> None:
    path = clicks(ROWS)
    words = ("--key", "user_id", "--chunk-rows", CHUNK_ROWS, "--progress", "none", path)
    if name in PREPARATION:
        failpoint, delete_state = PREPARATION[name]
        scene.crash(failpoint, *words)
        if delete_state:
            for end in ("", "-wal", "-shm"):
                Path(f"{scene.state}{end}").unlink(missing_ok=True)

    died = scene.load(*words, failpoint=f"{name}:{passage}")
    if died.code != DONE or passage == 1:  # later passages may not exist in a load of this size
        assert died.code == -signal.SIGKILL, died
        finished = scene.load(*words)
        assert finished.code == DONE, finished
    scene.assert_exactly_once(path, "user_id")
