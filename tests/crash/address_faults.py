"""Brokers get other addresses, all at once; connections that are silent for long are forgotten."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import ClassVar

from crash.answers import FLEXIBLE_METADATA, Reader, brokers
from crash.case import Act, Case
from crash.frames import END_TXN, FIND_COORDINATOR, METADATA, Request, framed
from crash.proxy import LISTENS, Link, Rule, proxy
from crash.stage import Stage

ENTRY, MOVED = LISTENS + 20, LISTENS + 40  # above the brokers' ports: what is given to begin with
WITHIN = 70.0  # seconds: a minute from the fault on, and what the load takes anyway
IDLE = 12.0  # seconds; address translators of clouds wait for 240 and more


def ports_at(request: Request, answer: bytes) -> list[int]:
    """Where the ports of brokers stand in an answer to Metadata or FindCoordinator."""
    if request.api == FIND_COORDINATOR:
        assert request.version < 3, "a format that is not known here"
        reader = Reader(answer, 4, flexible=False)
        if request.version >= 1:
            reader.number("i")  # throttle time
        reader.number("h")
        if request.version >= 1:
            reader.text()
        reader.number("i")
        reader.text()
        return [reader.at]
    flexible = request.version >= FLEXIBLE_METADATA
    return brokers(Reader(answer, 5 if flexible else 4, flexible), request)


class Move(Rule):
    """From the k-th EndTxn on all brokers have other ports; who asks at the entry is told them."""

    listens: ClassVar[tuple[int, ...]] = (ENTRY, LISTENS, MOVED)

    def __init__(self, k: int) -> None:
        self.left = k

    async def request(self, link: Link, request: Request) -> bool:
        self.left -= request.api == END_TXN
        if self.left == 0 and not self.happened:
            self.happened += 1
            self.network.leave(LISTENS)
            return False
        return True

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        if not self.happened or request.api not in (METADATA, FIND_COORDINATOR):
            return True
        changed = bytearray(answer)
        for at in ports_at(request, answer):
            (port,) = struct.unpack_from(">i", changed, at)
            if port > 0:  # -1: there is no coordinator
                struct.pack_into(">i", changed, at, port + MOVED - LISTENS)
        link.to_client.write(framed(bytes(changed)))
        return False


class Forget(Rule):
    """As an address translator: what comes by a connection that was silent for long is dropped."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.last: dict[Link, float] = {}
        self.forgotten: set[Link] = set()

    def passes(self, link: Link) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self.last.setdefault(link, now) > self.seconds and link not in self.forgotten:
            self.forgotten.add(link)
            self.happened += 1
        self.last[link] = now
        return link not in self.forgotten

    async def request(self, link: Link, request: Request) -> bool:
        return self.passes(link)

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        return self.passes(link)


class ForgetAll(Rule):
    """As a firewall whose stand-in takes over at the k-th EndTxn: no connection is known to it."""

    def __init__(self, k: int) -> None:
        self.left = k
        self.forgotten: set[Link] = set()

    async def request(self, link: Link, request: Request) -> bool:
        self.left -= request.api == END_TXN
        if self.left == 0 and not self.happened:
            self.happened += 1
            self.forgotten = set(self.network.links)
        return link not in self.forgotten

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        return link not in self.forgotten


def goes_on(rule_of: Callable[[], Rule], offset: int = LISTENS) -> Act:
    """Within a minute; loading all of it takes some seconds."""

    def act(stage: Stage) -> None:
        stage.rows(20_000)
        stage.port_offset = offset
        rule = rule_of()
        with proxy(rule):
            result = stage.met(stage.begin().wait(150))
            stage.finish()
        assert rule.happened, "the fault was not made"
        assert result.seconds < WITHIN, f"waited: {result}"
        stage.note(f"{result.seconds:.0f} s")

    return act


def silent_for_long(stage: Stage) -> None:
    """A load so slow that connections are silent for longer than they are remembered."""
    rule = Forget(IDLE)
    slow = ("--max-rate", 200, "--chunk-rows", 2_000, "--chunk-ms", 15_000)
    with proxy(rule):
        result = stage.met(stage.begin(*slow, "-X", "connections.max.idle.ms=5000").wait(120))
        stage.finish()
    assert not rule.happened, f"{rule.happened} connections were used too late: {result}"


CASES = [
    Case(
        "net.moved",
        "network",
        "all brokers get other addresses; those given to begin with stay",
        goes_on(lambda: Move(k=4), ENTRY),
        proxied=True,
    ),
    Case(
        "net.forgotten",
        "network",
        "all connections fall silent at once, and stay open",
        goes_on(lambda: ForgetAll(k=4)),
        proxied=True,
    ),
    Case(
        "net.forgotten.idle",
        "network",
        f"connections silent for {IDLE:.0f} s do so; connections.max.idle.ms is below that",
        silent_for_long,
        proxied=True,
    ),
]
