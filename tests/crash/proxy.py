"""A network of the test's own between the loader and the brokers.

Brokers tell clients on their listener PROXIED the address of this proxy, see scripts/cluster. A
rule looks at each request and answer, and may hold, drop or repeat it, or cut the connection.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from onceload_runner import addresses

from crash.frames import Request, framed

LISTENS, FORWARDS = 500, 400  # above the brokers' ports, see scripts/cluster


class Link:
    """One connection of the loader to one broker."""

    def __init__(self, client, broker, offset: int) -> None:
        self.offset = offset  # of the address by which the client came
        self.from_client, self.to_client = client
        self.from_broker, self.to_broker = broker
        self.waiting: dict[int, Request] = {}  # for an answer, by correlation id
        self.kept = False  # the broker's side stays open when the client's is cut
        self.late: asyncio.Future[bytes] | None = None  # the answer to a request that was kept

    def cut_client(self) -> None:
        self.to_client.transport.abort()

    def cut(self) -> None:
        self.cut_client()
        if not self.kept:
            self.to_broker.transport.abort()


class Rule:
    """Lets everything through."""

    happened = 0  # times that the fault was made; a case in which it never was has failed
    listens: ClassVar[tuple[int, ...]] = (LISTENS,)  # above the brokers' ports
    network: Proxy  # that plays by it

    async def request(self, link: Link, request: Request) -> bool:
        """May it go on to the broker?"""
        return True

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        """May it go on to the client?"""
        return True


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


class Proxy:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        rule.network = self
        self.servers: dict[int, list[asyncio.Server]] = {}  # by offset
        self.links: set[Link] = set()
        self.broken: list[BaseException] = []  # a rule that cannot go on: a fault of the test's
        self.tasks: set[asyncio.Task] = set()

    async def serve(self, host: str, port: int, target: int, offset: int) -> asyncio.Server:
        async def connected(reader, writer) -> None:
            try:
                broker = await asyncio.open_connection(host, target)
            except OSError:
                writer.transport.abort()
                return
            link = Link((reader, writer), broker, offset)
            self.links.add(link)
            ways = (self.requests(link), self.answers(link))
            for task in map(asyncio.create_task, ways):
                self.tasks.add(task)
                task.add_done_callback(self.ended)

        return await asyncio.start_server(connected, host, port)

    def ended(self, task: asyncio.Task) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.broken.append(error)

    async def requests(self, link: Link) -> None:
        try:
            while True:
                request = Request(await read_frame(link.from_client))
                link.waiting[request.correlation] = request
                if await self.rule.request(link, request):
                    link.to_broker.write(framed(request.bytes))
                    await link.to_broker.drain()
        except (OSError, asyncio.IncompleteReadError):
            link.cut()

    async def answers(self, link: Link) -> None:
        try:
            while True:
                answer = await read_frame(link.from_broker)
                if link.late:
                    link.late.set_result(answer)
                    return
                request = link.waiting.pop(struct.unpack_from(">i", answer)[0], None)
                if link.kept:
                    continue  # of what was asked before; the client is gone
                if request is None or await self.rule.answer(link, request, answer):
                    link.to_client.write(framed(answer))
                    await link.to_client.drain()
        except (OSError, asyncio.IncompleteReadError):
            link.cut()

    def leave(self, offset: int) -> None:
        """Nobody is there any more, and every connection is cut."""
        for server in self.servers.pop(offset):
            server.close()
        for link in list(self.links):
            link.cut()

    async def run(self, ready: threading.Event, stop: asyncio.Event) -> None:
        forwards = addresses(FORWARDS).split(",")
        for offset in self.rule.listens:
            servers = self.servers.setdefault(offset, [])
            for listen, forward in zip(addresses(offset).split(","), forwards, strict=True):
                host, port = listen.split(":")
                target = int(forward.split(":")[1])
                servers.append(await self.serve(host, int(port), target, offset))
        ready.set()
        await stop.wait()
        for server in (server for servers in self.servers.values() for server in servers):
            server.close()
        for link in self.links:
            link.kept = False
            link.cut()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@contextmanager
def proxy(rule: Rule) -> Iterator[Proxy]:
    """A thread with an event loop; all calls of the rule are made there."""
    loop = asyncio.new_event_loop()
    stop, ready = asyncio.Event(), threading.Event()
    made = Proxy(rule)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            loop.run_until_complete(made.run(ready, stop))
        except BaseException as error:  # told to the thread that waits
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=work, name="proxy")
    thread.start()
    try:
        assert ready.wait(10) and not failed, failed
        yield made
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
    assert not made.broken, made.broken
