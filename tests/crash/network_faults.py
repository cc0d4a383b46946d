"""The network is slow, breaks, swallows answers, or delivers one late."""

from __future__ import annotations

import asyncio
import random
import struct

from onceload_runner import DONE, KAFKA, USAGE

from crash import preload
from crash.case import Act, Case
from crash.frames import (
    ADD_PARTITIONS,
    END_TXN,
    INIT_PRODUCER_ID,
    METADATA,
    PRODUCE,
    Request,
    framed,
)
from crash.proxy import Link, Rule, proxy
from crash.stage import LONG_CHUNKS, Stage

# A lost answer is noticed by time-out only after this; the default would be a minute.
IMPATIENT = (
    *("-X", "transaction.timeout.ms=9000"),
    *("-X", "socket.timeout.ms=3000"),
    *("--chunk-ms", 2000),
)
UNGUARDED = {"ONCELOAD_WITHOUT_ENDTXN_GUARD": "1"}
APIS = {
    "init": INIT_PRODUCER_ID,
    "add_partitions": ADD_PARTITIONS,
    "produce": PRODUCE,
    "end_txn": END_TXN,
}


class Latency(Rule):
    def __init__(self, least: float, most: float, chance: random.Random) -> None:
        self.least, self.most, self.chance = least, most, chance

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        self.happened += 1
        await asyncio.sleep(self.chance.uniform(self.least, self.most))
        return True


