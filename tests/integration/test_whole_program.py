"""All that the program does once, small: scripts/test debug runs this with a Debug build, in which
nothing is inlined and the standard library checks its bounds.
"""

from __future__ import annotations

import pytest
from onceload_runner import BINARY, DIFFERENCES, DONE, Scene, rows_csv

# A row for each of the reasons that the reader, and one that the encoder, has.
BAD = ['21,"user-0"x,', "22,user-1", "24,us\0er,x", "x,user-2,t"]
WORDS = ("--key", "user", "--type", "id=integer", "--chunk-rows", 5, "--name")


@pytest.mark.parametrize("on_error", ["dead-letter", "skip"])
def test_load_reject_verify_plan(scene: Scene, on_error: str) -> None:
    letters, rejects = f"{scene.topic}.dead-letters", scene.directory / "rejects.csv"
    scene.topics.append(letters)
    text = rows_csv(20) + "\n".join([*BAD, "25,user-4,last"])
    path = scene.write(text)
    words = (*WORDS, scene.topic, "--on-error", on_error)
    planned = scene.start_command([str(w) for w in (BINARY, "plan", "--key", "user", path)]).wait()
    assert planned.code == DIFFERENCES, planned
    scene.crash("after_commit:2", *words, "--rejects", rejects, path)
    result = scene.load(*words, "--rejects", rejects, "--json", path)
    assert result.code == DIFFERENCES, result
    assert result.json()["rows"] == 21 and result.json()["rejected"] == len(BAD), result
    for source in ((), ("--source", path)):
        proof = scene.verify("--name", scene.topic, *source)
        assert proof.code == DONE, proof
    good = scene.write(rows_csv(20) + "25,user-4,last\n", "good.csv")
    scene.assert_exactly_once(good, "user", types={"id": "integer"})
    if on_error == "dead-letter":
        values = [value for _, value in scene.kafka.records(letters, 0)]
        assert values == [row.encode() for row in BAD]
    shown = scene.status()
    assert shown.code == DONE and f"rejected   {len(BAD)} rows" in shown.stdout, shown
