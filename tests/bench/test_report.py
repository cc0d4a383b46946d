"""The benchmark's arithmetic and its page, on figures that are made up."""

from __future__ import annotations

import contextlib
import xml.etree.ElementTree as xml
from collections import Counter
from pathlib import Path

import pytest
from report import loads, pages
from report.contest import Contestant, Section, hold, reason, turns
from report.deaths import Death, resumed, rounds_of
from report.guard import ROUNDS_MIN, SECONDS_MAX, Game, Ratio, play
from report.hotspots import parse_report, stage_of
from report.lab import ROOT, Failed, Lab, Unavailable, Usage
from report.loads import Loads
from report.reading import percentiles
from report.scale import or_reason, split
from report.stats import Run, cpu_per_million, ratio, spread, summary
from report.svg import chart, human, step_of
from report.tally import Tally, tally


def run_of(rate: float, cpu: float = 1.0) -> Run:
    return Run(rows=1000, seconds=1000 / rate, wall=2000 / rate, cpu=cpu, rss_mb=50)


def test_spread_has_the_middle_and_both_ends() -> None:
    found = spread([5.0, 1.0, 3.0])
    assert (found.median, found.min, found.max) == (3.0, 1.0, 5.0)
    assert spread([1.0, 2.0]).median == 1.5


def test_a_ratio_is_taken_round_by_round() -> None:
    """The machine got slower from round to round; the contestant was always half as fast."""
    base = [run_of(1000), run_of(100), run_of(10)]
    runs = [run_of(500), run_of(50), run_of(5)]
    assert ratio(runs, base) == pytest.approx(0.5)
    # That of the medians would be 1.0: the contestant had its luck in other rounds.
    assert ratio([run_of(100), run_of(100), run_of(100)], base) == pytest.approx(1.0)
    assert ratio([run_of(2000), run_of(30), run_of(3)], base) == pytest.approx(0.3)


def test_a_ratio_needs_the_same_rounds() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([run_of(1)], [run_of(1), run_of(1)])


def test_processor_time_is_that_of_a_million_rows() -> None:
    assert cpu_per_million(run_of(1, cpu=0.002)) == pytest.approx(2.0)


def test_summary_of_a_contestant() -> None:
    found = summary([run_of(500), run_of(700)], [run_of(1000), run_of(1000)])
    assert found["rows_per_second"] == pytest.approx({"median": 600, "min": 500, "max": 700})
    assert found["of_baseline"] == pytest.approx(0.6)
    assert len(found["runs"]) == 2


def contestant(name: str, log: list[str], error: Exception | None = None) -> Contestant:
    def run(rows: int) -> Run:
        log.append(f"{name} {rows}")
        if error:
            raise error
        return Run(rows, 1.0, 1.0, 1.0, 1.0)

    return Contestant(name, "", run)


def test_contestants_take_turns_after_a_warm_up() -> None:
    log: list[str] = []
    section = Section("s", "", "", [contestant("a", log), contestant("b", log)])
    hold(section, 1_000_000, 2)
    assert log == [
        "a 100000", "b 100000", "a 1000000", "b 1000000", "b 1000000", "a 1000000",
    ]  # fmt: skip


def test_nobody_to_take_turns() -> None:
    assert turns([], 1) == []


@pytest.mark.parametrize("error", [Unavailable("no kcat"), Failed("exit 1")])
def test_who_fails_is_left_out_with_the_reason(error: Exception) -> None:
    log: list[str] = []
    section = Section("s", "", "", [contestant("a", log, error), contestant("b", log)])
    found = hold(section, 10, 2)
    assert found["contestants"][0]["left_out"] == str(error)
    assert found["contestants"][1]["of_baseline"] is None
    assert log.count("a 10") == 1


def test_a_reason_is_one_line_without_the_places_of_this_machine() -> None:
    error = Failed(f"{ROOT}/build/x {ROOT}/y: exit 1:\n  no z")
    assert reason(error) == "build/x y: exit 1: no z"


