"""A user with the rights that docs/architecture.md lists, and with one of them missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from acls import LOAD, PROGRESS, TARGET, TRANSACTIONS, VERIFY, Acls, Right
from onceload_runner import DONE, USAGE, Scene, assert_fails, rows_csv


@pytest.fixture
def acls(scene: Scene) -> Iterator[Acls]:
    acls = Acls(scene)
    yield acls
    acls.forget()


def test_the_listed_rights_are_enough(scene: Scene, acls: Acls) -> None:
    acls.grant(VERIFY)
    path = scene.write(rows_csv(50))
    result = acls.load(path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
    proven = acls.start("verify", "--source", path).wait()
    assert proven.code == DONE, proven


@pytest.mark.parametrize("missing", LOAD, ids=lambda right: "-".join(right).replace(" ", "-"))
def test_a_missing_right_is_named_and_granting_it_is_enough(
    scene: Scene, acls: Acls, missing: Right
) -> None:
    on, operation = missing
    # Kafka lets who may write or read describe as well, so that right is only missing with those.
    without = [right for right in LOAD if right[0] == on and operation in ("Describe", right[1])]
    acls.grant([right for right in LOAD if right not in without])
    path = scene.write(rows_csv(50))
    assert_fails(acls.load(path), USAGE, acls.told(missing), "grant")
    assert scene.kafka.committed(scene.topic) == 0
    acls.grant(without)
    result = acls.load(path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")


def test_verify_names_the_right_to_read(scene: Scene, acls: Acls) -> None:
    acls.grant(LOAD)
    path = scene.write(rows_csv(50))
    assert acls.load(path).code == DONE
    assert_fails(acls.start("verify", path).wait(), USAGE, f"Read on Topic {scene.topic}", "grant")
    acls.grant([(TARGET, "Read")])
    assert acls.start("verify", path).wait().code == DONE


@pytest.mark.parametrize(
    "taken",
    [(TARGET, "Write"), (PROGRESS, "Write"), (TRANSACTIONS, "Write")],
    ids=lambda right: right[0].replace(" ", "-"),
)
def test_a_right_taken_away_during_the_load(scene: Scene, acls: Acls, taken: Right) -> None:
    acls.grant(LOAD)
    path = scene.write(rows_csv(5000))
    slowly = ("--chunk-rows", 50, "--max-rate", 500)
    run = acls.start("load", "--key", "user", *slowly, path)
    scene.wait_for_messages(200, run)
    acls.revoke([taken])
    assert_fails(run.wait(), USAGE, acls.told(taken), "grant")
    assert 0 < scene.kafka.committed(scene.topic) < 5000
    acls.grant([taken])
    result = acls.load(path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
