"""The loader is killed, stopped, starved, doubled, or misled about the time."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Sequence

from onceload_runner import DONE, HELD, KAFKA, STOPPED, USAGE, Result, wait_until

from crash import preload
from crash.case import KILLED, Act, Case
from crash.stage import LONG_CHUNKS, Stage

# Passed once for each chunk, and once in each run: `onceload failpoints --table` has their meaning.
IN_A_CHUNK = (
    "after_begin mid_send after_send after_previous after_mark after_intend in_commit after_commit"
).split()
IN_A_RUN = (
    "after_lock after_migration after_preflight after_init after_read after_begin_run after_claim"
    " after_confirm after_seal after_complete"
).split()
PASSAGES = (1, 2, 9)
# Passed only if an earlier run died there; True: and its state file is gone.
AFTER = {
    "after_discard": ("after_intend:2", False),
    "after_promote": ("after_commit:2", False),
    "after_adopt": ("after_commit:3", True),
}
DEPTH = 3

SHORT_TRANSACTIONS = ("-X", "transaction.timeout.ms=6000", "--chunk-ms", 2000)


def remove_state(stage: Stage) -> None:
    for end in ("", "-wal", "-shm"):
        stage.state.with_name(stage.state.name + end).unlink(missing_ok=True)


def load_at(stage: Stage, failpoint: str | None) -> Result:
    return stage.load(*stage.words, stage.path, failpoint=failpoint)


def killed_at(point: str) -> Act:
    return lambda stage: stage.met(load_at(stage, point)) and None


def killed_after(point: str) -> Act:
    """At an instant of recovery that only exists after an earlier death."""

    def act(stage: Stage) -> None:
        earlier, stateless = AFTER[point]
        stage.die(earlier)
        if stateless:
            remove_state(stage)
        stage.met(load_at(stage, f"{point}:1"))

    return act


def killed_again(point: str) -> Act:
    """In each of the recoveries that follow a death, to DEPTH of them."""

    def act(stage: Stage) -> None:
        stage.die("in_commit:4")
        for _ in range(DEPTH):
            stage.met(load_at(stage, f"{point}:1"))

    return act


def killed_at_random(
    kills: int, *words: object, rows: int = 20_000, seed: int | None = None
) -> Act:
    """A run lives for a random part of what a whole load takes, from its first instant on."""

    def act(stage: Stage) -> None:
        chance = stage.chance if seed is None else random.Random(seed)
        stage.rows(rows)
        whole = 4.0  # seconds; about, for a load of so many rows in chunks of 500
        for _ in range(kills):
            run = stage.begin(*words)
            end = time.monotonic() + chance.uniform(0, whole)
            while run.alive() and time.monotonic() < end:
                time.sleep(0.002)
            if run.alive():
                run.signal(signal.SIGKILL)
            stage.met(run.wait(), KILLED, DONE)
            if stage.codes[-1] == DONE:
                break

    return act


def signalled(*numbers: signal.Signals) -> Act:
    """Stopped in between, so that all are there when it looks."""

    def act(stage: Stage) -> None:
        run = stage.slow()
        for number in (signal.SIGSTOP, *numbers, signal.SIGCONT):
            run.signal(number)
        stage.met(run.wait(30))

    return act


def in_shell(text: str) -> Act:
    def act(stage: Stage) -> None:
        run = stage.begin("--json", "--progress", "plain", prefix=["bash", "-c", text, "bash"])
        stage.met(run.wait())

    return act


def stopped_past_the_time_out(stage: Stage) -> None:
    """The coordinator has aborted its transaction meanwhile; nobody has taken the load over."""
    run = stage.slow(*SHORT_TRANSACTIONS)
    run.signal(signal.SIGSTOP)
    # In the place of a look at the transaction, which may be open or not at this instant: longer
    # than its time-out and the coordinator's sweep, every ten seconds.
    time.sleep(6 + 10 + 1)
    run.signal(signal.SIGCONT)
    stage.mark()
    stage.met(run.wait())


def superseded(stage: Stage) -> None:
    """A zombie: it sleeps while another finishes the load, and wakes up."""
    run = stage.slow()
    run.signal(signal.SIGSTOP)
    stage.mark()
    second = stage.begin(state=stage.directory / "other.db").wait()
    assert second.code == DONE, second
    ends = stage.kafka.ends(stage.topic)
    run.signal(signal.SIGCONT)
    stage.met(run.wait(60))
    assert stage.kafka.ends(stage.topic) == ends, "the zombie has written"


def second_of_one_state(stage: Stage) -> None:
    run = stage.slow()
    run.signal(signal.SIGSTOP)  # it cannot finish before the second one has looked
    stage.met(stage.begin().wait())
    run.signal(signal.SIGCONT)
    assert run.wait().code == DONE


def several_at_once(count: int) -> Act:
    """On as many machines: each has a state file of its own."""

    def act(stage: Stage) -> None:
        stage.rows(10_000)
        runs = [stage.begin(state=stage.directory / f"{n}.db") for n in range(count)]
        for run in runs:
            stage.met(run.wait())

    return act


def started_while_loading(stage: Stage) -> None:
    """The newer one wins, wherever the older one is."""
    run = stage.slow(rows=50_000)
    stage.mark()
    newer = stage.begin(state=stage.directory / "other.db").wait()
    assert newer.code == DONE, newer
    stage.met(run.wait(60))


def limited(*limits: str) -> Act:
    """From so little that nothing works to what is enough."""

    def act(stage: Stage) -> None:
        for limit in limits:
            prefix = ["prlimit", limit, "--core=0"]
            stage.met(stage.begin("--retry-budget", 2, prefix=prefix).wait())

    return act


def limited_threads(*limits: int, addresses: Sequence[str] = ()) -> Act:
    """`addresses` come on top of the brokers' own: each client has a thread for each."""

    def act(stage: Stage) -> None:
        more = [word for address in addresses for word in ("-b", address)]
        for limit in limits:
            stage.env = preload.threads(limit)
            stage.met(stage.begin(*more).wait())

    return act