def test_numbers_in_the_output_of_programs() -> None:
    usage = Usage(1, 1, 1, 1, "cpu_seconds 9.00 rows 10 seconds 2.500 rows/s 4")
    assert usage.number("seconds") == 2.5
    assert usage.number("rows/s") == 4
    with pytest.raises(Failed):
        usage.number("bytes")


def test_percentiles_of_the_watcher() -> None:
    found = percentiles("ready\nsent p50 10 p99 90 max 95\nread p50 40 p99 120 max 130\n")
    assert found["sent_p99"] == 90
    assert found["read_p50"] == 40
    with pytest.raises(Failed):
        percentiles("ready\n")


def test_samples_of_perf() -> None:
    text = """
 40.10%  ;onceload   ;onceload         ;[.] onceload::RecordReader::Next
 30.00%  ;rdk:broker1;liblz4.so.1.9.4  ;[.] LZ4_compress_fast
 5.00%   ;rdk:broker1;[kernel.kallsyms];[k] clear_page_erms
    """
    found = parse_report(text)
    assert [share for share, *_ in found] == [40.1, 30.0, 5.0]
    stages = [stage_of(library, function) for _, _, library, function in found]
    assert stages == ["read CSV", "compress", "kernel: memory"]
    assert stage_of("a", "b") == "other"


@pytest.mark.parametrize("most", [0.3, 1, 7, 49, 130, 650_000])
def test_steps_divide_an_axis_well(most: float) -> None:
    assert 3 <= most / step_of(most) <= 9


def test_numbers_for_people() -> None:
    assert [human(value) for value in (0, 7, 1500, 2e6)] == ["0", "7", "1.5 k", "2 M"]


def test_a_chart_is_well_formed_and_points_are_where_they_should_be() -> None:
    drawn = xml.fromstring(chart("a < b", "x", "y", {"s": [(1, 0), (10, 50), (100, 100)]}))
    points = [
        (float(dot.get("cx", "")), float(dot.get("cy", "")))
        for dot in drawn.iter("{http://www.w3.org/2000/svg}circle")
    ]
    (x1, y1), (x2, y2), (x3, y3) = points
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)  # logarithmic
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)  # linear, upwards


def test_the_page_tells_what_was_left_out(tmp_path: Path) -> None:
    section = Section("json", "Loading", "", [
        contestant("a", []), contestant("b", [], Unavailable("no b here")),
    ])  # fmt: skip
    found = {"title": "Loading", **hold(section, 10, 1), "measured": "today", "commit": "1"}
    found["processor"] = "1 x Z80"
    pages.write({"setting": {"Java": "17"}, "sections": {"json@10": found}}, tmp_path)
    text = (tmp_path / "benchmarks.md").read_text()
    assert "## Loading, 10 rows" in text
    assert "| `a` |" in text
    assert "`b` is left out: no b here" in text
    assert "Measured today at commit 1 on 1 x Z80." in text
    assert "| Java | 17 |" in text


def test_rows_are_split_among_files_without_losing_one(tmp_path: Path) -> None:
    lab = Lab("", tmp_path)
    whole = tmp_path / "clicks-10.csv"
    whole.write_text("a,b\n" + "".join(f"{row},x\n" for row in range(10)))
    parts = sorted(split(lab, 10, 3).iterdir())
    assert [part.read_text().splitlines()[0] for part in parts] == ["a,b"] * 3
    rows = [line for part in parts for line in part.read_text().splitlines()[1:]]
    assert rows == whole.read_text().splitlines()[1:]


def test_a_point_that_cannot_be_measured_has_the_reason_and_a_place_on_the_page(
    tmp_path: Path,
) -> None:
    def fails() -> dict[str, object]:
        raise Unavailable("needs 50 GB of disk")

    rate = {"median": 9.0, "min": 8.0, "max": 10.0}
    good = {"rows": 5, "rows_per_second": rate, "mb_per_second": 1.0, "peak_mb": 70}
    series = [or_reason(1, lambda: good), or_reason(1000, fails)]
    text = pages.scale_text("files", {"rounds": 1, "points": series}, tmp_path)
    assert "* 1,000 is left out: needs 50 GB of disk" in text
    assert "| 1 | 5 | 9 (8–10) | 1.0 | 70 |  |" in text
    assert (tmp_path / "benchmarks-files-peak-mb.svg").exists()


