"""A certificate can be checked: by us, by stock tools, and by a stranger's program."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from onceload_runner import (
    BINARY,
    BOOTSTRAP,
    DIFFERENCES,
    DONE,
    ROOT,
    USAGE,
    Result,
    Scene,
    assert_fails,
    rows_csv,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

PROGRAM = ROOT / "scripts/recompute_certificate.py"


def certify(scene: Scene, *words: object) -> Result:
    return scene.start_command(scene.command("certify", *words)).wait()


def check(scene: Scene, path: Path, *words: object) -> Result:
    command = [BINARY, "check-certificate", path, *words]
    return scene.start_command([str(word) for word in command]).wait()


def recompute(certificate: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROGRAM, certificate, BOOTSTRAP, *files]
    return subprocess.run(
        [str(word) for word in command], text=True, capture_output=True, timeout=120, check=False
    )


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "key.pem", tmp_path / "public.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def test_a_signed_certificate(scene: Scene, keys: tuple[Path, Path]) -> None:
    private, public = keys
    path = scene.write(rows_csv(500))
    assert scene.load("--key", "user", path).code == DONE
    made = certify(scene, "--sign", private, path)
    assert made.code == DONE and "proven: 500 rows" in made.stderr, made
    certificate = scene.write(made.stdout, "load.intoto.json")

    assert check(scene, certificate, "--public-key", public).code == DONE
    with_topic = check(scene, certificate, "--public-key", public, "-b", BOOTSTRAP, "--json")
    assert with_topic.code == DONE and with_topic.json()["topic_read"], with_topic
    assert_fails(check(scene, certificate), USAGE, "--public-key")
    agrees = recompute(certificate, path)
    assert agrees.returncode == 0, agrees

    # Stock tools: securesystemslib, and openssl over the bytes that DSSE says are signed.
    envelope = Envelope.from_dict(json.loads(made.stdout))
    keyid = next(iter(envelope.signatures))
    pem = public.read_text()
    key = SSlibKey(keyid, "ed25519", "ed25519", {"public": raw_key(pem)})
    envelope.verify([key], 1)
    signed, signature = scene.write(envelope.pae(), "pae"), json.loads(made.stdout)
    sig = scene.write(base64.b64decode(signature["signatures"][0]["sig"]), "sig")
    by_openssl = ("-verify", "-pubin", "-inkey", public, "-rawin", "-in", signed, "-sigfile", sig)
    openssl("pkeyutl", *by_openssl)

    # One row more, and nobody takes it.
    statement = json.loads(envelope.payload)
    jsonschema.validate(statement, json.loads((ROOT / "docs/certificate.schema.json").read_text()))
    statement["predicate"]["content"]["rows"] += 1
    tampered = dict(signature)
    tampered["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    forged = scene.write(json.dumps(tampered), "forged.json")
    refused = check(scene, forged, "--public-key", public)
    assert_fails(refused, DIFFERENCES, "none of its signatures")
    with pytest.raises(VerificationError):
        Envelope.from_dict(json.loads(json.dumps(tampered))).verify([key], 1)
    other = scene.write(Envelope.from_dict(json.loads(json.dumps(tampered))).pae(), "pae")
    with pytest.raises(subprocess.CalledProcessError):
        openssl("pkeyutl", *by_openssl[:-3], other, *by_openssl[-2:])


def raw_key(pem: str) -> str:
    """The 32 bytes of an Ed25519 key, which end its DER form."""
    lines = [line for line in pem.splitlines() if "-----" not in line]
    return base64.b64decode("".join(lines))[-32:].hex()


def test_numbers_that_do_not_agree(scene: Scene) -> None:
    path = scene.write(rows_csv(200))
    assert scene.load("--key", "user", path).code == DONE
    made = certify(scene, path)
    assert made.code == DONE, made
    certificate = scene.write(made.stdout, "load.intoto.json")
    assert check(scene, certificate, "-b", BOOTSTRAP).code == DONE

    def changed(change: str, by: object, *place: Any) -> Path:
        statement = json.loads(made.stdout)
        at = statement["predicate"]["content"]
        for member in place:
            at = at[member]
        at[change] = by
        return scene.write(json.dumps(statement), f"{change}-{len(place)}.json")

    for forged, part in (
        (changed("rows", 201), "200 rows, not 201"),
        (changed("rows", 1, "inputs", 0), "its inputs have 1 rows"),
        (changed("rejectedRows", 3), "do not add up"),
        (changed("sha256", "0" * 64, "partitions", 2), "subjects"),
    ):
        result = check(scene, forged)
        assert result.code == DIFFERENCES and part in result.stdout, result

    # Who changes it throughout is found out by the topic, and by the program.
    statement = json.loads(made.stdout)
    statement["predicate"]["content"]["partitions"][2]["sha256"] = "0" * 64
    for subject in statement["subject"]:
        if subject["name"].endswith("/2"):
            subject["digest"]["sha256"] = "0" * 64
    forged = scene.write(json.dumps(statement), "changed.json")
    assert check(scene, forged).code == DONE
    by_topic = check(scene, forged, "-b", BOOTSTRAP)
    assert by_topic.code == DIFFERENCES and "partition 2 holds" in by_topic.stdout, by_topic
    assert recompute(forged, path).returncode == 1

    scene.kafka.delete_records(scene.topic, 1, 3)
    assert check(scene, certificate, "-b", BOOTSTRAP).code == DIFFERENCES
    assert certify(scene, path).code == DIFFERENCES
    assert recompute(certificate, path).returncode == 1


Sent = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]  # key, value, headers
Damage = Callable[[list[list[Sent]]], object]
KEY, VALUE, NONE = b"user-1", b'{"id":"9"}', list[tuple[str, bytes]]()


def changed_at(record: int, change: Callable[[Sent], Sent]) -> Damage:
    def damage(rows: list[list[Sent]]) -> None:
        rows[0][record] = change(rows[0][record])

    return damage


DAMAGES: dict[str, Damage] = {
    "none": lambda rows: None,
    "dropped": lambda rows: rows[0].pop(5),
    "doubled": lambda rows: rows[0].insert(9, rows[0][5]),
    "swapped": lambda rows: rows[0].insert(6, rows[0].pop(5)),
    "moved": lambda rows: rows[1].append(rows[0].pop(5)),
    "mixed in": lambda rows: rows[0].insert(5, (KEY, VALUE, NONE)),
    "behind": lambda rows: rows[0].append((KEY, VALUE, NONE)),
    "key": changed_at(5, lambda sent: (KEY + b"x", *sent[1:])),
    "no key": changed_at(5, lambda sent: (None, *sent[1:])),
    "byte": changed_at(5, lambda sent: (sent[0], (sent[1] or b"")[:-1] + b" ", sent[2])),
    "no value": changed_at(5, lambda sent: (sent[0], None, sent[2])),
    "header": changed_at(5, lambda sent: (*sent[:2], [("a", b"b")])),
    "another load": lambda rows: [part.insert(3, (KEY, VALUE, NONE)) for part in rows],
}


def test_the_program_sees_each_damage(scene: Scene) -> None:
    path = scene.write(rows_csv(200, keys=60))
    assert scene.load("--key", "user", path).code == DONE
    statement = json.loads(certify(scene, path).stdout)
    original: list[list[Sent]] = [
        [(m.key(), m.value(), m.headers() or []) for m in scene.kafka.messages(scene.topic, at)]
        for at in range(5)
    ]
    place = statement["predicate"]["circumstances"]
    for name, damage in DAMAGES.items():
        rows = [list(part) for part in original]
        damage(rows)
        copy = f"{scene.topic}.{name.replace(' ', '-')}"
        scene.topics.append(copy)
        scene.kafka.create(copy)
        for at, part in enumerate(rows):
            for key, value, headers in part:
                scene.kafka.producer.produce(copy, value, key, at, headers=headers)
        assert scene.kafka.producer.flush(60) == 0
        place["topic"]["name"] = copy
        place["offsets"] = [{"first": 0, "end": len(part)} for part in rows]
        result = recompute(scene.write(json.dumps(statement), "copy.json"), path)
        assert result.returncode == (name != "none"), f"{name}: {result}"


def test_kills_change_runs_times_and_offsets_only(scene: Scene) -> None:
    """Two loads of one file into two topics, one of them killed over and over."""
    path = scene.write(rows_csv(400))
    words = ("--key", "user", "--chunk-rows", 50, path)
    assert scene.load(*words).code == DONE
    clean = json.loads(certify(scene, path).stdout)
    first = scene.topic
    scene.topic = f"{first}.killed"
    scene.topics.append(scene.topic)
    scene.kafka.create(scene.topic)
    for failpoint in ("after_commit:2", "in_commit:2", "after_send:1", "after_mark:2"):
        scene.crash(failpoint, *words)
    assert scene.load(*words).code == DONE
    killed = json.loads(certify(scene, path).stdout)
    assert clean["predicate"]["content"] == killed["predicate"]["content"]
    digests = [[s["digest"] for s in made["subject"]] for made in (clean, killed)]
    assert digests[0] == digests[1]
    runs = killed["predicate"]["circumstances"]["runs"]
    assert [run["exitCode"] for run in runs] == [None] * 4 + [0]
    assert clean["predicate"]["circumstances"]["offsets"] != (
        killed["predicate"]["circumstances"]["offsets"]
    )


def test_what_is_not_proven_is_not_certified(scene: Scene) -> None:
    path = scene.write(rows_csv(200))
    scene.crash("after_commit:2", "--key", "user", "--chunk-rows", 50, path)
    unfinished = certify(scene, path)
    assert unfinished.code == DIFFERENCES and "payload" not in unfinished.stdout, unfinished
    assert "no certificate" in unfinished.stderr, unfinished
    assert_fails(check(scene, path), USAGE, "no certificate")