class CutAfterBytes(Rule):
    """The first connections break after so many bytes from the client, the others do not."""

    def __init__(self, bytes_: int, cuts: int) -> None:
        self.left, self.bytes, self.cuts = bytes_, bytes_, cuts

    async def request(self, link: Link, request: Request) -> bool:
        self.left -= len(request.bytes)
        if self.left > 0 or self.happened >= self.cuts:
            return True
        self.happened += 1
        self.left = self.bytes
        half = framed(request.bytes)[: len(request.bytes) // 2]
        link.to_broker.write(half)  # torn on its way
        await link.to_broker.drain()
        link.cut()
        return False


class Swallow(Rule):
    """The k-th answer to one kind of request is lost, with the connection or without a sign."""

    def __init__(self, api: int, k: int, cuts: bool) -> None:
        self.api, self.left, self.cuts = api, k, cuts

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        if request.api != self.api:
            return True
        self.left -= 1
        if self.left != 0:
            return True
        self.happened += 1
        if self.cuts:
            link.cut()
        return False


class HalfOpen(Rule):
    """From the k-th request of a kind on its connection is silent both ways, and stays open."""

    def __init__(self, api: int, k: int) -> None:
        self.api, self.left = api, k
        self.silent: Link | None = None

    async def request(self, link: Link, request: Request) -> bool:
        if request.api == self.api:
            self.left -= 1
            if self.left == 0:
                self.silent = link
                self.happened += 1
        return link is not self.silent

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        return link is not self.silent


class Unreachable(Rule):
    """From the k-th EndTxn on, whoever asks for the coordinator finds nobody, for some seconds."""

    def __init__(self, k: int, seconds: float) -> None:
        self.left, self.seconds, self.until = k, seconds, 0.0

    async def request(self, link: Link, request: Request) -> bool:
        now = asyncio.get_running_loop().time()
        if request.api == END_TXN:
            self.left -= 1
            if self.left == 0:
                self.happened += 1
                self.until = now + self.seconds
        if now < self.until and request.api in (END_TXN, ADD_PARTITIONS, INIT_PRODUCER_ID):
            link.cut()
            return False
        return True


class Forgetful(Rule):
    """For a second after Init, brokers do not know the topic: as one that has just started."""

    UNKNOWN_TOPIC = struct.pack(">h", 3)

    def __init__(self, topic: str, seconds: float) -> None:
        self.topic, self.seconds = topic.encode(), seconds
        self.inits, self.until = 0, 0.0

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        now = asyncio.get_running_loop().time()
        self.inits += request.api == INIT_PRODUCER_ID
        at = answer.find(self.topic) - 3  # an error code and, in one byte, the name's size
        if request.api != METADATA or self.inits < 2 or at < 0:
            return True
        self.until = self.until or now + self.seconds
        if now < self.until:
            self.happened += 1
            changed = answer[:at] + self.UNKNOWN_TOPIC + answer[at + 2 :]
            link.to_client.write(framed(changed))
            return False
        return True


class Ghost(Rule):
    """One EndTxn is late: it arrives when the same producer's next transaction is open.

    The client's connection breaks while the request is under way, so the client sends it again, has
    its answer, and goes on. The first copy is kept until the next transaction of that transactional
    id has rows, and is then delivered on the connection it came by. `abort`: as a request to abort
    would be; onceload asks for one only when it gives up, so the kept request is turned into one.
    """

    def __init__(self, k: int, abort: bool) -> None:
        self.left, self.abort = k, abort
        self.ghost: tuple[Link, Request] | None = None
        self.again = False  # the client has sent it again, and has been answered
        self.delivered = asyncio.Event()
        self.delivering = False
        self.first_rows: Request | None = None
        self.error: int | None = None  # what the broker says to the ghost

    def is_ours(self, request: Request) -> bool:
        return request.transactional_id().endswith(b"-a")

    async def request(self, link: Link, request: Request) -> bool:
        if not self.is_ours(request):
            return True
        if self.ghost is None:
            return not self.kept(link, request)
        if self.again and not self.delivered.is_set():
            if self.abort and request.api == ADD_PARTITIONS and b"progress" in request.bytes:
                await self.deliver()
            if not self.abort and request.api == PRODUCE:
                if self.first_rows is None:
                    self.first_rows = request
                else:
                    await self.delivered.wait()
        return True

    def kept(self, link: Link, request: Request) -> bool:
        if request.api != END_TXN:
            return False
        self.left -= 1
        if self.left != 0:
            return False
        self.ghost = (link, request)
        link.kept = True
        link.cut_client()
        return True

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        if self.ghost and request.api in (END_TXN, INIT_PRODUCER_ID) and self.is_ours(request):
            self.again = True
        if request is self.first_rows:
            await self.deliver()
        return True

    async def deliver(self) -> None:
        if self.delivering:
            await self.delivered.wait()
            return
        self.delivering = True
        link, request = self.ghost
        late = request.turned_into_abort() if self.abort else request
        link.waiting.pop(request.correlation, None)
        link.late = asyncio.get_running_loop().create_future()
        link.to_broker.write(framed(late.bytes))
        answer = await link.late
        self.error = struct.unpack_from(">h", answer, 4 + 4)[0]  # after the throttle time
        self.happened += 1
        self.delivered.set()


class GhostOfAnEarlierRun(Ghost):
    """The abort that a run asks for when it gives up is late: the next run has a transaction."""

    def __init__(self) -> None:
        super().__init__(1, abort=False)  # delivered as it is

    def is_ours(self, request: Request) -> bool:
        id_ = request.transactional_id()
        return id_ == self.ghost[1].transactional_id() if self.ghost else bool(id_)

    def kept(self, link: Link, request: Request) -> bool:
        return request.api == END_TXN and not request.commits() and super().kept(link, request)


def through(make_rule, *words: object, rows: int | None = None) -> Act:
    def act(stage: Stage) -> None:
        if rows:
            stage.rows(rows)
        rule = make_rule(stage)
        with proxy(rule):
            stage.met(stage.begin(*words).wait(150))
            stage.finish()
        assert rule.happened, "the fault was not made"

    return act


def haunted(abort: bool, guarded: bool) -> Act:
    def act(stage: Stage) -> None:
        rule = Ghost(2, abort)
        stage.env = {} if guarded else dict(UNGUARDED)
        with proxy(rule):
            result = stage.met(stage.begin().wait(150))
            stage.finish()
        assert rule.happened, f"the ghost was not delivered: {result}"
        stage.note(f"the coordinator answered the late request with error {rule.error}")

    return act


def haunted_by_an_earlier_run(stage: Stage) -> None:
    rule = GhostOfAnEarlierRun()
    stage.rows(20_000)
    stage.env = preload.fault("pwrite", "eio", 120, "state.db-wal")
    with proxy(rule):
        stage.met(stage.begin().wait())
        stage.finish()
    assert rule.happened, f"no abort came late: {stage.codes}, {rule.ghost}, {rule.again}"
    stage.note(f"the coordinator answered the late request with error {rule.error}")


def case(name: str, fault: str, act: Act, *met: int, **more) -> Case:
    return Case(name, "network", fault, act, met or (DONE,), proxied=True, **more)


CASES = [
    case(
        "net.latency",
        "each answer takes 5 to 50 ms more",
        through(lambda stage: Latency(0.005, 0.05, stage.chance)),
    ),
    case(
        "net.latency.high",
        "each answer takes 200 to 600 ms more",
        through(lambda stage: Latency(0.2, 0.6, stage.chance)),
    ),
    *(
        case(
            f"net.cut.{size}",
            f"ten connections break, each after {size} bytes, within a request",
            through(lambda stage, size=size: CutAfterBytes(size, 10)),
        )
        for size in (100, 1000, 10_000, 50_000)
    ),
    case(
        "net.cut.ahead",
        "ten connections break within a request that another one follows",
        through(lambda stage: CutAfterBytes(1_000_000, 10), *LONG_CHUNKS, rows=400_000),
        partitions=1,
    ),
    case(
        "net.lost.produce.ahead",
        "answers to produce are lost with their connection, and another request follows",
        through(lambda stage: Swallow(PRODUCE, 5, cuts=True), *LONG_CHUNKS, rows=400_000),
        partitions=1,
    ),
    *(
        case(
            f"net.lost.{name}.{k}",
            f"answer {k} to {name} is lost with its connection",
            through(lambda stage, api=api, k=k: Swallow(api, k, cuts=True)),
        )
        for name, api in APIS.items()
        for k in ((1, 2) if name == "init" else (1, 2, 7))
    ),
    *(
        case(
            f"net.silent.{name}",
            f"answer 2 to {name} is lost, the connection stays",
            through(lambda stage, api=api: Swallow(api, 2, cuts=False), *IMPATIENT),
        )
        for name, api in APIS.items()
    ),
    *(
        case(
            f"net.half_open.{name}",
            f"a connection falls silent at request 2 of {name}",
            through(lambda stage, api=api: HalfOpen(api, 2), *IMPATIENT),
        )
        for name, api in APIS.items()
    ),
    case(
        "net.no_coordinator",
        "the coordinator cannot be reached for 5 s",
        through(lambda stage: Unreachable(4, 5)),
    ),
    case(
        "net.no_coordinator.budget",
        "nor within --retry-budget",
        through(lambda stage: Unreachable(4, 15), "--retry-budget", 3),
        KAFKA,
    ),
    case(
        "net.unknown_topic",
        "brokers do not know the topic for a second",
        through(lambda stage: Forgetful(stage.topic, 1)),
    ),
    case(
        "net.ghost_commit",
        "a commit request is late: it arrives in the next transaction",
        haunted(abort=False, guarded=True),
    ),
    case(
        "net.ghost_abort",
        "a commit request is late and has become an abort",
        haunted(abort=True, guarded=True),
    ),
    case(
        "net.ghost_abort.earlier",
        "the abort of a run that gave up is late",
        haunted_by_an_earlier_run,
        USAGE,
    ),
    case(
        "net.ghost_commit.unguarded",
        "a commit request is late, and the EndTxn guard is out",
        haunted(abort=False, guarded=False),
        damages=True,
    ),
    case(
        "net.ghost_abort.unguarded",
        "the same, and the EndTxn guard is out",
        haunted(abort=True, guarded=False),
        damages=True,
    ),
]
