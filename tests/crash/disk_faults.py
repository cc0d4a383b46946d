"""The state file's disk fails, fills up, loses power; the file is damaged, old, locked or gone."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from onceload_runner import DONE, USAGE

from crash import preload
from crash.case import KILLED, Act, Case
from crash.stage import Stage

STATE = ("state.db", "state.db-wal", "state.db-journal")
SWEEP_MAX = 200  # passages; a load of this size makes fewer such calls
ROWS = 10_000


def files(stage: Stage) -> list[Path]:
    return [stage.directory / f"state.db{end}" for end in ("", "-wal", "-shm")]


def lose_power(stage: Stage) -> None:
    """What is left of each file is what was last synced."""
    for path in files(stage):
        path.unlink(missing_ok=True)
        synced = path.with_name(path.name + ".synced")
        if synced.exists():
            shutil.copyfile(synced, path)


def swept(call: str, kind: str, names: tuple[str, ...] = STATE, step: int = 1) -> Act:
    """The n-th call goes wrong, for each n, until a run makes fewer; all in one load."""

    def act(stage: Stage) -> None:
        stage.rows(ROWS)
        for n in range(1, SWEEP_MAX, step):
            stage.env = preload.fault(call, kind, n, *names)
            result = stage.met(stage.begin().wait())
            if kind in ("cut", "lost"):
                lose_power(stage)
            if result.code == DONE:
                stage.note(f"{n - 1} runs went wrong before the clean one")
                return
        raise AssertionError(f"after {SWEEP_MAX} runs none was clean")

    return act


def power_cut_after_lost_syncs(stage: Stage) -> None:
    """The disk says that the n-th fsync worked, and each one after it; then power fails."""
    for n in range(1, 7):
        stage.env = preload.fault("fsync", "lost", n, *STATE)
        stage.met(stage.load(*stage.words, stage.path, failpoint="after_commit:3"))
        lose_power(stage)
        if stage.codes[-1] == DONE:
            return


def after_a_death(damage: Callable[[Stage], None], refused: bool = False) -> Act:
    """Damages the state between two runs; if refused, it is moved away as the advice says."""

    def act(stage: Stage) -> None:
        stage.die("after_commit:4")
        stage.die("after_intend:2")
        damage(stage)
        if refused:
            stage.met(stage.begin().wait())
            gone(stage)

    return act


def flip(at: int, count: int = 64) -> Callable[[Stage], None]:
    """Turns bits of the database, whose log is written back first."""

    def damage(stage: Stage) -> None:
        with sqlite3.connect(stage.state) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        content = bytearray(stage.state.read_bytes())
        for i in range(at, min(at + count, len(content))):
            content[i] ^= 0xFF
        stage.state.write_bytes(content)

    return damage


def flip_log(stage: Stage) -> None:
    log = files(stage)[1]
    content = bytearray(log.read_bytes())
    for i in range(len(content) // 2, len(content) // 2 + 64):
        content[i] ^= 0xFF
    log.write_bytes(content)


def cut_half(stage: Stage) -> None:
    flip(0, 0)(stage)
    content = stage.state.read_bytes()
    stage.state.write_bytes(content[: len(content) // 2])


def emptied(stage: Stage) -> None:
    for path in files(stage)[1:]:
        path.unlink(missing_ok=True)
    stage.state.write_bytes(b"")


def without_log(stage: Stage) -> None:
    for path in files(stage)[1:]:
        path.unlink(missing_ok=True)


def gone(stage: Stage) -> None:
    for path in files(stage):
        path.unlink(missing_ok=True)


def older_copy(stage: Stage) -> None:
    stage.die("after_commit:3")
    backup = stage.directory / "backup"
    backup.mkdir()
    for path in files(stage):
        if path.exists():
            shutil.copy2(path, backup)
    stage.die("after_commit:4")
    gone(stage)
    for path in backup.iterdir():
        shutil.copy2(path, stage.directory)


def locked(stage: Stage) -> None:
    """By another program, for longer than the loader waits."""
    stage.die("after_commit:4")
    database = sqlite3.connect(stage.state, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    stage.met(stage.begin().wait())
    database.execute("ROLLBACK")
    database.close()


def locked_for_a_moment(stage: Stage) -> None:
    run = stage.slow()
    database = sqlite3.connect(stage.state, isolation_level=None, timeout=30)
    database.execute("BEGIN IMMEDIATE")
    rows = stage.watcher.rows()
    stage.wait_for_rows(rows, run)
    database.execute("ROLLBACK")
    database.close()
    stage.met(run.wait())


def gone_while_loading(stage: Stage) -> None:
    run = stage.slow()
    gone(stage)
    stage.met(run.wait())


def read_only(stage: Stage) -> None:
    stage.die("after_commit:4")
    stage.env = preload.fault("open", "erofs", 1, *STATE, "state.db-shm")
    stage.met(stage.begin().wait())


def limited_in_size(stage: Stage) -> None:
    """From nothing to enough. It would hold for the log of the run, too: that goes by a pipe."""
    ignoring = ["env", "--ignore-signal=XFSZ"]  # so that a write fails with EFBIG
    for size in (0, 4096, 20_000, 60_000, 100_000, 200_000):
        prefix = [*ignoring, "prlimit", f"--fsize={size}"]
        shell = ["bash", "-c", '"$@" 2> >(cat >&2); code=$?; wait; exit $code', "bash"]
        stage.met(stage.begin(prefix=[*shell, *prefix]).wait())


def case(name: str, fault: str, act: Act, *met: int, **more) -> Case:
    return Case(name, "disk", fault, act, met or (DONE,), **more)


CALLS = [
    case("disk.write.eio", "EIO from write n on, each n", swept("pwrite", "eio"), USAGE, DONE),
    case("disk.write.enospc", "no space from write n", swept("pwrite", "enospc"), USAGE, DONE),
    case("disk.write.short", "write n is cut in half", swept("pwrite", "short"), USAGE, DONE),
    case("disk.sync.eio", "EIO from fsync n on", swept("fsync", "eio"), USAGE, DONE),
    case("disk.sync.enospc", "no space from fsync n on", swept("fsync", "enospc"), USAGE, DONE),
    case("disk.read.eio", "EIO from read n on", swept("pread", "eio"), USAGE, DONE),
    case("disk.open.eio", "open n fails", swept("open", "eio"), USAGE, DONE),
    case("disk.power.write", "power fails before write n", swept("pwrite", "cut"), KILLED, DONE),
    case("disk.power.sync", "power fails before fsync n", swept("fsync", "cut"), KILLED, DONE),
    case(
        "disk.power.lost",
        "power fails after lost fsyncs, from the n-th on",
        power_cut_after_lost_syncs,
        *(KILLED, DONE),
    ),
    case("disk.read_only", "the state file is read-only", read_only, USAGE),
    case("disk.size", "RLIMIT_FSIZE from 0 to 200 kB", limited_in_size, USAGE, DONE),
]

def refusal(name: str, fault: str, damage: Callable[[Stage], None]) -> Case:
    return case(name, fault, after_a_death(damage, refused=True), USAGE)


STATES = [
    refusal("state.header", "the state file's header is damaged", flip(0)),
    refusal("state.schema", "its schema is damaged", flip(100, 3900)),
    refusal("state.page", "a page in the middle is damaged", flip(8192, 4096)),
    refusal("state.halved", "half of it is missing", cut_half),
    case("state.emptied", "it is empty", after_a_death(emptied)),
    case("state.log", "bits of its log are turned", after_a_death(flip_log)),
    case("state.no_log", "its log is deleted", after_a_death(without_log)),
    case("state.deleted", "it is deleted", after_a_death(gone)),
    case("state.deleted.loading", "it is deleted during the load", gone_while_loading, DONE, USAGE),
    case("state.older", "an older copy takes its place", older_copy),
    case("state.locked", "another program holds its lock", locked, USAGE),
    case("state.locked.moment", "another program locks it for a moment", locked_for_a_moment),
]

CASES = [*CALLS, *STATES]
