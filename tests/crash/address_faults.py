"""Brokers get other addresses, all at once; connections that are silent for long are forgotten."""

from __future__ import annotations

import asyncio
import struct
from typing import ClassVar

from crash.answers import FLEXIBLE_METADATA, Reader, brokers
from crash.case import Act, Case
from crash.frames import END_TXN, FIND_COORDINATOR, METADATA, Request, framed
from crash.proxy import LISTENS, Link, Rule, proxy
from crash.stage import Stage

ENTRY, MOVED = LISTENS + 20, LISTENS + 40  # above the brokers' ports: what is given to begin with
WITHIN = 60.0  # seconds from the fault to the load's end, at most
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


def moved(stage: Stage) -> None:
    stage.rows(20_000)
    stage.port_offset = ENTRY
    rule = Move(k=4)
    with proxy(rule):
        result = stage.met(stage.begin("--retry-budget", WITHIN).wait(150))
        stage.finish()
    assert rule.happened, "the fault was not made"
    assert result.seconds < WITHIN, f"waited: {result}"


def forgotten(*words: object, happens: bool) -> Act:
    """A load so slow that connections are silent for longer than they are remembered."""

    def act(stage: Stage) -> None:
        rule = Forget(IDLE)
        slow = ("--max-rate", 100, "--chunk-rows", 2_000, "--chunk-ms", 15_000)
        with proxy(rule):
            result = stage.met(stage.begin(*slow, *words).wait(300))
            stage.finish()
        assert bool(rule.happened) == happens, f"{rule.happened} connections forgotten: {result}"
        stage.note(f"{rule.happened} connections forgotten, {result.seconds:.0f} s")

    return act


CASES = [
    Case("net.moved", "network", "all brokers get other addresses", moved, proxied=True),
    Case(
        "net.forgotten",
        "network",
        f"connections silent for {IDLE:.0f} s are dropped without a sign",
        forgotten(happens=True),
        proxied=True,
    ),
    Case(
        "net.forgotten.closed",
        "network",
        "the same, and connections.max.idle.ms is below that",
        forgotten("-X", "connections.max.idle.ms=5000", happens=False),
        proxied=True,
    ),
]
