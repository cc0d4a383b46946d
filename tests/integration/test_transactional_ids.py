"""Which transactional ids a load has, and that it keeps them."""

from __future__ import annotations

from acls import LOAD, TRANSACTIONS, Acls
from onceload_runner import DONE, HELD, USAGE, Scene, assert_fails, rows_csv


def test_a_prefix_that_the_acls_allow_is_frozen_with_the_load(scene: Scene) -> None:
    acls = Acls(scene)
    acls.names[TRANSACTIONS] = f"team-{scene.topic}"
    path = scene.write(rows_csv(200))
    words = ("--chunk-rows", 20, "--name", scene.topic, path)
    prefix = ("--transactional-id-prefix", "team-")
    elsewhere = scene.directory / "elsewhere.db"
    try:
        acls.grant(LOAD)
        assert_fails(acls.load(*words), USAGE, f"TransactionalId onceload-{scene.topic}")
        assert acls.start("load", *prefix, *words, failpoint="after_commit:3").wait().code == -9
        # The ledger knows it: another one is refused, leaving it out goes on with it.
        result = acls.start("load", *words).wait()
        assert result.code == DONE, result
        scene.assert_exactly_once(path)
        # Without the ledger it has to be said, and is compared.
        again = acls.start("load", *prefix, *words, "--state", elsewhere).wait()
        assert again.code == DONE and "already loaded" in again.stdout + again.stderr, again
        acls.names[TRANSACTIONS] = f"other-{scene.topic}"
        acls.grant([(TRANSACTIONS, "Write"), (TRANSACTIONS, "Describe")])
        other = acls.start("load", "--transactional-id-prefix", "other-", *words).wait()
        assert_fails(other, USAGE, "transactional-id", f"team-{scene.topic}")
    finally:
        acls.forget()


def test_loads_of_one_name_with_different_progress_topics_leave_each_other_alone(
    scene: Scene,
) -> None:
    path = scene.write(rows_csv(600))
    topics = [f"{scene.topic}.progress-{team}" for team in "ab"]
    scene.topics += topics
    slowly = ("--name", scene.topic, "--chunk-rows", 50, "--max-rate", 200)
    runs = [
        scene.start("--progress-topic", topic, *slowly, path, state=scene.directory / f"{n}.db")
        for n, topic in enumerate(topics)
    ]
    results = [run.wait() for run in runs]
    for result in results:
        assert result.code == DONE, result
        assert "fenced" not in result.stderr and result.seconds < 30, result
    assert scene.kafka.committed(scene.topic) == 1200, "two loads"


def test_two_first_starts_with_different_prefixes_do_not_both_load(scene: Scene) -> None:
    """Their ids do not fence each other: the claim tells."""
    path = scene.write(rows_csv(600))
    words = ("--name", scene.topic, "--chunk-rows", 50, "--max-rate", 200)
    runs = [
        scene.start(
            "--transactional-id-prefix", prefix, *words, path, state=scene.directory / f"{prefix}db"
        )
        for prefix in ("left-", "right-")
    ]
    codes = sorted(run.wait().code for run in runs)
    assert scene.kafka.committed(scene.topic) <= 600
    assert codes[0] in (DONE, HELD) and codes[1] in (HELD, USAGE), codes


def test_a_name_that_cannot_be_made_names_its_flag(bare_scene: Scene) -> None:
    path = bare_scene.write(rows_csv(5))
    long = "x" * 240
    words = ("-t", long, "--create-topic", "--on-error", "dead-letter", path)
    assert_fails(bare_scene.load(*words), USAGE, "--dead-letter-topic", "249")
    words = ("--create-topic", "--progress-topic", "a/b", path)
    assert_fails(bare_scene.load(*words), USAGE, "--progress-topic", "a/b")
    dotted = bare_scene.topic.replace(".", "_")
    bare_scene.topics.append(dotted)
    bare_scene.kafka.create(dotted)
    assert_fails(bare_scene.load("--create-topic", path), USAGE, "collide", "--topic")