def test_ceilings_side_by_side_are_as_slow_as_the_slowest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab("nowhere:1", tmp_path)
    monkeypatch.setattr(lab, "topic", lambda: contextlib.nullcontext("topic"))
    monkeypatch.setattr(lab, "clicks", lambda rows: tmp_path / str(rows))
    ceiling = tmp_path / "ceiling"
    monkeypatch.setattr(loads, "program", lambda name: ceiling)
    run = Loads(lab).side_by_side(2)

    ceiling.write_text(
        f"#!/bin/sh\nmkdir {tmp_path}/first 2>/dev/null && took=2.5 || took=1.5\n"
        'echo "rows 1 seconds $took rows/s 1"\n'
    )
    ceiling.chmod(0o755)
    both = run(101)
    assert (both.rows, both.seconds) == (100, 2.5)

    (tmp_path / "first").rmdir()
    ceiling.write_text(f"#!/bin/sh\nmkdir {tmp_path}/first && echo 'rows 1 seconds 2 x 1'\n")
    with pytest.raises(Failed, match="1 of 2 ceilings failed"):
        run(101)


def test_a_ratio_has_fallen_where_all_rounds_but_one_say_so() -> None:
    assert Ratio([0.9, 0.8, 1.2, 0.95, 0.99]).fell
    assert not Ratio([0.9, 0.8, 1.2, 0.95, 1.01]).fell, "within the spread"
    assert not Ratio([1.0, 1.0, 1.0]).fell
    assert Ratio([0.5, 0.25, 1.5]).text().startswith("0.500 (0.250 to 1.500)")


def test_the_guard_plays_in_turn_until_its_time_is_over() -> None:
    base, checkout = Path("base"), Path("checkout")
    played: list[Path] = []
    clock = [0.0]

    def rate(program: Path) -> float:
        played.append(program)
        clock[0] += SECONDS_MAX / 20
        return 2.0 if program == base else 1.0

    found = play([Game("load", rate)], base, checkout, lambda: clock[0])
    assert played[:4] == [base, checkout, checkout, base]
    assert len(found["load"].rounds) == 9, "and one that is not counted"
    assert set(found["load"].rounds) == {0.5}
    assert found["load"].fell
    clock[0] = 0.0
    slow = play([Game("load", rate)], base, checkout, lambda: clock[0] * 99)
    assert len(slow["load"].rounds) == ROUNDS_MIN


def test_rows_are_told_lost_and_doubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,x\n2,y\n2,y\n", encoding="ascii")
    topic = Counter({hash(("1", "x")): 2, hash(("2", "y")): 1})
    monkeypatch.setattr("report.tally.rows_of_topic", lambda lab, name: topic)
    assert tally(Lab("localhost:0", tmp_path), "t", path) == Tally(lost=1, doubled=1)


def test_a_way_to_die_that_fails_has_the_reason_and_a_place_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tallies = iter([Tally(0, 0), Tally(7, 0)])
    monkeypatch.setattr("report.deaths.played", lambda *_: (2.5, next(tallies)))
    death = Death("one", "in mid-load", lambda topic, path: pytest.fail("not made"))
    lab = Lab("localhost:0", tmp_path)
    held = rounds_of(lab, death, 10, 2, resumed)
    assert held["lost"] == {"median": 3.5, "min": 0, "max": 7}

    def fails(*_: object) -> None:
        raise Failed("it stays dead")

    monkeypatch.setattr("report.deaths.played", fails)
    out = rounds_of(lab, death, 10, 2, resumed)
    text = pages.deaths_text([held, out], ("", "killed", "s", "lost", "doubled"))
    assert "| `one` | in mid-load | 2.50 | 4 (0–7) | 0 |" in text
    assert "* `one`, in mid-load, is left out: it stays dead" in text
