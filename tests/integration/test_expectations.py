"""What somebody else says of the files is held against them before anything is sent."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from onceload_runner import DIFFERENCES, DONE, INPUT, USAGE, Scene, assert_fails

ROWS = 50
SUM = "12500.05"


def orders(name: str = "orders.csv", rows: int = ROWS) -> tuple[str, str]:
    """Amounts that a sum of doubles does not get right: 250.001 each."""
    lines = [f"{n},250.001" for n in range(1, rows + 1)]
    return name, "\n".join(["id,amount", *lines, ""])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_nothing_sent(scene: Scene) -> None:
    assert scene.kafka.ends(scene.topic) == [0] * 5
    assert not scene.state.exists()


def test_what_holds_is_loaded_and_proven(scene: Scene) -> None:
    name, text = orders()
    path = scene.write(text, name)
    manifest = scene.write(f"{sha256(path)}  {name}\n", "SHA256SUMS")
    words = (
        "--expect-rows", ROWS, "--expect-manifest", manifest, "--expect-sum", f"amount={SUM}", path,
    )
    result = scene.load(*words)
    assert result.code == DONE, result
    result = scene.verify("--source", *words)
    assert result.code == DONE and "proven" in result.stdout, result
    assert scene.kafka.committed(scene.topic) == ROWS


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--expect-rows", ROWS + 1), ("number of rows", f"expected {ROWS + 1}", f"found {ROWS}")),
        (("--expect-sum", "amount=12500.06"), ("amount", "expected 12500.06", f"found {SUM}")),
        (("--expect-sum", "id=1275.0000000000000000001"), ("id", "found 1275")),
    ],
)
def test_other_rows_or_sums(scene: Scene, words: tuple, parts: tuple[str, ...]) -> None:
    name, text = orders()
    path = scene.write(text, name)
    assert_fails(scene.load(*words, path), INPUT, name, *parts)
    assert_nothing_sent(scene)
    assert scene.load(path).code == DONE
    result = scene.verify("--source", *words, path)
    assert_fails(result, INPUT, name, *parts)
    assert "proven" not in result.stdout


def test_a_manifest_of_other_bytes(scene: Scene) -> None:
    name, text = orders()
    path = scene.write(text, name)
    manifest = scene.write(f"{sha256(path)}  {name}\n", "manifest-sha256.txt")
    path.write_text(text.replace("250.001", "250.002", 1))
    result = scene.load("--expect-manifest", manifest, path)
    assert_fails(result, INPUT, name, "SHA-256", sha256(path))
    assert_nothing_sent(scene)


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        ({}, None),
        ({"bytes": 1}, ("bytes", "expected 1,")),
        ({"rows": 7}, ("rows", "expected 7,", f"found {ROWS}")),
        ({"hash": "sha256:" + "0" * 64}, ("SHA-256", "expected 0000")),
    ],
)
def test_a_data_package_of_packed_files(scene: Scene, what: dict, parts: tuple | None) -> None:
    """Bytes and hash are the file's, as it lies there; rows are those of its text."""
    _, text = orders()
    folder = scene.directory / "data"
    folder.mkdir()
    path = folder / "orders.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    resource = {
        "path": "data/orders.csv.gz",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
        "rows": ROWS,
        **what,
    }
    package = scene.write(json.dumps({"resources": [resource]}), "datapackage.json")
    result = scene.load("--expect-manifest", package, path)
    if parts is None:
        assert result.code == DONE, result
    else:
        assert_fails(result, INPUT, "orders.csv.gz", *parts)
        assert_nothing_sent(scene)


def test_files_that_are_missing_or_more(scene: Scene) -> None:
    paths = [scene.write(orders()[1], f"part-{n}.csv") for n in range(3)]
    name = ("--name", f"{scene.topic}-parts")
    readme = scene.write("about", "readme.txt")
    listed = [*paths[:2], readme]
    manifest = scene.write("".join(f"{sha256(p)}  {p.name}\n" for p in listed), "SHA256SUMS")
    words = (*name, "--expect-manifest", manifest)
    assert_fails(scene.load(*words, *paths), INPUT, "part-2.csv", "not in the manifest")
    assert_fails(scene.load(*words, paths[0]), INPUT, "missing", "part-1.csv")
    assert_nothing_sent(scene)
    result = scene.load(*words, *paths[:2])
    assert result.code == DONE, result


def test_what_cannot_be_held_against_files(scene: Scene) -> None:
    name, text = orders()
    path = scene.write(text, name)
    assert_fails(scene.load("--expect-sum", "amount=1e3", path), USAGE, "decimal")
    assert_fails(scene.load("--expect-sum", "price=1", path), USAGE, "no column price")
    assert_fails(scene.load("--expect-manifest", path, path), USAGE, "command's own")
    words = scene.write(text, "no-manifest.csv")
    assert_fails(scene.load("--expect-manifest", words, path), USAGE, "manifest", "line 1")
    assert_fails(scene.verify("--expect-rows", 1, path), USAGE, "--source")
    # A row of three cells counts and sums nothing, as does an empty cell.
    bad = scene.write(text + "x,1,000\n51,\n", "bad.csv")
    result = scene.load("--expect-rows", ROWS + 2, "--expect-sum", f"amount={SUM}", "--on-error",
                        "skip", bad)
    assert result.code == DIFFERENCES, result
    assert scene.kafka.committed(scene.topic) == ROWS + 1
