"""Compressed files and files in other encodings: the same rows as the plain file, exactly once."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from onceload_runner import (
    DONE,
    INPUT,
    Scene,
    assert_fails,
    rows_csv,
    wait_until,
)

ROWS = 300
CHUNK = ("--key", "user", "--chunk-rows", 20)


def gzip_members(text: bytes) -> bytes:
    half = len(text) // 2
    return gzip.compress(text[:half]) + gzip.compress(text[half:])


CODINGS: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    "gzip": (gzip_members, ()),
    "bzip2": (bz2.compress, ()),
    "xz": (lzma.compress, ()),
    "utf-16le": (lambda text: b"\xff\xfe" + text.decode().encode("utf-16-le"), ()),
    "utf-16be": (lambda text: b"\xfe\xff" + text.decode().encode("utf-16-be"), ()),
    "windows-1252": (
        lambda text: text.decode().encode("windows-1252"),
        ("--encoding", "cp1252"),
    ),
    "gzip-latin1": (
        lambda text: gzip.compress(text.decode().encode("latin-1")),
        ("--encoding", "latin1"),
    ),
}


@pytest.mark.parametrize("name", CODINGS)
def test_killed_and_resumed(scene: Scene, name: str) -> None:
    code, flags = CODINGS[name]
    text = rows_csv(ROWS)
    plain = scene.write(text)
    coded = scene.write(code(text.encode()), "rows.coded")
    for _ in range(2):
        scene.crash("after_commit:3", *CHUNK, *flags, coded)
    # A commit returns before its markers are in all partitions.
    wait_until(lambda: scene.kafka.committed(scene.topic) == 2 * 3 * 20, "six chunks are there")
    result = scene.load(*CHUNK, *flags, coded)
    assert result.code == DONE, result
    scene.assert_exactly_once(plain, "user")
    again = scene.load(*CHUNK, *flags, coded)
    assert again.code == DONE and "nothing was sent" in again.stdout, again
    proof = scene.verify("--source", coded)
    assert proof.code == DONE, proof


def test_a_truncated_archive_is_loaded_up_to_its_fault(scene: Scene) -> None:
    text = rows_csv(20_000)
    whole = gzip.compress(text.encode())
    archive = scene.write(whole[: len(whole) // 2], "rows.csv.gz")
    words = ("--key", "user", "--chunk-rows", 1000)
    assert_fails(scene.load(*words, archive), INPUT, "rows.csv.gz", "gzip", "byte")
    loaded = scene.kafka.committed(scene.topic)
    assert 0 < loaded < 20_000
    # The same command goes on once the archive is whole.
    scene.write(whole, "rows.csv.gz")
    result = scene.load(*words, archive)
    assert result.code == DONE, result
    scene.assert_exactly_once(scene.write(text), "user")


def test_rows_before_a_checksum_that_fails_are_loaded_and_the_whole_archive_is_refused(
    scene: Scene,
) -> None:
    """A checksum lies behind what it covers; nothing tells earlier that row 100 was another one."""
    text = rows_csv(ROWS).encode()
    whole = gzip.compress(text, compresslevel=0)
    damaged = whole.replace(b"\n100,", b"\n999,")
    assert damaged != whole
    archive = scene.write(damaged, "rows.csv.gz")
    failed = scene.load(*CHUNK, archive)
    assert_fails(failed, INPUT, "incorrect data check", "byte", "unless rows already loaded differ")
    assert scene.kafka.committed(scene.topic) == ROWS
    archive.write_bytes(whole)
    assert_fails(scene.load(*CHUNK, archive), INPUT, "has changed")
    scene.topic += ".atomic"
    scene.kafka.create(scene.topic)
    scene.topics.append(scene.topic)
    archive.write_bytes(damaged)
    assert_fails(scene.load("--key", "user", "--atomic", archive), INPUT, "nothing was loaded")
    assert scene.kafka.committed(scene.topic) == 0


def test_another_archive_of_the_same_rows_goes_on(scene: Scene) -> None:
    text = rows_csv(ROWS)
    plain = scene.write(text)
    scene.crash("after_commit:3", *CHUNK, scene.write(gzip.compress(text.encode()), "a.gz"))
    other = scene.write(bz2.compress(text.encode()), "other.bz2")
    result = scene.load(*CHUNK, "--name", f"{scene.topic}/a.gz", other)
    assert result.code == DONE, result
    scene.assert_exactly_once(plain, "user")


def test_another_text_in_the_archive_is_refused(scene: Scene) -> None:
    text = rows_csv(ROWS).encode()
    archive = scene.write(gzip.compress(text), "rows.gz")
    scene.crash("after_commit:3", *CHUNK, archive)
    scene.write(gzip.compress(text.replace(b"text 3 ", b"text X ", 1)), "rows.gz")
    assert_fails(scene.load(*CHUNK, archive), INPUT, "has changed")


def test_another_encoding_is_refused(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS).encode("latin-1"))
    scene.crash("after_commit:3", *CHUNK, "--encoding", "latin1", path)
    assert_fails(scene.load(*CHUNK, path), 2, "encoding was", "latin1")


def test_headers_and_timestamps_survive_a_kill(scene: Scene) -> None:
    lines = [f"{n},u{n % 3},2019-10-01 00:00:{n % 60:02d}" for n in range(1, 101)]
    path: Path = scene.write("\n".join(["id,user,at", *lines, ""]))
    words = ("--key", "user", "--headers", "--type", "at=timestamp", "--timestamp", "at")
    scene.crash("after_commit:2", *words, "--chunk-rows", 20, path)
    result = scene.load(*words, "--chunk-rows", 20, path)
    assert result.code == DONE, result
    seen = {}
    for message in chain.from_iterable(scene.kafka.messages(scene.topic, p) for p in range(5)):
        headers = dict(message.headers())
        row = int(headers["onceload.row"])
        assert row not in seen
        seen[row] = message
        assert headers["onceload.file"] == b"rows.csv"
        assert message.timestamp()[1] == 1_569_888_000_000 + 1000 * (row % 60)
        begin = int(headers["onceload.byte"])
        assert path.read_bytes()[begin:].startswith(f"{row},u".encode())
        assert message.key() == f"u{row % 3}".encode()
    assert sorted(seen) == list(range(1, 101))
    assert len({dict(m.headers())["onceload.load"] for m in seen.values()}) == 1
    proof = scene.verify("--source", path)
    assert proof.code == DONE, proof
    assert scene.verify(path).code == DONE
