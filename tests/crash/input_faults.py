"""The input file cannot be read, shrinks, grows, is edited, replaced or gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from onceload_runner import DONE, INPUT

from crash import preload
from crash.case import Act, Case
from crash.stage import Stage

READS_MAX = 60


def unreadable(stage: Stage) -> None:
    """Read n and all after it fail, for each n until a run needs fewer; all in one load."""
    stage.rows(20_000)
    for n in range(1, READS_MAX):
        stage.env = preload.fault("pread", "eio", n, stage.path.name)
        stage.met(stage.begin().wait(), INPUT, DONE)
        if stage.codes[-1] == DONE:
            stage.note(f"{n - 1} runs went wrong before the clean one")
            return
    raise AssertionError(f"after {READS_MAX} runs none was clean")


def after_a_death(change: Callable[[Stage], None]) -> Act:
    """Between two runs; the source is what has been loaded from."""

    def act(stage: Stage) -> None:
        stage.source = stage.directory / "original.csv"
        shutil.copyfile(stage.path, stage.source)
        stage.die("after_commit:4")
        change(stage)

    return act


def with_text(stage: Stage, part: slice) -> None:
    """Other letters in the lines of that part; size and time stay."""
    before = os.stat(stage.path)
    lines = stage.path.read_bytes().splitlines(keepends=True)
    lines[part] = [line.swapcase() for line in lines[part]]
    stage.path.write_bytes(b"".join(lines))
    after = os.stat(stage.path)
    assert before.st_size == after.st_size
    os.utime(stage.path, ns=(before.st_atime_ns, before.st_mtime_ns))


def edited_before(stage: Stage) -> None:
    with_text(stage, slice(100, 101))


def edited_after(stage: Stage) -> None:
    with_text(stage, slice(4900, 4901))
    stage.source = stage.path


def replaced(stage: Stage) -> None:
    """By another file of the same size and time."""
    with_text(stage, slice(1, None))


def truncated_before(stage: Stage) -> None:
    os.truncate(stage.path, 5000)


def appended(stage: Stage) -> None:
    more = stage.clicks(6000).read_bytes().splitlines(keepends=True)[-1000:]
    with stage.path.open("ab") as file:
        file.writelines(more)
    stage.source = stage.path


def gone(stage: Stage) -> None:
    stage.path.unlink()
    stage.met(stage.begin().wait(), INPUT)
    shutil.copyfile(stage.source, stage.path)


def appended_while_loading(stage: Stage) -> None:
    """What is there when the end is reached is loaded; the rest by the next run."""
    run = stage.slow()
    appended(stage)
    stage.met(run.wait())


def truncated_while_loading(stage: Stage) -> None:
    """Behind the place that is being read; later it is whole again."""
    stage.rows(60_000)
    run = stage.slow(rows=60_000)
    whole = stage.path.read_bytes()
    os.truncate(stage.path, len(whole) // 100)
    stage.met(run.wait())
    stage.path.write_bytes(whole)


def replaced_while_loading(stage: Stage) -> None:
    """By rename, as editors do: the run goes on in the file that it has open."""
    run = stage.slow()
    stage.source = stage.directory / "original.csv"
    shutil.copyfile(stage.path, stage.source)
    new = stage.directory / "new.csv"
    new.write_bytes(stage.path.read_bytes().swapcase())
    new.rename(stage.path)
    stage.met(run.wait())
    shutil.copyfile(stage.source, stage.path)


def unlinked_while_loading(stage: Stage) -> None:
    """The file system vanishes: so it looks to a process that has the file open."""
    run = stage.slow()
    whole = stage.path.read_bytes()
    stage.path.unlink()
    stage.met(run.wait())
    stage.path.write_bytes(whole)


def case(name: str, fault: str, act: Act, *met: int, **more) -> Case:
    return Case(name, "input", fault, act, met or (DONE,), **more)


def refusal(name: str, fault: str, change: Callable[[Stage], None]) -> Case:
    return case(name, fault, after_a_death(change), after=INPUT)


CASES = [
    case("input.read.eio", "EIO from read n on, each n", unreadable),
    refusal("input.truncated", "cut within the loaded part", truncated_before),
    refusal("input.edited", "the loaded part is edited, same size and time", edited_before),
    refusal("input.replaced", "another file, same size and time", replaced),
    case("input.edited.later", "edited after the loaded part", after_a_death(edited_after)),
    case("input.appended", "it has grown", after_a_death(appended)),
    case("input.gone", "it is not there, and comes back", after_a_death(gone)),
    case("input.appended.loading", "it grows during the load", appended_while_loading),
    case("input.truncated.loading", "it is cut during the load", truncated_while_loading, INPUT),
    case("input.replaced.loading", "it is replaced during the load", replaced_while_loading),
    case("input.unlinked.loading", "it vanishes during the load", unlinked_while_loading),
]
