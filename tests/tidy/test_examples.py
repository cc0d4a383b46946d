"""What lies in examples/ fits what it is for, and names what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from project_files import ROOT, name_of

BINARY = Path(os.environ.get("ONCELOAD_BINARY", ROOT / "build/release/onceload"))
EXAMPLES = ROOT / "examples"
MANIFESTS = sorted((EXAMPLES / "kubernetes").glob("*.yaml"))
UNITS = sorted((ROOT / "packaging/systemd").glob("*.service"))
# podReplacementPolicy and backoffLimitPerIndex are for good from here on.
KUBERNETES = "1.34"
# What stands behind a histogram's name in a query.
PARTS = re.compile(r"_(bucket|sum|count)$")


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def find(node: Any, name: str) -> list[Any]:
    """All values of this name, however deep."""
    if isinstance(node, list):
        return [value for item in node for value in find(item, name)]
    if not isinstance(node, dict):
        return []
    inside = [value for item in node.values() for value in find(item, name)]
    return ([node[name]] if name in node else []) + inside


@pytest.mark.parametrize("path", MANIFESTS, ids=name_of)
def test_manifests_fit_the_schema_of_kubernetes(path: Path) -> None:
    for document in documents(path):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def loads() -> list[tuple[str, str]]:
    config = documents(EXAMPLES / "kubernetes/config.yaml")
    return sorted(next(d for d in config if d["kind"] == "ConfigMap")["data"].items())


@pytest.mark.parametrize(("name", "text"), loads())
def test_load_files_in_manifests_are_taken(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    words = (BINARY, "config", "show", name.removesuffix(".json"), "--load-file", path)
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def exit_codes() -> set[int]:
    header = (ROOT / "include/onceload/core/error.h").read_text(encoding="utf-8")
    body = re.search(r"enum class ExitCode[^{]*\{(.*?)\};", header, re.S)
    assert body
    return {int(value) for value in re.findall(r"\bk\w+ = (\d+)", body[1])}


TRIED_AGAIN = {4, 5, 6}  # and signals


def test_which_exit_codes_are_tried_again_is_said_alike_everywhere() -> None:
    final = exit_codes() - TRIED_AGAIN - {0}
    policies = [rule for path in MANIFESTS for rule in find(documents(path), "onExitCodes")]
    assert policies and all(set(rule["values"]) == final for rule in policies)
    unit = (ROOT / "packaging/systemd/onceload@.service").read_text(encoding="utf-8")
    prevented = re.search(r"^RestartPreventExitStatus=(.*)$", unit, re.M)
    assert prevented and set(map(int, prevented[1].split())) == final | {6}


def test_options_in_units_and_manifests_are_the_programs() -> None:
    for path in [*UNITS, *MANIFESTS]:
        verb = "watch" if "watch" in path.name else "load"
        known = subprocess.run(
            [BINARY, verb, "--help"], text=True, capture_output=True, check=True
        ).stdout
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        for option in re.findall(r"(?<![-\w])--[a-z][-a-z]+", text):
            assert option in known, f"{name_of(path)}: {option}"


def metrics() -> set[str]:
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"`(onceload_\w+)`", text))


def test_metrics_in_rules_and_dashboards_are_there() -> None:
    rules = (EXAMPLES / "prometheus/onceload.rules.yml").read_text(encoding="utf-8")
    dashboard = json.loads((EXAMPLES / "grafana/onceload.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += find(dashboard["templating"], "definition")
    shown = set(re.findall(r"\bonceload_\w+", "\n".join(queries)))
    alerted = {name for expr in find(yaml.safe_load(rules), "expr")
               for name in re.findall(r"\bonceload_\w+", expr)}  # fmt: skip
    for name in shown | alerted:
        assert name in metrics() or PARTS.sub("", name) in metrics(), name
    left_out = metrics() - {PARTS.sub("", name) for name in shown}
    # When: the times behind "since the last success". Who: build_info.
    assert left_out == {
        "onceload_build_info",
        "onceload_last_commit_timestamp_seconds",
        "onceload_last_end_timestamp_seconds",
        "onceload_verify_last_end_timestamp_seconds",
    }


def test_the_dashboard_is_one() -> None:
    dashboard = json.loads((EXAMPLES / "grafana/onceload.json").read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24
    for panel in panels:
        assert panel["targets"] and all(target["expr"] for target in panel["targets"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_units_are_understood_by_systemd_and_confined(tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for path in [*UNITS, *(ROOT / "packaging/systemd").glob("*.timer")]:
        text = path.read_text(encoding="utf-8").replace("/usr/bin/onceload", str(BINARY.resolve()))
        (units / path.name).write_text(text, encoding="utf-8")
    for unit in UNITS:
        folder = units / f"{unit.name}.d"
        folder.mkdir()
        shutil.copy(ROOT / "packaging/systemd/confinement.conf", folder)
    instances = [str(units / name.name.replace("@.", "@x.")) for name in [*UNITS]]
    for instance in instances:
        words = ("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", instance)
        done = subprocess.run(words, text=True, capture_output=True, check=False)
        assert done.returncode == 0 and not done.stderr, done
