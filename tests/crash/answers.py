"""A broker's answer to one request turned into an error, as much as its format must be known."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from crash.frames import CREATE_TOPICS, METADATA, PRODUCE, Request, framed
from crash.proxy import Link, Rule


class Reader:
    """Walks through an answer; `at` is where it stands."""

    def __init__(self, answer: bytes, at: int, flexible: bool) -> None:
        self.answer, self.at, self.flexible = answer, at, flexible

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.answer[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from(">" + kind, self.answer, self.at)
        self.at += struct.calcsize(">" + kind)
        return value

    def count(self) -> int:
        return self.varint() - 1 if self.flexible else self.number("i")

    def text(self) -> bytes:
        size = self.varint() - 1 if self.flexible else self.number("h")
        self.at += max(size, 0)
        return self.answer[self.at - max(size, 0) : self.at]


class Absent(Exception):
    """The answer has no error code of its kind."""


# Where the first error code stands: behind what is skipped from the body's begin on.
Skip = Callable[[Reader, Request], None]


def first_partition(throttle: bool) -> Skip:
    def skip(answer: Reader, request: Request) -> None:
        if throttle:
            answer.number("i")
        answer.count()
        answer.text()
        answer.count()
        answer.number("i")  # the partition

    return skip


def throttle_time(answer: Reader, request: Request) -> None:
    answer.number("i")


def first_result(answer: Reader, request: Request) -> None:
    answer.number("i")
    answer.count()


FLEXIBLE_METADATA = 9  # version


def brokers(answer: Reader, request: Request) -> list[int]:
    """Walks to behind the brokers of Metadata; where their ports stand."""
    if request.version >= 3:
        answer.number("i")  # throttle time
    ports = []
    for _ in range(answer.count()):
        answer.number("i")
        answer.text()
        ports.append(answer.at)
        answer.number("i")
        if request.version >= 1:
            answer.text()  # the rack
        if answer.flexible:
            answer.varint()  # tags: none
    return ports


def first_topic(answer: Reader, request: Request) -> None:
    brokers(answer, request)
    if request.version >= 2:
        answer.text()  # the cluster's id
    if request.version >= 1:
        answer.number("i")  # the controller
    if answer.count() < 1:
        raise Absent


def first_made(answer: Reader, request: Request) -> None:
    if request.version >= 2:
        answer.number("i")  # throttle time
    answer.count()
    answer.text()
    if request.version >= 7:
        answer.at += 16  # the topic's id


@dataclass(frozen=True)
class Api:
    name: str
    key: int
    flexible_from: int  # version
    skip: Skip


APIS = [
    Api("find_coordinator", 10, 3, throttle_time),
    Api("init", 22, 2, throttle_time),
    Api("add_partitions", 24, 3, first_partition(throttle=True)),
    Api("produce", 0, 9, first_partition(throttle=False)),
    Api("end_txn", 26, 3, throttle_time),
    Api("fetch", 1, 12, throttle_time),
    Api("list_offsets", 2, 6, first_partition(throttle=True)),
    Api("describe_configs", 32, 4, first_result),
    Api("metadata", METADATA, FLEXIBLE_METADATA, first_topic),
    Api("create_topics", CREATE_TOPICS, 5, first_made),
]
BY_NAME = {api.name: api for api in APIS}


def with_error(api: Api, request: Request, answer: bytes, code: int) -> bytes:
    flexible = request.version >= api.flexible_from
    reader = Reader(answer, 5 if flexible else 4, flexible)  # behind the correlation id, and tags
    api.skip(reader, request)
    return answer[: reader.at] + struct.pack(">h", code) + answer[reader.at + 2 :]


class OneError(Rule):
    """The k-th answer to one kind of request has this error; `times`: and those behind it."""

    def __init__(self, api: Api, code: int, k: int = 1, times: int = 1) -> None:
        self.api, self.code, self.left, self.times = api, code, k, times

    def is_due(self, request: Request) -> bool:
        if self.api.key == PRODUCE and b"progress" in request.bytes:
            return False  # rows, not the record of their progress
        self.left -= 1
        return -self.times < self.left <= 0

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        if request.api != self.api.key:
            return True
        try:
            changed = with_error(self.api, request, answer, self.code)
        except Absent:
            return True
        if not self.is_due(request):
            return True
        self.happened += 1
        link.to_client.write(framed(changed))
        return False


class NoClusterId(Rule):
    """As services that have none: null in each Metadata answer."""

    SINCE = 2

    async def answer(self, link: Link, request: Request, answer: bytes) -> bool:
        if request.api != METADATA or request.version < self.SINCE:
            return True
        flexible = request.version >= FLEXIBLE_METADATA
        reader = Reader(answer, 5 if flexible else 4, flexible)
        brokers(reader, request)
        begin = reader.at
        reader.text()
        null = b"\0" if flexible else struct.pack(">h", -1)
        changed = answer[:begin] + null + answer[reader.at :]
        self.happened += 1
        link.to_client.write(framed(changed))
        return False
