"""Local times of named zones against Python's zoneinfo, and zones that have two names."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from onceload_runner import BINARY, DIFFERENCES, DONE, USAGE, Result, Scene, assert_fails

ZONE_FILES = Path("/usr/share/zoneinfo")
EPOCH = datetime(1970, 1, 1)
PATTERN = "%Y-%m-%d %H:%M:%S"
# Two rules, one, none; south of the equator; summer as standard time; Ramadan; half an hour.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
)


def milliseconds(local: datetime, zone: ZoneInfo) -> int | None:
    """None: the zone has the time twice or never."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None
    return (local - EPOCH - first) // timedelta(milliseconds=1) if first == second else None


def some_times() -> list[datetime]:
    """Each half hour of the Sundays around changes, and days spread over the years."""
    years = (1985, 2024, 2037, 2038, 2040, 2099, 2500)
    days = [datetime(year, month, 15) for year in years for month in range(1, 13)]
    for year in years:
        for month in (3, 4, 9, 10, 11):
            first = datetime(year, month, 1)
            sundays = (first + timedelta(days=d) for d in range(28 if month == 9 else 30))
            days += [day for day in sundays if day.weekday() == 6]
    return [day + timedelta(minutes=m) for day in days for m in range(0, 240, 30)]


def slim_files(directory: Path) -> Path:
    zic = shutil.which("zic", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if zic is None:
        pytest.skip("no zic")
    target = directory / "slim"
    subprocess.run([zic, "-b", "slim", "-d", target, ZONE_FILES / "tzdata.zi"], check=True)
    return target


def plan(scene: Scene, zone: str, *words: object) -> Result:
    kind = f"t=timestamp:{PATTERN}@{zone}"
    command = [BINARY, "plan", "--json", "--type", "id=integer", "--type", kind, *words]
    return scene.start_command([str(word) for word in command]).wait()


@pytest.mark.parametrize("files", ["system", "slim"])
def test_times_are_those_of_another_implementation(
    bare_scene: Scene, files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if files == "slim":
        monkeypatch.setenv("TZDIR", str(slim_files(bare_scene.directory)))
    times = some_times()
    for name in ZONES:
        expected = [milliseconds(time, ZoneInfo(name)) for time in times]
        fit = [(n, time) for n, time in enumerate(times) if expected[n] is not None]
        rows = "".join(f"{n},{time:{PATTERN}}\n" for n, time in fit)
        result = plan(bare_scene, name, "--messages", len(fit), bare_scene.write("id,t\n" + rows))
        assert result.code == DONE, result
        values = [message["value"] for message in result.json()["messages"]]
        assert values == [f'{{"id":{n},"t":{expected[n]}}}' for n, _ in fit], name

        misfits = [time for n, time in enumerate(times) if expected[n] is None]
        if not misfits:
            assert name in ("Asia/Kolkata", "America/Sao_Paulo"), name
            continue
        assert any(time.year > 2037 for time in misfits) or name == "Africa/Casablanca"
        rows = "".join(f"{n},{time:{PATTERN}}\n" for n, time in enumerate(misfits))
        result = plan(bare_scene, name, bare_scene.write("id,t\n" + rows))
        assert result.code == DIFFERENCES and result.json()["rejected"] == len(misfits), result


def without_old_names(directory: Path) -> Path:
    """Zone files as on a machine without package tzdata-legacy."""
    target = directory / "zoneinfo"
    for name in ("America/Los_Angeles", "Europe/Berlin"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ZONE_FILES / name, target / name)
    return target


def test_a_load_goes_on_where_its_zone_has_only_the_present_name(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},2040-07-15 12:00:{n % 60:02d}\n" for n in range(100))
    path = scene.write("id,t\n" + rows)
    old, present = (
        ("--chunk-rows", 20, "--type", f"t=timestamp:{PATTERN}@{zone}")
        for zone in ("US/Pacific", "America/Los_Angeles")
    )
    if (ZONE_FILES / "US/Pacific").exists():
        scene.crash("after_commit:2", *old, path)
        monkeypatch.setenv("TZDIR", str(without_old_names(scene.directory)))
    else:
        # The machine is one of those; a folder with the old name stands for the other one.
        files = without_old_names(scene.directory)
        (files / "US").mkdir()
        shutil.copy(files / "America/Los_Angeles", files / "US/Pacific")
        monkeypatch.setenv("TZDIR", str(files))
        scene.crash("after_commit:2", *old, path)
        shutil.rmtree(files / "US")
    assert_fails(scene.load(*old, path), USAGE, "US/Pacific", "tzdata-legacy", present[-1][-19:])
    result = scene.load(*present, path)
    assert result.code == DONE, result
    for words in ((), ("--type", present[-1]), ("--type", old[-1])):
        proof = scene.verify("--source", *words, path)
        assert proof.code == DONE, proof
    other = ("--type", f"t=timestamp:{PATTERN}@Europe/Berlin")
    assert_fails(scene.verify("--source", *other, path), USAGE, "--type")
    values = [
        value for p in range(5) for _, value in scene.kafka.records(scene.topic, p) if value
    ]
    first = milliseconds(datetime(2040, 7, 15, 12), ZoneInfo("America/Los_Angeles"))
    assert first is not None
    expected = {f'{{"id":"{n}","t":{first + 1000 * (n % 60)}}}'.encode() for n in range(100)}
    assert set(values) == expected
