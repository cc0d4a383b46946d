"""A file of 300 bytes that has everything in it, killed between each two commits of a row."""

from __future__ import annotations

import signal
from pathlib import Path

from onceload_runner import DIFFERENCES, DONE, ROOT, Scene

HEADER = b"id,name,note\r\n"
BLANK = ""

# Each row's bytes with its record end; why it cannot be loaded, and the column that is to blame.
ROWS: list[tuple[bytes, str | None, str | None]] = [
    (b'1,"a\r\nb",x\n', None, None),
    (b'2,"say ""hi""",\r\n', None, None),
    (b"\n", BLANK, None),
    ('3,é日🛒,"\n\n"\n'.encode(), None, None),
    (b"4,x\r\n", "ragged", None),
    (b"5,\0,y\n", "nul-byte", None),
    (b"6,\xff,y\r\n", "invalid-utf8", None),
    (b"\r\n\n", BLANK, None),
    (b'7,"q"z,y\n', "text-after-quote", None),
    (b"x8,t,y\n", "type", "id"),
    (b'9,"",y\r\n', "empty-key", "name"),
    (b'10,long,"' + b"L" * 66 + b'"\n', "too-long", None),
    (b'11,"a,\n""b""","\r\n"\r\n', None, None),
    (b"12,a,\n", None, None),
    (b"\n", BLANK, None),
    ('13,"ä",\r\n'.encode(), None, None),
    ('14,"日\n本",""""\r\n'.encode(), None, None),
    (b'15,z,"",\n', "ragged", None),
    (b"\r\n", BLANK, None),
    (b'16,",",' + b"p" * 23 + b"\n", None, None),
    (b'17,b,"open, ""\n18,c,', "open-quote", None),
]
GOOD = HEADER + b"".join(text for text, reason, _ in ROWS if reason is None)
BAD = [row for row in ROWS if row[1]]
NUMBER = sum(reason != BLANK for _, reason, _ in ROWS)
NASTY: Path = ROOT / "tests/data/nasty.csv"

# The program leaves 512 bytes for what a record adds: the message of row 10 is too long.
MESSAGE_BYTES_MAX = "600"


def test_a_death_after_each_commit_and_before_the_next(bare_scene: Scene) -> None:
    scene, letters = bare_scene, f"{bare_scene.topic}.dead-letters"
    assert NASTY.read_bytes() == HEADER + b"".join(text for text, _, _ in ROWS)
    scene.kafka.create(scene.topic, 3, **{"max.message.bytes": MESSAGE_BYTES_MAX})
    scene.topics.append(letters)
    scene.kafka.create(letters, 1)
    words = ("--key", "name", "--on-empty-key", "error", "--type", "id=integer", "--name")
    words += (scene.topic, "--on-error", "dead-letter", "--chunk-rows", "1", NASTY)
    for number in range(1, NUMBER + 1):
        # Row `number` is committed; the next one is not. The last one has no next one.
        scene.crash("after_commit:1" if number % 2 == 1 else "after_intend:2", *words)
    result = scene.load(*words, "--json")
    assert result.code == DIFFERENCES, result
    facts = result.json()
    assert facts["rows"] == NUMBER - len(BAD) and facts["rejected"] == len(BAD), result
    assert facts["rows_this_run"] == 0 and facts["chunk"] == NUMBER, "a row for each death"

    good = scene.write(GOOD, "good.csv")
    scene.assert_exactly_once(good, "name", types={"id": "integer"})
    found = scene.kafka.messages(letters, 0)
    assert [message.value() for message in found] == [text.rstrip(b"\r\n") for text, _, _ in BAD]
    headers = [dict(message.headers()) for message in found]
    assert [header["onceload.reason"].decode() for header in headers] == [row[1] for row in BAD]
    columns = [header.get("onceload.column") for header in headers]
    assert columns == [column and column.encode() for _, _, column in BAD]
    for source in ((), ("--source", NASTY)):
        proof = scene.verify("--name", scene.topic, *source)
        assert proof.code == DONE, proof