def clock_jumps(by: int) -> Act:
    """The wall clock, in the midst of the load."""

    def act(stage: Stage) -> None:
        stage.env = preload.clock(by)
        stage.met(load_at(stage, "after_commit:6"))
        stage.env = preload.clock(-by)
        stage.met(load_at(stage, None))

    return act


def orphaned(stage: Stage) -> None:
    """SIGKILL while a transaction is open: no reader waits longer than for the next start."""
    run = stage.slow()
    run.signal(signal.SIGKILL)
    stage.met(run.wait())
    stage.mark()
    assert stage.begin().wait().code == DONE
    wait_until(
        lambda: (
            stage.kafka.ends(stage.topic) == stage.kafka.ends(stage.topic, "read_committed")
        ),
        "nothing is left open",
    )


def case(name: str, fault: str, act: Act, *met: int, **more) -> Case:
    return Case(name, "loader", fault, act, met or (DONE,), **more)


BY_FAILPOINT = [
    case(f"kill.{point}.{n}", f"SIGKILL at {point}, passage {n}", killed_at(f"{point}:{n}"), KILLED)
    for point in IN_A_CHUNK
    for n in PASSAGES
] + [
    case(f"kill.{point}", f"SIGKILL at {point}", killed_at(f"{point}:1"), KILLED)
    for point in IN_A_RUN
]

IN_RECOVERY = [
    case(f"kill.{point}", f"SIGKILL in recovery, at {point}", killed_after(point), KILLED)
    for point in AFTER
] + [
    case(
        f"kill.{point}.again",
        f"SIGKILL in the commit, then at {point} in {DEPTH} recoveries",
        killed_again(point),
        KILLED,
    )
    for point in ("after_init", "after_read", "after_begin_run", "after_claim")
]

SIGNALS = [
    case("signal.term", "SIGTERM", signalled(signal.SIGTERM), STOPPED),
    case("signal.int", "SIGINT", signalled(signal.SIGINT), STOPPED),
    case("signal.hup", "SIGHUP", signalled(signal.SIGHUP), STOPPED),
    case(
        "signal.twice",
        "SIGINT and SIGTERM at once",
        signalled(signal.SIGINT, signal.SIGTERM),
        STOPPED,
        -signal.SIGTERM,
        -signal.SIGINT,
    ),
    case("signal.kill", "SIGKILL with a transaction open", orphaned, KILLED),
    case("kill.random", "ten SIGKILLs at random instants", killed_at_random(10), KILLED, DONE),
    case(
        "kill.random.ahead",
        "ten SIGKILLs at random instants, one partition and long chunks",
        killed_at_random(10, *LONG_CHUNKS, rows=800_000),
        KILLED,
        DONE,
        partitions=1,
    ),
]

OTHERS = [
    case("stdout.closed", "stdout is closed", in_shell('exec "$@" >&-'), USAGE),
    case("stdout.gone", "the reader of stdout has gone", in_shell('"$@" | true; true'), DONE),
    case("stderr.closed", "stderr is closed", in_shell('exec "$@" 2>&-'), DONE),
    case(
        "stderr.gone",
        "the reader of stderr has gone",
        in_shell('exec "$@" 2> >(exec true)'),
        DONE,
        -signal.SIGPIPE,
    ),
    case("zombie.alone", "SIGSTOP past transaction.timeout.ms", stopped_past_the_time_out, DONE),
    case("zombie.superseded", "SIGSTOP while another machine finishes", superseded, HELD),
    case("two.one_state", "a second loader with the same state file", second_of_one_state, HELD),
    case("two.at_once", "two loaders at once, two machines", several_at_once(2), DONE, HELD),
    case("three.at_once", "three loaders at once, three machines", several_at_once(3), DONE, HELD),
    case("two.newer", "a loader starts on another machine", started_while_loading, HELD),
    case(
        "limit.memory",
        "RLIMIT_AS from 60 MB to 2.1 GB",
        limited(*(f"--as={n}000000" for n in (60, 120, 200, 300, 400, 600, 900, 1200, 2100))),
        USAGE,
    ),
    case("limit.memory.enough", "RLIMIT_AS of 2.2 GB", limited("--as=2200000000"), DONE),
    case("limit.threads", "a limit of 0 to 31 threads", limited_threads(0, 1, 7, 31), USAGE),
    case(
        "limit.threads.brokers",
        "a limit of 60 to 130 threads, ten brokers",
        limited_threads(60, 100, 130, addresses=[f"127.0.0.1:{port}" for port in range(1, 8)]),
        USAGE,
    ),
    case(
        "limit.files",
        "RLIMIT_NOFILE from 4 to 64",
        limited(*(f"--nofile={n}" for n in (4, 6, 8, 12, 16, 20, 24, 32, 40, 64))),
        *(DONE, USAGE, KAFKA, 3, 127),
    ),
    case("clock.forward", "the wall clock jumps by an hour", clock_jumps(3600), KILLED, DONE),
    case("clock.back", "the wall clock jumps back by an hour", clock_jumps(-3600), KILLED, DONE),
]

CASES = [*BY_FAILPOINT, *IN_RECOVERY, *SIGNALS, *OTHERS]
