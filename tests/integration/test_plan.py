"""plan shows without a broker what a load would send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import check_topic
from onceload_runner import BINARY, DIFFERENCES, DONE, INPUT, Result, Scene, assert_fails, rows_csv


def plan(scene: Scene, *words: object) -> Result:
    return scene.start_command([str(word) for word in (BINARY, "plan", *words)]).wait()


def test_rows_per_partition_are_those_of_a_load(
    bare_scene: Scene, clicks: Callable[[int], Path]
) -> None:
    path = clicks(5000)
    result = plan(bare_scene, "--partitions", 6, "--key", "user_id", "--json", path)
    assert result.code == DONE, result
    encoding = check_topic.Encoding("user_id")
    expected = check_topic.expected_sequences([str(path)], encoding, 6)
    assert result.json()["partitions"] == [len(sequence) for sequence in expected]


def test_the_first_messages_are_shown(bare_scene: Scene) -> None:
    path = bare_scene.write(rows_csv(10))
    result = plan(bare_scene, "--messages", 2, "--key", "user", "--json", path)
    assert result.code == DONE, result
    assert result.json()["messages"] == [
        {"key": f"user-{n}", "value": f'{{"id":"{n}","user":"user-{n}","text":"text {n} é"}}'}
        for n in (1, 2)
    ]


def test_a_bad_row_is_found_before_anything_is_sent(bare_scene: Scene) -> None:
    path = bare_scene.write(rows_csv(10) + "11,user-4\n" + rows_csv(1).splitlines()[1], "bad.csv")
    result = plan(bare_scene, path)
    assert result.code == DIFFERENCES, result
    assert "bad.csv row 11, byte" in result.stdout and "12 rows" in result.stdout, result
    assert "1 of them cannot be loaded" in result.stdout, result


def test_several_files_are_one_plan(bare_scene: Scene) -> None:
    a, b = (bare_scene.write(rows_csv(10, first=n), f"{n}.csv") for n in (1, 11))
    result = plan(bare_scene, "--json", "--key", "user", a, b)
    assert result.code == DONE, result
    assert result.json()["rows"] == 20 == sum(result.json()["partitions"])
    assert result.json()["bytes"] == a.stat().st_size + b.stat().st_size
    other = bare_scene.write("id,name\n1,x\n", "other.csv")
    assert_fails(plan(bare_scene, a, other), INPUT, "other.csv", "name")


def test_flags_are_suggested_where_none_are_given(bare_scene: Scene) -> None:
    path = bare_scene.write("id;price\n1;2.5\n2;3\n", "prices.csv")
    result = plan(bare_scene, "--json", path)
    assert result.code == DONE, result
    flags = result.json()["suggested"]["flags"]
    assert flags == ["--delimiter", ";", "--type", "id=integer", "--type", "price=number"]
    result = plan(bare_scene, "--json", *flags, path)
    assert "suggested" not in result.json()
    assert result.json()["messages"][0]["value"] == '{"id":1,"price":2.5}'
