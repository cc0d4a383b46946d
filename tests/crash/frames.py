"""As much of Kafka's wire format as a proxy needs to know what it lets through."""

from __future__ import annotations

import struct
from dataclasses import dataclass

PRODUCE, METADATA, FIND_COORDINATOR, INIT_PRODUCER_ID = 0, 3, 10, 22
CREATE_TOPICS, ADD_PARTITIONS, END_TXN = 19, 24, 26

# The first version with compact strings, of those requests whose begin is read.
FLEXIBLE = {PRODUCE: 9, INIT_PRODUCER_ID: 2, ADD_PARTITIONS: 3, END_TXN: 3}


@dataclass
class Request:
    """One request as it is on the wire, without its size."""

    bytes: bytes

    @property
    def api(self) -> int:
        return struct.unpack_from(">h", self.bytes, 0)[0]

    @property
    def version(self) -> int:
        return struct.unpack_from(">h", self.bytes, 2)[0]

    @property
    def correlation(self) -> int:
        return struct.unpack_from(">i", self.bytes, 4)[0]

    @property
    def flexible(self) -> bool:
        return self.version >= FLEXIBLE.get(self.api, 1 << 15)

    def body(self) -> int:
        """Where it begins: after the client's id and, in newer headers, a count of tags (none)."""
        size = struct.unpack_from(">h", self.bytes, 8)[0]
        return 10 + max(size, 0) + self.flexible

    def transactional_id(self) -> bytes:
        """Of the requests in FLEXIBLE, which all begin with it; empty: none."""
        if self.api not in FLEXIBLE:
            return b""
        at = self.body()
        if self.flexible:  # one byte of size is enough for the ids of tests
            size, at = self.bytes[at] - 1, at + 1
        else:
            size, at = struct.unpack_from(">h", self.bytes, at)[0], at + 2
        return self.bytes[at : at + max(size, 0)]

    def commits_at(self) -> int:
        """In an EndTxn: the place of the byte that is 1 to commit and 0 to abort."""
        assert self.api == END_TXN and not self.flexible, f"EndTxn version {self.version}"
        return self.body() + 2 + len(self.transactional_id()) + 8 + 2

    def commits(self) -> bool:
        return self.bytes[self.commits_at()] == 1

    def turned_into_abort(self) -> Request:
        at = self.commits_at()
        return Request(self.bytes[:at] + b"\0" + self.bytes[at + 1 :])


def framed(payload: bytes) -> bytes:
    return struct.pack(">i", len(payload)) + payload
