#!/usr/bin/env python3
"""Recomputes a load's certificate from its CSV files and from the topic, sharing no code with
onceload: Python's csv and hashlib, and confluent-kafka. For JSON messages of texts (no mapping but
the key's columns), UTF-8, without headers. A signature is checked by others: docs/proof.md.

  recompute_certificate.py CERTIFICATE BOOTSTRAP FILE...      exit code 0: all agrees
"""

import base64
import csv
import hashlib
import json
import struct
import sys

from confluent_kafka import Consumer, TopicPartition


def murmur2(data: bytes) -> int:
    m, mask, h = 0x5BD1E995, 0xFFFFFFFF, 0x9747B28C ^ len(data)
    for i in range(0, len(data) & ~3, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    if rest := data[len(data) & ~3 :]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def framed(text: bytes | None) -> bytes:
    return struct.pack("<i", -1) if text is None else struct.pack("<I", len(text)) + text


def add(digest, key: bytes | None, value: bytes | None, headers=(), time_ms: int = -1) -> None:
    digest.update(framed(key) + framed(value) + struct.pack("<I", len(headers)))
    digest.update(b"".join(framed(n.encode()) + framed(v) for n, v in headers))
    digest.update(struct.pack("<q", time_ms))


def main(certificate: str, bootstrap: str, *paths: str) -> int:
    statement = json.load(open(certificate, encoding="utf-8"))
    if "payload" in statement:
        statement = json.loads(base64.b64decode(statement["payload"]))
    content = statement["predicate"]["content"]
    place = statement["predicate"]["circumstances"]
    mapping = json.loads(content["options"]["messages"])
    keys = mapping.pop("key", {}).get("columns", [])
    if mapping or len(keys) > 1:
        sys.exit(f"messages of this mapping are not known here: {content['options']['messages']}")
    count, row = len(content["partitions"]), 0
    rows, made = [0] * count, [hashlib.sha256() for _ in range(count)]
    faults = []
    for path, file in zip(paths, content["inputs"], strict=True):
        if hashlib.sha256(open(path, "rb").read()).hexdigest() != file["sha256"]:
            faults.append(f"{path} is not {file['name']} as it was certified")
        for record in csv.DictReader(open(path, encoding="utf-8", newline="")):
            row += 1
            key = record[keys[0]].encode() if keys else None
            at = (row - 1 if key is None else murmur2(key) & 0x7FFFFFFF) % count
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            add(made[at], key, text.encode())
            rows[at] += 1
    reader = {"group.id": "recompute", "enable.auto.commit": False, "enable.partition.eof": True}
    reader |= {"bootstrap.servers": bootstrap, "isolation.level": "read_committed"}
    consumer = Consumer(reader)
    for at, offsets in enumerate(place["offsets"]):
        found, position = hashlib.sha256(), offsets["first"] or 0
        consumer.assign([TopicPartition(place["topic"]["name"], at, position)])
        while position < (offsets["end"] or 0) and (message := consumer.poll(30)) is not None:
            position = message.offset() + (message.error() is None)  # an end of partition is one
            if message.error() is None:
                time_ms = message.timestamp()[1] if content["setsTimes"] else -1
                add(found, message.key(), message.value(), message.headers() or [], time_ms)
        told = content["partitions"][at]
        for source, digest in (("files", made[at]), ("topic", found)):
            if digest.hexdigest() != told["sha256"]:
                faults.append(f"partition {at} is another one by the {source}")
        if rows[at] != told["rows"]:
            faults.append(f"partition {at} has {rows[at]} rows by the files, not {told['rows']}")
    print("\n".join(faults) or f"agrees: {sum(rows)} rows in {count} partitions")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
