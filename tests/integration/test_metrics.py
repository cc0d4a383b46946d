"""The figures of a load, as a collector, a scraper and a gateway get them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from onceload_runner import DONE, INPUT, USAGE, Scene, assert_fails, rows_csv, wait_until

SAMPLE = re.compile(r"(\w+)\{([^}]*)\} (\S+)$", re.MULTILINE)
ROWS = 6_000


def figures(text: str) -> dict[str, float]:
    """Of the samples without further labels than the load and its topic."""
    samples = SAMPLE.findall(text)
    return {name: float(value) for name, labels, value in samples if "le=" not in labels}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetched(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        assert answer.status == 200
        return answer.read().decode()


def judged_by_promtool(text: str) -> None:
    if not (tool := shutil.which("promtool")):
        return
    done = subprocess.run([tool, "check", "metrics"], input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_scraped_through_kills_the_figures_are_the_ledgers(scene: Scene) -> None:
    path = scene.write(rows_csv(ROWS) + "bad\n")
    target = scene.directory / "load.prom"
    port = free_port()
    words = ("--key", "user", "--chunk-rows", 500, "--max-rate", 3000, "--on-error", "skip")
    words += ("--metrics-file", target, "--metrics-listen", f"127.0.0.1:{port}", path)
    seen = [0.0]
    for kill in (1, 2):
        run = scene.start(*words)

        def further(wanted: int = kill * 1500) -> bool:
            try:
                now = figures(fetched(port, "/metrics")).get("onceload_rows_committed_total")
            except OSError:
                return False
            if now is not None:
                seen.append(now)
            return seen[-1] >= wanted

        wait_until(further, f"{kill * 1500} rows in the metrics")
        fetched(port, "/healthz")  # it answers 200
        run.kill_within(0)
        run.wait()
    # What was scraped before a kill is what the next run begins with, or less.
    assert seen == sorted(seen), "a counter went back"
    result = scene.load(*words)
    assert result.code == 1, result
    text = target.read_text()
    last = figures(text)
    judged_by_promtool(text)
    ledger = json.loads(scene.status("--json").stdout)["loads"][0]
    assert last["onceload_rows_committed_total"] == ledger["rows"] == ROWS
    assert last["onceload_rows_rejected_total"] == 1
    assert last["onceload_input_bytes_committed_total"] == path.stat().st_size
    assert last["onceload_last_exit_code"] == 1 and last["onceload_running"] == 0
    assert abs(last["onceload_last_success_timestamp_seconds"] - time.time()) < 60
    assert not list(scene.directory.glob(".load.prom*"))


def test_a_failure_keeps_the_last_success(scene: Scene) -> None:
    target = scene.directory / "load.prom"
    path = scene.write(rows_csv(10))
    words = ("--key", "user", "--metrics-file", target)
    assert scene.load(*words, path).code == DONE
    success = figures(target.read_text())["onceload_last_success_timestamp_seconds"]
    path.write_text(path.read_text() + "bad\n")
    assert scene.load(*words, path).code == INPUT
    after = figures(target.read_text())
    assert after["onceload_last_success_timestamp_seconds"] == success
    assert after["onceload_last_exit_code"] == INPUT


def test_audits_have_figures_of_their_own(scene: Scene) -> None:
    path = scene.write(rows_csv(10))
    target = scene.directory / "verify.prom"
    assert scene.load("--key", "user", path).code == DONE
    proven = scene.verify("--metrics-file", target, "--source", path)
    assert proven.code == DONE, proven
    judged_by_promtool(target.read_text())
    first = figures(target.read_text())
    assert first["onceload_verify_expected_rows"] == first["onceload_verify_found_rows"] == 10
    assert first["onceload_verify_difference_rows"] == 0 and first["onceload_verify_proven"] == 1
    path.write_text(path.read_text().replace("2,", "7,", 1))
    assert scene.verify("--metrics-file", target, "--source", path).code == 1
    second = figures(target.read_text())
    time_of = "onceload_verify_last_proven_timestamp_seconds"
    assert second[time_of] == first[time_of] and second["onceload_verify_proven"] == 0
    assert second["onceload_verify_last_exit_code"] == 1
    assert_fails(scene.load("--metrics-file", target, path), USAGE, "verify", str(target))


def test_the_metrics_are_no_input(scene: Scene) -> None:
    folder = scene.directory / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(rows_csv(5))
    words = ("--key", "user", "--name", scene.topic, "--metrics-file", folder / "x.prom", folder)
    assert scene.load(*words).code == DONE
    again = scene.load(*words)
    assert again.code == DONE and "already loaded" in again.stdout, again


def test_what_cannot_be_given_out_is_said(scene: Scene, tmp_path: Path) -> None:
    path = scene.write(rows_csv(5))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert_fails(scene.load("--metrics-listen", address, path), USAGE, address)
    missing = tmp_path / "missing" / "x.prom"
    assert_fails(scene.load("--metrics-file", missing, path), USAGE, str(missing))
    assert_fails(scene.load("--push-gateway", "gateway", path), USAGE, "--push-gateway")
    away = scene.load("--push-gateway", "http://127.0.0.1:1", "--key", "user", path)
    assert away.code == DONE and "pushed" in away.stderr, away


@contextlib.contextmanager
def served(program: str, *words: str) -> Iterator[int]:
    """A program of Prometheus' kind, ready; the port it listens on."""
    if not shutil.which(program):
        pytest.skip(f"no {program} here")
    port = free_port()
    command = [program, f"--web.listen-address=127.0.0.1:{port}", *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def ready() -> bool:
        try:
            return bool(fetched(port, "/metrics"))
        except OSError:
            return False

    with subprocess.Popen(command, **quiet) as process:
        try:
            wait_until(ready, program)
            yield port
        finally:
            process.kill()


def test_a_gateway_keeps_the_last_success(scene: Scene) -> None:
    with served("prometheus-pushgateway") as port:
        path = scene.write(rows_csv(10))
        words = ("--key", "user", "--push-gateway", f"http://127.0.0.1:{port}", path)
        first = scene.load(*words)
        assert first.code == DONE and "pushed" not in first.stderr, first
        success = figures(fetched(port, "/metrics"))["onceload_last_success_timestamp_seconds"]
        path.write_text(path.read_text() + "bad\n")
        assert scene.load(*words).code == INPUT
        after = figures(fetched(port, "/metrics"))
        assert after["onceload_last_success_timestamp_seconds"] == success
        assert after["onceload_last_exit_code"] == INPUT
        assert after["onceload_rows_committed_total"] == 10


def test_a_node_exporter_gives_the_file_out(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "textfile"
    folder.mkdir()
    words = ("--key", "user", "--metrics-file", folder / "onceload.prom", scene.write(rows_csv(10)))
    assert scene.load(*words).code == DONE
    collector = ("--collector.disable-defaults", "--collector.textfile")
    where = f"--collector.textfile.directory={folder}"
    with served("prometheus-node-exporter", *collector, where) as port:
        text = fetched(port, "/metrics")
    assert "\nnode_textfile_scrape_error 0\n" in text, text
    assert figures(text)["onceload_rows_committed_total"] == 10
